// The history of what the workers did, for plots, and how it goes just now, for tiles.

import type { Database } from "@inventory-sync/db";
import { run } from "@inventory-sync/db";
import { latencyPercentile } from "@inventory-sync/domain";

const MINUTE_MS = 60_000;
const POINTS_MAX = 20_000;

/** What was done in the time from `at` to the next point. Counts without a record read as 0, depths as null. */
export interface ActivityPoint {
  readonly at: Date;
  /** Events that the ledger took or had already. */
  readonly events: number;
  /** Events of type sale that were new. */
  readonly sales: number;
  /** Lines absorbed, and lines that were duplicates. */
  readonly absorbed: number;
  readonly duplicates: number;
  /** From receipt to commit. */
  readonly latencyMsP50: number | null;
  readonly latencyMsP95: number | null;
  /** From when it happened at the store to commit. */
  readonly saleToStockMsP50: number | null;
  readonly saleToStockMsP95: number | null;
  /** The most jobs that waited, were deferred, or had failed. */
  readonly waiting: number | null;
  readonly deferred: number | null;
  readonly failed: number | null;
}

/** How it goes: the last few minutes as one point, and the sales in each of them. */
export interface CurrentActivity extends ActivityPoint {
  readonly eventsPerMinute: number;
  readonly salesPerMinute: number;
}

type Row = Omit<ActivityPoint, `${string}Ms${string}`> & {
  /** Events by the class of their latency. */
  readonly receipts: number[] | null;
  readonly sold: number[] | null;
};

/**
 * The points from `from` (its full minute) on, before `until`, `minutesPerPoint` minutes each; what is kept goes back 8 days.
 * @throws RangeError for more than 20 000 points
 */
export async function readActivity(
  { pool }: Pick<Database, "pool">,
  { from, until, minutesPerPoint }: { readonly from: Date; readonly until: Date; readonly minutesPerPoint: number },
): Promise<ActivityPoint[]> {
  const first = fullMinute(from);
  const points = (until.getTime() - first.getTime()) / (minutesPerPoint * MINUTE_MS);
  if (!(points <= POINTS_MAX))
    throw new RangeError(`${points} points are more than ${POINTS_MAX}; ask for longer ones`);
  const rows = await run<Row>(pool, "read_activity", [first, until, minutesPerPoint]);
  return rows.map(pointOf);
}

const CURRENT_MINUTES = 5;

/** The minute that `now` is in and the four before it. The workers add to it every few seconds. */
export async function currentActivity(database: Pick<Database, "pool">, now = new Date()): Promise<CurrentActivity> {
  const from = new Date(fullMinute(now).getTime() - (CURRENT_MINUTES - 1) * MINUTE_MS);
  const until = new Date(from.getTime() + CURRENT_MINUTES * MINUTE_MS);
  const [point] = await readActivity(database, { from, until, minutesPerPoint: CURRENT_MINUTES });
  if (!point) throw new Error("the statement read_activity gave no point");
  const minutes = (now.getTime() - from.getTime()) / MINUTE_MS;
  return { ...point, eventsPerMinute: point.events / minutes, salesPerMinute: point.sales / minutes };
}

function pointOf({ receipts, sold, ...point }: Row): ActivityPoint {
  return {
    ...point,
    latencyMsP50: latencyPercentile(receipts ?? [], 0.5),
    latencyMsP95: latencyPercentile(receipts ?? [], 0.95),
    saleToStockMsP50: latencyPercentile(sold ?? [], 0.5),
    saleToStockMsP95: latencyPercentile(sold ?? [], 0.95),
  };
}

function fullMinute(time: Date): Date {
  return new Date(Math.floor(time.getTime() / MINUTE_MS) * MINUTE_MS);
}
