// One simulated day of a chain on real processes: the night's file, the sales of the day as tills send them, the next night's file. Says
// each hour what waits and how long, at the end what the day cost, and holds that against the model.
import { randomOf } from "../../tests/faults/random.ts";
import { writeClients } from "../support/clients.ts";
import { createCatalogue } from "../support/events.ts";
import { percentile } from "../support/measure.ts";
import { tookOf, watchProbes } from "../support/probes.ts";
import { startIngest, startWorker } from "../support/processes.ts";
import { putSnapshot, type ResetRun, runReset } from "../support/snapshots.ts";
import type { Installation, Stand } from "../support/stand.ts";
import { type Chain, productAt, receiptsOf } from "./day.ts";
import { type Replay, sendMinute } from "./replay.ts";

/** What is asked for. */
export interface Asked {
  readonly chain: Chain;
  readonly speed: number;
  readonly perRequest: number;
  readonly seed: number;
}

/** One simulated hour, as it was at its end. */
export interface Hour {
  readonly hour: number;
  readonly receipts: number;
  /** Real ones a second. */
  readonly perSecond: number;
  readonly waiting: number;
  readonly oldestMs: number;
  /** By how much the sender was behind its own clock, real milliseconds: the machine takes no more. */
  readonly lateMs: number;
}

/** The day. */
export interface Simulated {
  readonly hours: readonly Hour[];
  readonly receipts: number;
  readonly lines: number;
  /** From the POST to on hand, real milliseconds, of one receipt of each request. */
  readonly onHandP50: number;
  readonly onHandP99: number;
  readonly ledgerBytes: number;
  readonly levelBytes: number;
  readonly firstNight: ResetRun;
  readonly nextNight: ResetRun;
  /** The longest that one store was locked by the next night's file, ms. */
  readonly lockedMsMax: number;
  /** Movements that the audit went over; it found each level to be their sum. */
  readonly audited: number;
}

const minutesAnHour = 60;
const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const changedEvery = 20;

/** Runs the day. `onHour` is called at the end of each simulated hour. Throws when a receipt is missing or a level is not the sum of its movements. */
export function simulate(
  stand: Stand,
  asked: Asked,
  onHour: (hour: Hour) => void = () => undefined,
): Promise<Simulated> {
  return stand.using(async (on) => {
    const { chain } = asked;
    await createCatalogue(on, { facilities: chain.stores, products: chain.products });
    const [worker, ingest] = await Promise.all([startWorker(on), startIngest(on, await writeClients(on))]);
    const midnight = new Date(Math.floor(Date.now() / dayMs) * dayMs - dayMs);
    const shape = {
      ...{ facilities: chain.stores, products: chain.listed },
      productAt: (store: number, row: number) => productAt(chain, store, row),
    };
    const firstNight = await runReset(on, await putSnapshot(on, { ...shape, asOf: midnight }));
    const probes = await watchProbes(on.databaseUrl);
    const { speed, perRequest } = asked;
    const hours = await sellADay(on, {
      asked,
      replay: { port: ingest.port, midnight, speed, perRequest, probes },
      onHour,
    });
    const took = tookOf(await probes.finish());
    await probes.stop();
    const sold = await soldOf(on, hours);
    const next = { ...shape, changedEvery, asOf: new Date(midnight.getTime() + dayMs) };
    const nextNight = await runReset(on, await putSnapshot(on, next));
    const audited = await on.audit();
    const sizes = await sizesOf(on, nextNight.id);
    await Promise.all([worker.stop(), ingest.stop()]);
    return {
      ...{ hours, ...sold, ...sizes, firstNight, nextNight, audited },
      ...{ onHandP50: percentile(took, 0.5), onHandP99: percentile(took, 0.99) },
    };
  });
}

async function sellADay(
  { queues }: Installation,
  { asked, replay, onHour }: { asked: Asked; replay: Replay; onHour: (hour: Hour) => void },
): Promise<Hour[]> {
  const hours: Hour[] = [];
  const realMs = minuteMs / replay.speed;
  const startedAt = performance.now();
  let [minute, receipts, lateMs] = [0, 0, 0];
  // What the machine cannot send in time is sent late, and the hours after it wait for it.
  let behindMs = 0;
  for (const some of receiptsOf(asked.chain, randomOf(asked.seed))) {
    const dueAt = startedAt + behindMs + (minute + 1) * realMs;
    const late = await sendMinute(some, { minute, dueAt }, replay);
    behindMs += late;
    lateMs += late;
    receipts += some.length;
    minute += 1;
    if (minute % minutesAnHour > 0) continue;
    const { waiting, active, delayed, oldestWaitingMs } = (await queues.counts()).events;
    const hour = {
      ...{ hour: minute / minutesAnHour - 1, receipts, lateMs, waiting: waiting + active + delayed },
      ...{ perSecond: (receipts * 1_000) / (minutesAnHour * realMs + lateMs), oldestMs: oldestWaitingMs ?? 0 },
    };
    hours.push(hour);
    onHour(hour);
    [receipts, lateMs] = [0, 0];
  }
  return hours;
}

/** Waits until all that was sent is in the ledger. @throws when it is not after the last receipts that were watched */
async function soldOf(
  { database }: Installation,
  hours: readonly Hour[],
): Promise<{ receipts: number; lines: number }> {
  const sent = hours.reduce((sum, { receipts }) => sum + receipts, 0);
  const deadline = performance.now() + 10 * minuteMs;
  for (;;) {
    const { rows } = await database.pool.query<{ receipts: number; lines: number }>(
      "select count(distinct (facility_id, event_id))::int receipts, count(*)::int lines from movement where type = 'sale'",
    );
    const [sold = { receipts: 0, lines: 0 }] = rows;
    if (sold.receipts === sent) return sold;
    if (performance.now() > deadline) throw new Error(`${sent} receipts were sent, ${sold.receipts} are in the ledger`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function sizesOf({ database }: Installation, resetId: string) {
  const { rows } = await database.pool.query<{ ledgerBytes: number; levelBytes: number; lockedMsMax: number }>(
    `select pg_total_relation_size('movement')::float8 "ledgerBytes", pg_total_relation_size('level')::float8 "levelBytes",
            (select max(locked_ms)::float8 from facility_reset where reset_id = $1) "lockedMsMax"`,
    [resetId],
  );
  const [sizes] = rows;
  if (sizes === undefined) throw new Error("the database told no sizes");
  return sizes;
}
