// Flow 2, step 6: makes one facility's ledger agree with what its snapshot counted, under that facility's lock.
import {
  facilityNumber,
  findReset,
  isOutage,
  isTransient,
  movePart,
  type ReconcileOptions,
  reconcileFacility,
  restartReset,
  touchProgress,
} from "@inventory-sync/db";
import { messageOf } from "@inventory-sync/domain";
import { done, type Fate, type Handler, type JobContext, resetJobId } from "@inventory-sync/queue";
import type { WorkerConfig } from "../config.ts";
import type { ResetParts } from "./parts.ts";

const LOCK_WAIT_MS_MAX = 5_000;
const LOCK_RETRY_MS = 500;
const TELL_MS = 500;

/** The handler of one facility reset. A facility that cannot be done ends as failed and lets the others go on. */
export function reconcileFacilityHandler(parts: ResetParts): Handler<"facility-resets"> {
  return async (job) => {
    const { resetId, facilityId } = job.payload;
    const facility = await facilityNumber(parts.database, facilityId);
    if (facility === undefined) {
      const message = `facility ${facilityId} of reset ${resetId} does not exist`;
      return { fate: "rejected", code: "UNKNOWN_FACILITY", message };
    }
    try {
      return await reconcile(parts, job, facility);
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
  };
}

async function reconcile(parts: ResetParts, job: JobContext<"facility-resets">, facility: number): Promise<Fate> {
  const { database, metrics, log } = parts;
  const { resetId, facilityId, generation } = job.payload;
  const result = await reconcileFacility(database, { resetId, facility }, optionsOf(parts.config));
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
  job: JobContext<"facility-resets">,
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
