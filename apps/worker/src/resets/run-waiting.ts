// Flow 2, step 1: a daily run is due. Every snapshot that waits in the inbox becomes a reset, oldest first: of very many
// the first hundred, and then the next, because each of them asks again and again whether those before it are done.
import {
  type Database,
  dealtWith,
  endUnstaged,
  filesNotPutAway,
  findReset,
  finishRun,
  hasEndedReset,
  openReset,
  resetsAskedForBy,
  sourceOfOpenRun,
} from "@inventory-sync/db";
import { someOf } from "@inventory-sync/domain";
import { done, type Fate, type JobContext } from "@inventory-sync/queue";
import { type RefusedName, SftpFailure, withInbox } from "@inventory-sync/sftp";
import { disposeOfFile } from "./archive.ts";
import type { ResetParts } from "./parts.ts";

const FILES_AT_ONCE_MAX = 100;
const MORE_WAIT_RETRY_MS = 5_000;
const NAMES_TOLD_MAX = 20;

/**
 * Opens a reset for each waiting file and ends the run on record. Done twice it finds the resets it had opened. It is deferred
 * while more files wait than may be under way at once; a file of which a reset has ended under this run is not taken again.
 */
export async function runWaiting(
  { database, queues, sources, log }: ResetParts,
  runKey: string,
  job: JobContext<"resets">,
): Promise<Fate> {
  const name = await sourceOfOpenRun(database, runKey);
  if (name === undefined) return done({ run: runKey, outcome: "already done" });
  const source = sources.find(name);
  if (!source) {
    const outcome = `source ${name} is no longer in SOURCES_FILE`;
    await finishRun(database, runKey, outcome);
    return done({ run: runKey, outcome });
  }
  const requestedBy = `schedule ${runKey}`;
  const waiting = await withInbox(source.inbox(), log, async (connected) => {
    await connected.ensureFolders().catch((error: unknown) => {
      if (!(error instanceof SftpFailure) || !error.isRefusal) throw error;
      log.warn({ reason: error.message }, "the folders beside incoming/ cannot be made");
    });
    const { waiting, badlyNamed } = await connected.look();
    await connected.refuseNames(badlyNamed, (refused) =>
      recordRefusal(database, refused, { requestedBy, source: name }),
    );
    return waiting;
  });
  const isDealtWith = await dealtWith(database, name);
  await putAwayAgain({ database, queues, sources, log }, name);
  const asked = await resetsAskedForBy(database, requestedBy);
  const files = waiting.filter((file) => asked.get(file.name) !== "ended" && !isDealtWith(file));
  for (const file of files.slice(0, FILES_AT_ONCE_MAX)) {
    const seen = { ...file, source: name, modifiedAt: new Date(file.modifiedAtMs) };
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

/** Tries again to move what resets before could not. One that fails again waits for the next run, and holds up none of today's files. */
async function putAwayAgain(
  parts: Pick<ResetParts, "database" | "queues" | "sources" | "log">,
  source: string,
): Promise<void> {
  const left = await filesNotPutAway(parts.database);
  for (const { resetId } of left.filter((each) => each.source === source)) {
    const reset = await findReset(parts.database, resetId);
    if (!reset) continue;
    try {
      await disposeOfFile(parts, reset);
    } catch (error) {
      if (!(error instanceof SftpFailure)) throw error;
      parts.log.warn(
        { resetId, file: reset.file, reason: error.message },
        "the file could not be put away this time either",
      );
    }
  }
}

function outcomeOf(names: readonly string[]): string {
  if (names.length === 0) return "no file was waiting in incoming/";
  return `${names.length} files: ${someOf(names, NAMES_TOLD_MAX)}`;
}

/**
 * A reset that ended before it began, so that the refusal is seen where all others are, and is alarmed. Once for a file, also when that
 * cannot be moved away and the next run finds it again.
 */
async function recordRefusal(
  database: Database,
  { file, name, reason }: RefusedName,
  { requestedBy, source }: { readonly requestedBy: string; readonly source: string },
): Promise<void> {
  const seen = { name, source, size: file.size, modifiedAt: new Date(file.modifiedAtMs) };
  if (await hasEndedReset(database, seen)) return;
  const { resetId } = await openReset(database, seen, { requestedBy });
  await endUnstaged(database, resetId, { state: "failed", outcome: reason, leftAt: `rejected/${name}` });
}

/**
 * At the worker's start: looks into incoming/ of each source, which makes it and its sisters where they are missing, so that a sender
 * finds them. Says so when that cannot be, as when the base path of SFTP_URL is wrong; nothing waits for it. Never throws.
 */
export async function prepareInboxes({ sources, log }: Pick<ResetParts, "sources" | "log">): Promise<void> {
  for (const source of sources.all()) {
    try {
      await withInbox(source.inbox(), log, (connected) => connected.list());
    } catch (error) {
      log.warn({ err: error, source: source.name }, "incoming/ on the SFTP server could not be looked at or made");
    }
  }
}
