// Reset flow, step 1 of 7: a daily run is due. Every snapshot that waits in the inbox becomes a reset, oldest first.
import { finishRun, isRunOpen, openReset } from "@inventory-sync/db";
import { done, type Fate, type JobContext } from "@inventory-sync/queue";
import { withInbox } from "@inventory-sync/sftp";
import type { ResetParts } from "./parts.ts";

/** Opens a reset for each waiting file and ends the run on record. Done twice it finds the resets it had opened. */
export async function runWaiting(
  { database, queues, inbox, log }: ResetParts,
  runKey: string,
  job: JobContext<"resets">,
): Promise<Fate> {
  if (!(await isRunOpen(database, runKey))) return done({ run: runKey, outcome: "already done" });
  const files = await withInbox(inbox, log, async (connected) => {
    await connected.ensureFolders();
    return connected.list();
  });
  for (const file of files) {
    const seen = { name: file.name, size: file.size, modifiedAt: new Date(file.modifiedAtMs) };
    const { resetId, already } = await openReset(database, seen, { requestedBy: `schedule ${runKey}` });
    await queues.addReset({ resetId, generation: 0, label: file.name });
    job.log(already ? `${file.name} is already in reset ${resetId}` : `${file.name}: reset ${resetId}`);
  }
  const names = files.map((file) => file.name).join(", ");
  const outcome = files.length === 0 ? "no file was waiting in incoming/" : `${files.length} files: ${names}`;
  await finishRun(database, runKey, outcome);
  log.info({ runKey, files: files.length }, `daily run: ${outcome}`);
  return done({ run: runKey, outcome });
}
