// B10: stores sell while a snapshot of 1,000,000 rows is applied. A sale of the facility that is locked waits no longer than
// the lock and a little, and the others hardly notice, against the same sales without a reset. B10s: 5,000 small stores, of which several are
// locked at once.
import { writeClients } from "./support/clients.ts";
import { sellDuring, sellFor } from "./support/live-sales.ts";
import { figureOf, type Measure, percentile, ratioOf, type Sizes } from "./support/measure.ts";
import { type Probe, tookOf } from "./support/probes.ts";
import { startIngest, startWorker } from "./support/processes.ts";
import { putSnapshot, runReset } from "./support/snapshots.ts";
import type { Installation, Stand } from "./support/stand.ts";

const salesPerSecond = 200;
const secondsBeforeFull = 15;
const changedEvery = 20;
const hourMs = 3_600_000;
/** The lock goes with the commit, a little after its time was taken. */
const commitMs = 20;
const overLockMsMax = 300;

interface Locked {
  readonly facility: string;
  /** performance.now() */
  readonly from: number;
  readonly to: number;
}

/** When each facility was locked, on the clock of the probes. */
async function locksOf({ database }: Installation, resetId: string): Promise<readonly Locked[]> {
  const { rows } = await database.pool.query<{ facility: string; to: Date; lockedMs: number }>(
    `select f.facility_id as facility, r.finished_at as "to", r.locked_ms as "lockedMs"
       from facility_reset r join facility f on f.id = r.facility_id where r.reset_id = $1`,
    [resetId],
  );
  return rows.map(({ facility, to, lockedMs }) => {
    const end = to.getTime() - performance.timeOrigin;
    return { facility, from: end - lockedMs, to: end + commitMs };
  });
}

interface Seen {
  /** By how much the locked facilities' sales waited longer than their lock lasted. */
  readonly overLockMs: number;
  readonly lockedSales: number;
  readonly lockMsMedian: number;
  readonly othersP99: number;
  readonly quietP99: number;
}

const isDuring = ({ facility, dueAt }: Probe, lock: Locked | undefined): lock is Locked =>
  lock !== undefined && lock.facility === facility && dueAt >= lock.from && dueAt <= lock.to;

interface Shape {
  readonly facilities: number;
  readonly products: number;
}

async function sellAndReset(stand: Stand, shape: Shape, secondsBefore: number): Promise<Seen> {
  return stand.using(async (on) => {
    const [worker, ingest] = await Promise.all([startWorker(on), startIngest(on, await writeClients(on))]);
    await runReset(on, await putSnapshot(on, { ...shape, asOf: new Date(Date.now() - 2 * hourMs) }));
    await on.database.pool.query("vacuum (analyze)");
    const changed = { ...shape, changedEvery, asOf: new Date(Date.now() - hourMs) };
    const file = await putSnapshot(on, changed);
    const selling = { port: ingest.port, retailer: shape, perSecond: salesPerSecond };
    await sellFor(on, 1, { ...selling, name: "practice" });
    const quiet = await sellFor(on, secondsBefore, { ...selling, name: "quiet" });
    const resetting = runReset(on, file);
    const sold = await sellDuring(on, resetting, { ...selling, name: "during" });
    const locks = new Map((await locksOf(on, (await resetting).id)).map((lock) => [lock.facility, lock]));
    await Promise.all([worker.stop(), ingest.stop()]);
    const waits: number[] = [];
    const others: Probe[] = [];
    for (const probe of sold) {
      const lock = locks.get(probe.facility);
      if (isDuring(probe, lock)) waits.push(probe.seenAt - probe.dueAt - (lock.to - lock.from));
      else others.push(probe);
    }
    return {
      ...{ overLockMs: percentile(waits, 1), lockedSales: waits.length },
      lockMsMedian: percentile(
        [...locks.values()].map(({ from, to }) => to - from),
        0.5,
      ),
      ...{ othersP99: percentile(tookOf(others), 0.99), quietP99: percentile(tookOf(quiet), 0.99) },
    };
  });
}

const measureOf = (name: string, id: string, shapeOf: (sizes: Sizes) => Shape): Measure => ({
  name,
  ids: [id],
  run: async (stand, sizes) => {
    const seen: Seen[] = [];
    const shape = shapeOf(sizes);
    const secondsBefore = sizes.of(secondsBeforeFull, 1);
    for (let round = 0; round < sizes.rounds; round += 1) seen.push(await sellAndReset(stand, shape, secondsBefore));
    const of = (which: keyof Seen) => seen.map((each) => each[which]);
    const what = `sales during a reset of ${shape.facilities} stores and ${shape.facilities * shape.products} rows`;
    const locked = seen.map(({ lockMsMedian }) => lockMsMedian);
    const longest = seen.map(({ overLockMs, lockMsMedian }) => overLockMs + lockMsMedian);
    return [
      {
        ...{ id, what: `${what}, the locked facility: longest wait beyond its lock`, unit: "ms" },
        ...{ product: figureOf(of("overLockMs")), reference: figureOf(locked), ratio: ratioOf(longest, locked) },
        ...{ referenceIs: "median time for which a facility is locked", target: { productMax: overLockMsMax } },
        notes: [`sales that met a lock: ${of("lockedSales").join(", ")}`],
      },
      {
        ...{ id: `${id}p99`, what: `${what}, the others: p99`, unit: "ms" },
        ...{ product: figureOf(of("othersP99")), reference: figureOf(of("quietP99")) },
        ...{ ratio: ratioOf(of("othersP99"), of("quietP99")), referenceIs: "the same without a reset" },
        target: { ratioMax: 2 },
      },
    ];
  },
});

export const salesDuringReset = measureOf("sales-during-reset", "B10", (sizes) => ({
  facilities: 100,
  products: sizes.of(10_000, 50),
}));

export const salesDuringShops = measureOf("sales-during-shops", "B10s", (sizes) => ({
  facilities: sizes.of(5_000, 50),
  products: 200,
}));
