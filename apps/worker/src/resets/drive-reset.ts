// The reset flow as a whole: looks at where the reset stands in the database and does what comes next. Any worker may
// call it at any time, as often as it likes: a job is only what wakes it.
//
//   staging ──(2 settle, 3 fetch, 4 stage)──► reconciling ──(5 fan out, 6 each facility)──► completed… ──(7 put away)──► archived
//      └── refused whole, or seen before ──────────────────────────────────────────────────────┘
import {
  endUnstaged,
  findReset,
  finishReset,
  isOutage,
  NotToStage,
  openFacilities,
  type ResetRow,
  touchReset,
} from "@inventory-sync/db";
import { Deferred, FileRefused, Rejected } from "@inventory-sync/domain";
import { done, type Fate, type JobContext } from "@inventory-sync/queue";
import { FileChanged, withInbox } from "@inventory-sync/sftp";
import { fanOut } from "./fan-out.ts";
import { type FetchedFile, fetchFile } from "./fetch.ts";
import type { ResetParts } from "./parts.ts";
import { leaveInPlace, putAside, putAway } from "./put-away.ts";
import { settledFile, waitForEarlier } from "./settle.ts";
import type { StageEnd } from "./stage.ts";
import { openStaging, type Staging } from "./stage-aside.ts";

const FILE_CHANGED_RETRY_MS = 1_000;
const STAGED_ELSEWHERE_RETRY_MS = 2_000;

type ResetJob = JobContext<"resets">;

/** Brings a reset as far as it can go, and says where that is. */
export async function driveReset(
  parts: ResetParts,
  wanted: { resetId: string; generation: number },
  job: ResetJob,
): Promise<Fate> {
  const reset = await findReset(parts.database, wanted.resetId);
  if (!reset)
    throw new Rejected("UNKNOWN_RESET", `reset ${wanted.resetId} is not on record; start one with POST /api/resets`);
  if (reset.generation !== wanted.generation) return done({ outcome: `superseded by generation ${reset.generation}` });
  try {
    return await step(parts, reset, job);
  } catch (error) {
    // An outage is waited out, however long it takes, so it is no attempt either.
    if (!isOutage(error)) await giveUpAtLast(parts, reset, job, error);
    throw error;
  }
}

async function step(parts: ResetParts, reset: ResetRow, job: ResetJob): Promise<Fate> {
  if (reset.archivedTo !== null) return done({ outcome: reset.state, archivedTo: reset.archivedTo });
  if (reset.finishedAt === null && reset.state === "staging") {
    await waitForEarlier(parts.database, reset);
    const ended = await stageFromInbox(parts, reset, job);
    if (ended) return ended;
  }
  const current = (await findReset(parts.database, reset.id)) ?? reset;
  if (current.finishedAt === null) {
    const open = await openFacilities(parts.database, reset.id);
    const facilityIds = open.map((each) => each.facilityId);
    if (facilityIds.length > 0) return fanOut(parts, { reset: current, facilityIds, job });
  }
  return conclude(parts, current, job);
}

async function conclude(parts: ResetParts, reset: ResetRow, job: ResetJob): Promise<Fate> {
  const end = await finishReset(parts.database, reset.id);
  if (!end)
    throw new Deferred(STAGED_ELSEWHERE_RETRY_MS, `reset ${reset.id} of ${reset.file} still has facilities to do`);
  const { facilities } = end;
  await parts.queues.updateResetProgress(job.jobId, { rowsStaged: reset.rows, facilitiesDone: facilities, facilities });
  const startedAt = performance.now();
  const archivedTo = await dispose(parts, reset);
  await touchReset(parts.database, reset.id, { putAwayMs: Math.round(performance.now() - startedAt) });
  const summary = `${end.applied} of ${end.facilities} facilities applied, ${end.held} held, ${end.failed} failed, ${end.corrected} corrections`;
  parts.log.info(
    { resetId: reset.id, file: reset.file, ...end, archivedTo },
    `reset of ${reset.file} ${end.state}: ${summary}`,
  );
  job.log(`${end.state}: ${summary}; file in ${archivedTo}`);
  const { file } = reset;
  return done({ outcome: end.state, file, facilities: end.facilities, corrected: end.corrected, archivedTo });
}

/** Step 7: what becomes of the file. A reset that failed with an outcome of its own was refused whole. */
async function dispose(parts: ResetParts, { id }: ResetRow): Promise<string> {
  // Read anew: what the file looked like was noted while it settled, and only that very file may be moved.
  const reset = await findReset(parts.database, id);
  if (!reset) throw new Error(`reset ${id} does not exist`);
  if (reset.preview) return leaveInPlace(parts, reset);
  if (reset.state === "failed" && reset.outcome !== null) return putAside(parts, reset, reset.outcome);
  return putAway(parts, reset);
}

/** Steps 2 to 4. Returns the job's result when the reset ended here, undefined when its rows are staged. */
async function stageFromInbox(parts: ResetParts, reset: ResetRow, job: ResetJob): Promise<Fate | undefined> {
  let fetched: FetchedFile | undefined;
  let staging: Staging | undefined;
  const settleSeconds = parts.config.SNAPSHOT_SETTLE_SECONDS;
  try {
    const startedAt = performance.now();
    fetched = await withInbox(parts.inbox, parts.log, async (inbox) => {
      const file = await settledFile(parts.database, inbox, { reset, settleSeconds });
      if (!file) return undefined;
      staging = openStaging(parts, reset, file.size);
      return fetchFile(inbox, file, { dataDir: parts.config.DATA_DIR, onProgress: heartbeat(parts, reset) });
    });
    if (!fetched || !staging) return endWithoutFile(parts, reset);
    const fetchedAt = performance.now();
    const progress = async (rowsStaged: number) => job.progress({ rowsStaged, facilitiesDone: 0, facilities: 0 });
    const end = await staging.stage(fetched, progress);
    const timings = { fetchMs: Math.round(fetchedAt - startedAt), stageMs: Math.round(performance.now() - fetchedAt) };
    await touchReset(parts.database, reset.id, timings);
    if (!end.staged) return endAsDuplicate(parts, reset, { ...end, sha256: fetched.spooled.sha256 });
    const read = `${end.rows} rows read, ${end.rejected} rejected, ${end.skipped} skipped`;
    parts.log.info({ resetId: reset.id, file: reset.file, ...end, ...timings }, `${reset.file} is staged: ${read}`);
    job.log(read);
    return undefined;
  } catch (error) {
    if (error instanceof FileRefused) return refuse(parts, reset, error);
    if (error instanceof FileChanged) throw new Deferred(FILE_CHANGED_RETRY_MS, error.message);
    if (error instanceof NotToStage) throw new Deferred(STAGED_ELSEWHERE_RETRY_MS, error.message);
    throw error;
  } finally {
    staging?.dispose();
    await fetched?.spooled.dispose();
  }
}

const HEARTBEAT_MS = 5_000;

/** Tells the watchdog that a long download is alive. */
function heartbeat({ database, log }: ResetParts, reset: ResetRow): () => void {
  let beatAt = Date.now();
  return () => {
    if (Date.now() - beatAt < HEARTBEAT_MS) return;
    beatAt = Date.now();
    touchReset(database, reset.id).catch((error: unknown) =>
      log.debug({ err: error }, "a sign of life could not be given"),
    );
  };
}

async function endWithoutFile({ database }: ResetParts, reset: ResetRow): Promise<undefined> {
  const outcome = `${reset.file} is no longer in incoming/; nothing was changed. Put it there again and run a reset.`;
  await endUnstaged(database, reset.id, { state: "failed", outcome, leftAt: "gone from incoming/" });
  throw new Rejected("FILE_GONE", outcome);
}

async function endAsDuplicate(
  parts: ResetParts,
  reset: ResetRow,
  end: Extract<StageEnd, { staged: false }> & { readonly sha256: string },
): Promise<Fate> {
  const outcome = `duplicate of ${end.duplicateOf}; nothing was changed`;
  await endUnstaged(parts.database, reset.id, {
    state: reset.preview ? "preview" : "completed",
    outcome,
    sha256: end.sha256,
    asOf: end.asOf,
    asOfFrom: end.asOfFrom,
  });
  const archivedTo = await dispose(parts, reset);
  parts.log.info({ resetId: reset.id, file: reset.file, archivedTo }, `${reset.file} is a ${outcome}`);
  return done({ outcome, file: reset.file, archivedTo });
}

/** A file that is refused whole changes nothing; its job fails with the code, where people see it. */
async function refuse(parts: ResetParts, reset: ResetRow, refusal: FileRefused): Promise<never> {
  const outcome = `${refusal.code}: ${refusal.message}`;
  await endUnstaged(parts.database, reset.id, { state: "failed", outcome });
  await dispose(parts, reset);
  parts.log.error(
    { resetId: reset.id, file: reset.file, code: refusal.code },
    `${reset.file} refused: ${refusal.message}`,
  );
  throw refusal;
}

/** Past its last attempt a reset that never got staged ends as failed, so that the file may be run again. */
async function giveUpAtLast(
  { database, log }: ResetParts,
  reset: ResetRow,
  job: ResetJob,
  error: unknown,
): Promise<void> {
  const isAnswer = error instanceof Rejected || error instanceof Deferred;
  if (isAnswer || reset.state !== "staging") return;
  const message = error instanceof Error ? error.message : String(error);
  if (job.attempt < job.attemptsMax) {
    await touchReset(database, reset.id).catch(() => undefined);
    return;
  }
  log.error({ resetId: reset.id, file: reset.file }, `reset of ${reset.file} failed: ${message}`);
  await endUnstaged(database, reset.id, {
    state: "failed",
    outcome: `${message} The file is still in incoming/: run the reset again.`,
    leftAt: `incoming/${reset.file}`,
  });
}
