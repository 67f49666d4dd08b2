// Flow 2, step 6, from the queue: takes the jobs of facilities. Small ones of one reset go together in one transaction, each job with
// its own end: a transaction costs as much as some hundred rows, and its wait for the disk more. A large one goes alone, and so does
// one that could not go with others.
import { isOutage, openFacilities } from "@inventory-sync/db";
import {
  type Consumer,
  consume,
  createGroupCommit,
  createInFlight,
  type Fate,
  type JobContext,
} from "@inventory-sync/queue";
import { deferOnOutage } from "../outage.ts";
import type { ResetParts } from "./parts.ts";
import { resetOne, resetTogether } from "./reconcile-facility.ts";

/** Rows of the facilities of one transaction: about as many as the lock of one usual facility is held for. */
const ROWS_TOGETHER_MAX = 5_000;
/** Transactions' worth of rows in hand: those that run, and those that fill up meanwhile. */
const TOGETHER_IN_HAND = 4;
/** So long a job waits for others while one transaction runs and another one could. */
const WAIT_MS_MAX = 10;

interface Wanted {
  readonly job: JobContext<"facility-resets">;
  readonly rows: number;
  readonly alone: boolean;
}

/** Starts the consumer of facility resets. `limit` sets how many transactions run at once. @param most transactions at once */
export function takeFacilityResets(
  parts: ResetParts,
  { most, before, after }: { readonly most: number; before(): void; after(): void },
): Consumer {
  const sizeMax = parts.config.FACILITIES_A_TRANSACTION_MAX;
  const rowsOf = rowsOfResets(parts);
  const together = createGroupCommit<Wanted, Fate | "apart">({
    run: (wanted) => runTogether(parts, wanted),
    keyOf: ({ job }) => job.jobId,
    sizeMax,
    weightOf: ({ rows, alone }) => (alone ? ROWS_TOGETHER_MAX : rows),
    weightMax: ROWS_TOGETHER_MAX,
    waitMsMax: WAIT_MS_MAX,
    runningMax: most,
    mayBisect: (error) => !isOutage(error),
  });
  const inHand = createInFlight({
    jobsMin: most,
    jobsMax: most * sizeMax,
    linesMax: Math.max(TOGETHER_IN_HAND, most) * ROWS_TOGETHER_MAX,
    linesExpected: ROWS_TOGETHER_MAX,
    onLimit: (jobs) => consumer.limit(jobs),
  });
  const reset = async (job: JobContext<"facility-resets">): Promise<Fate> => {
    before();
    const rows = await rowsOf(job.payload);
    return inHand
      .holding(Math.min(rows, ROWS_TOGETHER_MAX), async () => {
        const fate = await together.add({ job, rows, alone: false });
        const last = fate === "apart" ? await together.add({ job, rows, alone: true }) : fate;
        if (last === "apart")
          throw new Error(`facility ${job.payload.facilityId} was reset alone, and still set apart`);
        return last;
      })
      .finally(after);
  };
  const consumer = consume(parts.queues, "facility-resets", deferOnOutage(reset), {
    concurrency: inHand.limit(),
    together: parts.config.FACILITY_RESETS_TOGETHER_MAX,
    ...parts.metrics.listeners,
  });
  return {
    limit: together.limit,
    async close(grace) {
      const closed = await consumer.close(grace);
      if (closed.unfinished === 0) await together.close();
      return closed;
    },
  };
}

/** Those of each reset together. One that is alone in its transaction is reset as if there were no others. */
async function runTogether(parts: ResetParts, wanted: readonly Wanted[]): Promise<(Fate | "apart")[]> {
  const [only, ...others] = wanted;
  if (only && others.length === 0) return [await resetOne(parts, only.job)];
  const fates = new Map<Wanted, Fate | "apart">();
  for (const resetId of new Set(wanted.map(({ job }) => job.payload.resetId))) {
    const these = wanted.filter(({ job }) => job.payload.resetId === resetId);
    const ended = await resetTogether(
      parts,
      these.map(({ job }) => job),
    );
    for (const [index, each] of these.entries()) fates.set(each, ended[index] ?? "apart");
  }
  return wanted.map((each) => fates.get(each) ?? "apart");
}

const RESETS_KNOWN_MAX = 8;

/** How many rows are staged for a facility: asked once for all that a generation of its reset has open. */
function rowsOfResets({ database }: Pick<ResetParts, "database">) {
  const known = new Map<string, Promise<ReadonlyMap<string, number>>>();
  const ask = async (resetId: string): Promise<ReadonlyMap<string, number>> =>
    new Map((await openFacilities(database, resetId)).map(({ facilityId, rows }) => [facilityId, rows]));
  return async ({ resetId, generation, facilityId }: JobContext<"facility-resets">["payload"]): Promise<number> => {
    const key = `${resetId} ${generation}`;
    const [oldest] = known.keys();
    if (known.size >= RESETS_KNOWN_MAX && !known.has(key) && oldest !== undefined) known.delete(oldest);
    const rows = known.get(key) ?? ask(resetId);
    known.set(key, rows);
    try {
      // One that is not known goes alone.
      return Math.max(1, (await rows).get(facilityId) ?? ROWS_TOGETHER_MAX);
    } catch (error) {
      known.delete(key);
      throw error;
    }
  };
}
