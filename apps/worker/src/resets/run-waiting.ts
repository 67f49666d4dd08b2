// Reset flow, step 1 of 7: a daily run is due. Every snapshot that waits in the inbox becomes a reset, oldest first: of very many
// the first hundred, and then the next, because each of them asks again and again whether those before it are done.
import { type Database, endUnstaged, finishRun, isRunOpen, openReset, resetsAskedForBy } from "@inventory-sync/db";
import { done, type Fate, type JobContext } from "@inventory-sync/queue";
import { type RefusedName, withInbox } from "@inventory-sync/sftp";
import type { ResetParts } from "./parts.ts";

const FILES_AT_ONCE_MAX = 100;
const MORE_WAIT_RETRY_MS = 5_000;
const NAMES_TOLD_MAX = 20;

/**
 * Opens a reset for each waiting file and ends the run on record. Done twice it finds the resets it had opened. It is deferred
 * while more files wait than may be under way at once; a file of which a reset has ended under this run is not taken again.
 */
export async function runWaiting(
  { database, queues, inbox, log }: ResetParts,
  runKey: string,
  job: JobContext<"resets">,
): Promise<Fate> {
  if (!(await isRunOpen(database, runKey))) return done({ run: runKey, outcome: "already done" });
  const requestedBy = `schedule ${runKey}`;
  const found = await withInbox(inbox, log, async (connected) => {
    await connected.ensureFolders();
    const { waiting, badlyNamed } = await connected.look();
    return { waiting, refused: await connected.refuseNames(badlyNamed) };
  });
  for (const each of found.refused) await recordRefusal(database, each, requestedBy);
  const asked = await resetsAskedForBy(database, requestedBy);
  const files = found.waiting.filter(({ name }) => asked.get(name) !== "ended");
  for (const file of files.slice(0, FILES_AT_ONCE_MAX)) {
    const seen = { ...file, modifiedAt: new Date(file.modifiedAtMs) };
    const { resetId, already } = await openReset(database, seen, { requestedBy });
    await queues.addReset({ resetId, generation: 0, label: file.name });
    if (asked.has(file.name)) continue;
    asked.set(file.name, "open");
    job.log(already ? `${file.name} is already in reset ${resetId}` : `${file.name}: reset ${resetId}`);
  }
  if (files.length > FILES_AT_ONCE_MAX) {
    const reason = `${FILES_AT_ONCE_MAX} of ${files.length} waiting files are under way`;
    return { fate: "deferred", retryAfterMs: MORE_WAIT_RETRY_MS, reason };
  }
  const outcome = outcomeOf([...asked.keys()]);
  await finishRun(database, runKey, outcome);
  log.info({ runKey, files: asked.size }, `daily run: ${outcome}`);
  return done({ run: runKey, outcome });
}

function outcomeOf(names: readonly string[]): string {
  if (names.length === 0) return "no file was waiting in incoming/";
  const more = names.length > NAMES_TOLD_MAX ? ` and ${names.length - NAMES_TOLD_MAX} more` : "";
  return `${names.length} files: ${names.slice(0, NAMES_TOLD_MAX).join(", ")}${more}`;
}

/** A reset that ended before it began, so that the refusal is seen where all others are, and rings. */
async function recordRefusal(
  database: Database,
  { file, name, reason }: RefusedName,
  requestedBy: string,
): Promise<void> {
  const seen = { name, size: file.size, modifiedAt: new Date(file.modifiedAtMs) };
  const { resetId } = await openReset(database, seen, { requestedBy });
  await endUnstaged(database, resetId, { state: "failed", outcome: reason, leftAt: `rejected/${name}` });
}
