// The reset flow (flow 2) as a whole: looks at where the reset stands in the database and does what comes next. Any worker may
// call it at any time, as often as it likes: a job is only what wakes it.
//
//   staging ──(2 settle, 3 fetch, 4 stage)──► reconciling ──(5 fan out, 6 each facility)──► completed… ──(7 archive)──► archived
//      └── refused whole, or seen before ─────────────────────────────────────────────────────┘
import {
  endUnstaged,
  findReset,
  finishReset,
  isOutage,
  openFacilities,
  type ResetRow,
  recordFannedOut,
  restartReset,
  touchReset,
} from "@inventory-sync/db";
import { Deferred, FileRefused, messageOf, Rejected } from "@inventory-sync/domain";
import { done, type Fate, type JobContext } from "@inventory-sync/queue";
import { withInbox } from "@inventory-sync/sftp";
import { outageFate } from "../outage.ts";
import { disposeOfFile } from "./archive.ts";
import { settledFile, waitForEarlier } from "./fetch.ts";
import type { ResetParts } from "./parts.ts";
import { fetchAndStage } from "./stage.ts";
import { fetchAndStageAside, SMALL_BYTES_MAX, taskOf } from "./stage-aside.ts";
import type { StageEnd } from "./stage-end.ts";

const ELSEWHERE_RETRY_MS = 2_000;

type ResetJob = JobContext<"resets">;

/** Brings a reset as far as it can go, and says where that is. */
export async function driveReset(
  parts: ResetParts,
  wanted: { resetId: string; generation: number },
  job: ResetJob,
): Promise<Fate> {
  const reset = await findReset(parts.database, wanted.resetId);
  if (!reset) {
    const message = `reset ${wanted.resetId} is not on record; start one with POST /api/resets`;
    return { fate: "rejected", code: "UNKNOWN_RESET", message };
  }
  if (reset.generation !== wanted.generation) return done({ outcome: `superseded by generation ${reset.generation}` });
  if (reset.archivedTo !== null) return done({ outcome: reset.state, archivedTo: reset.archivedTo });
  try {
    if (reset.finishedAt === null && reset.state === "staging") {
      await waitForEarlier(parts.database, reset);
      const ended = await stageFromInbox(parts, reset, job);
      if (ended) return ended;
    }
    const open = reset.finishedAt === null ? await openFacilities(parts.database, reset.id) : [];
    if (open.length > 0)
      return await fanOut(parts, { reset, facilityIds: open.map(({ facilityId }) => facilityId), job });
    return await conclude(parts, reset.id, job);
  } catch (error) {
    // An outage is waited out, however long it takes, so it is no attempt either.
    const isGivenUp = !isOutage(error) && (await giveUpAtLast(parts, reset, job, error));
    if (isGivenUp && reset.preview) return done({ outcome: `failed: ${messageOf(error)}` });
    throw error;
  }
}

/** Steps 2 to 4. Returns the job's fate when the reset ended here or has to wait, undefined when its rows are staged. */
async function stageFromInbox(parts: ResetParts, reset: ResetRow, job: ResetJob): Promise<Fate | undefined> {
  const { database, config } = parts;
  const source = parts.sources.find(reset.source);
  if (!source) return endWithoutSource(parts, reset);
  const progress = async (rowsStaged: number) => job.progress({ rowsStaged, facilitiesDone: 0, facilities: 0 });
  const startedAt = performance.now();
  try {
    const found = await withInbox(source.inbox(), parts.log, async (inbox) => {
      const file = await settledFile(database, inbox, { reset, settleSeconds: config.SNAPSHOT_SETTLE_SECONDS });
      if (!file) return undefined;
      const task = taskOf(config, reset, { source, file });
      return file.size > SMALL_BYTES_MAX ? task : fetchAndStage(database, inbox, task, progress);
    });
    if (!found) return endWithoutFile(parts, reset);
    const told = { databaseUrl: config.DATABASE_URL, inbox: source.inbox() };
    const { end, fetchMs } = "end" in found ? found : await fetchAndStageAside({ ...told, task: found }, progress);
    const timings = { fetchMs, stageMs: Math.round(performance.now() - startedAt - fetchMs) };
    return await afterStaging(parts, reset, end, timings, job);
  } catch (error) {
    if (error instanceof FileRefused) return refuse(parts, reset, error);
    throw error;
  }
}

async function afterStaging(
  parts: ResetParts,
  reset: ResetRow,
  end: StageEnd,
  timings: { readonly fetchMs: number; readonly stageMs: number },
  job: ResetJob,
): Promise<Fate | undefined> {
  switch (end.ended) {
    case "outage":
      return outageFate(end.reason);
    case "deferred":
      return { fate: "deferred", retryAfterMs: end.retryAfterMs, reason: end.reason };
    case "refused":
      return refuse(parts, reset, end);
    case "duplicate":
      await touchReset(parts.database, reset.id, timings);
      return endAsDuplicate(parts, reset, end);
    case "staged": {
      await touchReset(parts.database, reset.id, timings);
      const read = `${end.rows} rows read, ${end.rejected} rejected, ${end.skipped} skipped`;
      parts.log.info({ resetId: reset.id, file: reset.file, ...end, ...timings }, `${reset.file} is staged: ${read}`);
      job.log(read);
      return undefined;
    }
  }
}

async function endWithoutFile({ database }: ResetParts, reset: ResetRow): Promise<Fate> {
  const outcome = `${reset.file} is no longer in incoming/; ${changedBy(reset)}. Put it there again and run a reset.`;
  await endUnstaged(database, reset.id, { state: "failed", outcome, leftAt: "gone from incoming/" });
  return refusedAs(reset, { code: "FILE_GONE", message: outcome });
}

/** Its source was taken out of SOURCES_FILE after the reset was begun. */
async function endWithoutSource({ database }: ResetParts, reset: ResetRow): Promise<Fate> {
  const outcome = `Source ${reset.source} is no longer in SOURCES_FILE; ${changedBy(reset)}. Put it back and run ${reset.file} again.`;
  await endUnstaged(database, reset.id, { state: "failed", outcome, leftAt: `incoming/${reset.file}` });
  return refusedAs(reset, { code: "FILE_GONE", message: outcome });
}

/** What a reset had done before its file was to be staged: nothing, unless it was staged before. */
function changedBy({ generation }: ResetRow): string {
  return generation === 0
    ? "nothing was changed"
    : "stores that it had reset before stay so, the others are as they were";
}

/** A preview that failed is told by its reset alone: there is nothing to do about its job. */
function refusedAs({ preview }: ResetRow, refusal: { readonly code: string; readonly message: string }): Fate {
  return preview ? done({ outcome: `failed: ${refusal.code}: ${refusal.message}` }) : { fate: "rejected", ...refusal };
}

async function endAsDuplicate(
  parts: ResetParts,
  reset: ResetRow,
  { of, ...file }: Extract<StageEnd, { ended: "duplicate" }>,
): Promise<Fate> {
  const outcome = `duplicate of ${of}; nothing was changed`;
  const { sha256, asOf, asOfFrom } = file;
  const state = reset.preview ? "preview" : "completed";
  await endUnstaged(parts.database, reset.id, { state, outcome, sha256, asOf, asOfFrom });
  const archivedTo = await disposeOfFile(parts, await currentReset(parts, reset.id));
  parts.log.info({ resetId: reset.id, file: reset.file, archivedTo }, `${reset.file} is a ${outcome}`);
  return done({ outcome, file: reset.file, archivedTo });
}

/** A file that is refused whole changes nothing; its job fails with the code, where people see it. */
async function refuse(
  parts: ResetParts,
  reset: ResetRow,
  { code, message }: { readonly code: string; readonly message: string },
): Promise<Fate> {
  await endUnstaged(parts.database, reset.id, { state: "failed", outcome: `${code}: ${message}` });
  await disposeOfFile(parts, await currentReset(parts, reset.id));
  parts.log.error({ resetId: reset.id, file: reset.file, code }, `${reset.file} refused: ${message}`);
  return refusedAs(reset, { code, message });
}

/**
 * Step 5: adds one child job for each facility that is still to be done. The parent sleeps until all have ended and then looks at
 * the database, which alone knows what became of them. When they have been added before and facilities are still open (a child
 * was lost with its worker), the reset is restarted, and the rest left to the next generation.
 */
async function fanOut(
  { database, queues }: ResetParts,
  { reset, facilityIds, job }: { reset: ResetRow; facilityIds: readonly string[]; job: ResetJob },
): Promise<Fate> {
  const { id: resetId, generation, file } = reset;
  if (await recordFannedOut(database, reset)) {
    await queues.addFacilityResets({ resetJobId: job.jobId, resetId, generation, facilityIds });
    job.log(`${facilityIds.length} facilities to reset`);
    return { fate: "waits-for-children" };
  }
  const next = await restartReset(database.pool, reset, { restage: false });
  if (next === undefined) return done({ outcome: "ended meanwhile" });
  await queues.addReset({ resetId, generation: next, label: file });
  return done({ outcome: `${facilityIds.length} facilities were left over; restarted as generation ${next}` });
}

/** All facilities have ended, so the reset has: step 7. */
async function conclude(parts: ResetParts, resetId: string, job: ResetJob): Promise<Fate> {
  const end = await finishReset(parts.database, resetId);
  const reset = await currentReset(parts, resetId);
  const { file } = reset;
  if (!end) {
    const reason = `reset ${resetId} of ${file} still has facilities to do`;
    return { fate: "deferred", retryAfterMs: ELSEWHERE_RETRY_MS, reason };
  }
  const { facilities, corrected } = end;
  await parts.queues.updateResetProgress(job.jobId, { rowsStaged: reset.rows, facilitiesDone: facilities, facilities });
  const startedAt = performance.now();
  const archivedTo = await disposeOfFile(parts, reset);
  await touchReset(parts.database, resetId, { putAwayMs: Math.round(performance.now() - startedAt) });
  const summary =
    facilities === 0
      ? "no facility was reached"
      : `${end.applied} of ${facilities} facilities applied, ${end.held} held, ${end.failed} failed, ${corrected} corrections`;
  parts.log.info({ resetId, file, ...end, archivedTo }, `reset of ${file} ${end.state}: ${summary}`);
  job.log(`${end.state}: ${summary}; file in ${archivedTo}`);
  return done({ outcome: end.state, file, facilities, corrected, archivedTo });
}

/** The reset with what the file looked like while it settled, and how it ended: only that very file may be moved. */
async function currentReset({ database }: ResetParts, resetId: string): Promise<ResetRow> {
  const reset = await findReset(database, resetId);
  if (!reset) throw new Error(`reset ${resetId} does not exist`);
  return reset;
}

/** Past its last attempt a reset that never got staged ends as failed, so that the file may be run again; then it returns true. */
async function giveUpAtLast(
  { database, log }: ResetParts,
  reset: ResetRow,
  job: ResetJob,
  error: unknown,
): Promise<boolean> {
  const isAnswer = error instanceof Rejected || error instanceof Deferred;
  if (isAnswer || reset.state !== "staging") return false;
  const message = messageOf(error);
  if (job.attempt < job.attemptsMax) {
    await touchReset(database, reset.id).catch(() => undefined);
    return false;
  }
  log.error({ resetId: reset.id, file: reset.file }, `reset of ${reset.file} failed: ${message}`);
  await endUnstaged(database, reset.id, {
    state: "failed",
    outcome: `${message} The file is still in incoming/: run the reset again.`,
    leftAt: `incoming/${reset.file}`,
  });
  return true;
}
