// Flow 2, step 6: makes facilities' ledgers agree with what one snapshot counted there, under their locks, and says how each ended.
import {
  facilityNumber,
  facilityNumbers,
  findReset,
  isOutage,
  isTransient,
  movePart,
  type ReconcileOptions,
  type ReconcileResult,
  reconcileFacility,
  reconcileTogether,
  restartReset,
  touchProgress,
} from "@inventory-sync/db";
import { messageOf } from "@inventory-sync/domain";
import { done, type Fate, type JobContext, resetJobId } from "@inventory-sync/queue";
import type { WorkerConfig } from "../config.ts";
import type { ResetParts } from "./parts.ts";

const LOCK_WAIT_MS_MAX = 5_000;
const LOCK_RETRY_MS = 500;
const TELL_MS = 500;

type FacilityJob = JobContext<"facility-resets">;

/** Resets one facility. One that cannot be done ends as failed and lets the others go on. */
export async function resetOne(parts: ResetParts, job: FacilityJob): Promise<Fate> {
  const { resetId, facilityId } = job.payload;
  const facility = await facilityNumber(parts.database, facilityId);
  if (facility === undefined) {
    const message = `facility ${facilityId} of reset ${resetId} does not exist`;
    return { fate: "rejected", code: "UNKNOWN_FACILITY", message };
  }
  try {
    const options = optionsOf(parts.config);
    return await fateOf(parts, job, await reconcileFacility(parts.database, { resetId, facility }, options));
  } catch (error) {
    const reason = `facility ${facilityId} is busy, or the database is: ${messageOf(error)}`;
    if (isTransient(error)) return { fate: "deferred", retryAfterMs: LOCK_RETRY_MS, reason };
    if (job.attempt >= job.attemptsMax && !isOutage(error)) {
      await movePart(parts.database.pool, { resetId, facility }, { to: "failed" }, { error: messageOf(error) });
      // What failed of a preview is told by its reset alone: there is nothing to do about its job.
      if ((await findReset(parts.database, resetId))?.preview === true) return done({ outcome: "failed" });
    }
    throw error;
  }
}

/**
 * Resets facilities of one reset, in one transaction. `apart` are those that have to be reset alone: `resetOne` says why, and what
 * becomes of them.
 * @returns in the order of the jobs
 */
export async function resetTogether(parts: ResetParts, jobs: readonly FacilityJob[]): Promise<(Fate | "apart")[]> {
  const [first] = jobs;
  if (!first) return [];
  const { resetId } = first.payload;
  const ids = jobs.map(({ payload }) => payload.facilityId);
  const numbers = await facilityNumbers(parts.database.pool, ids);
  // Two names of one facility are one: it is reset once, and the other job finds that done.
  const facilities = [...new Set(numbers.values())].sort((one, other) => one - other);
  const results = await reconcileTogether(parts.database, { resetId, facilities }, optionsOf(parts.config));
  return Promise.all(
    jobs.map((job) => {
      const result = results.get(numbers.get(job.payload.facilityId) ?? Number.NaN);
      return result === undefined || result.ended === "apart" ? "apart" : fateOf(parts, job, result);
    }),
  );
}

/** What becomes of a job by how its facility ended. */
async function fateOf(parts: ResetParts, job: FacilityJob, result: ReconcileResult): Promise<Fate> {
  const { metrics, log } = parts;
  const { resetId, facilityId, generation } = job.payload;
  if (result.ended === "already") return done({ outcome: `was ${result.state} before` });
  if (result.ended === "staging-lost") return restage(parts, job, result);
  if (result.ended === "held") {
    log.warn({ resetId, facilityId }, `facility ${facilityId} is held: ${result.because}`);
    job.log(`held: ${result.because}. Approve or reject it on the board.`);
  } else if (result.ended === "previewed") {
    job.log(`previewed: ${result.corrected} products would be corrected`);
  } else {
    metrics.countFacilityReset(result);
    const { corrected, lockedMs } = result;
    // What was done stands in the job's result. A line of its own would wait for the queue's disk once more.
    log.info(
      { resetId, facilityId, ...result },
      `facility ${facilityId} reset: ${corrected} corrections in ${lockedMs} ms`,
    );
  }
  tellProgress(parts, { resetId, generation });
  return done({ ...result });
}

function optionsOf(config: WorkerConfig): ReconcileOptions {
  return {
    absentRows: config.ABSENT_ROWS,
    borderlineSeconds: config.BORDERLINE_SECONDS,
    lockWaitMsMax: LOCK_WAIT_MS_MAX,
    guards: {
      rejectedPct: config.GUARD_REJECTED_PCT,
      zeroedPct: config.GUARD_ZEROED_PCT,
      missingPct: config.GUARD_MISSING_PCT,
      unitsPct: config.GUARD_UNITS_PCT,
      renamedPct: config.GUARD_RENAMED_PCT,
    },
  };
}

/** The staging table was emptied (it is UNLOGGED: a crash of the database does that). It must not read as "no products". */
async function restage(
  { database, queues, log }: ResetParts,
  job: FacilityJob,
  lost: { wanted: number; found: number },
): Promise<Fate> {
  const { resetId, facilityId } = job.payload;
  const generation = await restartReset(
    database.pool,
    { id: resetId, generation: job.payload.generation },
    { restage: true },
  );
  log.warn(
    { resetId, facilityId, ...lost },
    "the staged rows are gone, most likely by a crash of the database: staging again",
  );
  if (generation !== undefined) await queues.addReset({ resetId, generation, label: resetId });
  return done({ outcome: `staged rows lost (${lost.found} of ${lost.wanted}); the file is staged again` });
}

const toldAt = new WeakMap<ResetParts, number>();

/**
 * Tells people and the watchdog how far the reset is, unless that was done just now. Returns at once: nothing waits for it, and the
 * last word is the reset's own job's.
 */
function tellProgress(
  parts: ResetParts,
  { resetId, generation }: { readonly resetId: string; readonly generation: number },
): void {
  const now = performance.now();
  if (now - (toldAt.get(parts) ?? Number.NEGATIVE_INFINITY) < TELL_MS) return;
  toldAt.set(parts, now);
  touchProgress(parts.database, resetId)
    .then((progress) => parts.queues.updateResetProgress(resetJobId(resetId, generation), { ...progress }))
    .catch((error: unknown) => parts.log.debug({ err: error }, "progress could not be told"));
}
