// B18 to B20: a channel with a million levels. All of them told for the first time, in what memory; a reset with 5 % of them changed, told once each;
// and a shop that is down while stores sell, beside one that is not.
import { readFile, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { channelsKept, channelsTold, configureChannels, type LevelShop, startLevelShop } from "./support/channels.ts";
import { writeClients } from "./support/clients.ts";
import { createCatalogue } from "./support/events.ts";
import { sellFresh } from "./support/fresh-sales.ts";
import { sellFor } from "./support/live-sales.ts";
import { figureOf, type Measure, percentile, type Result, ratioOf } from "./support/measure.ts";
import { startIngest, startWorker } from "./support/processes.ts";
import { putSnapshot, runReset } from "./support/snapshots.ts";
import type { Installation, Stand } from "./support/stand.ts";

const facilities = 100;
const productsFull = 10_000;
const timesSmaller = 10;
const channelsTelling = 2;
/** By so much the 99th percentile of one channel may be later while another one is down: the machine varies by as much. */
const otherMax = 1.25;
const changedEvery = 20;
const [perSecond, secondsFull] = [50, 20];
/** Products that sales open levels of, so that their confirmation is told from others'. */
const freshProducts = 100;
const hourMs = 3_600_000;
const kibAMib = 1_024;
const LOOK_EVERY_MS = 50;

const nameOf = (at: number): string => `shop-${at}`;

interface Taken {
  readonly levels: number;
  readonly older: number;
}

const taken = ({ shop }: LevelShop) => shop.control<Taken>("seen");

/** Begins a peak anew: proc(5) has it. */
const forgetPeak = (pid: number): Promise<void> => writeFile(`/proc/${pid}/clear_refs`, "5");

async function peakMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / kibAMib;
}

interface Told {
  /** While the first tenth of the levels was told, and while all were. */
  readonly peakTenthMiB: number;
  readonly peakMiB: number;
  readonly firstSeconds: number;
}

/**
 * Loads the stock, then has the same worker tell all of it. So it has in memory what a worker has that has been at work for a while (the code of a reset
 * alone is 40 to 70 MiB), however long the telling takes; of its peak what comes after the loading counts.
 */
async function tellAll(on: Installation, shops: readonly LevelShop[], products: number) {
  const worker = await startWorker(on);
  await runReset(on, await putSnapshot(on, { facilities, products, asOf: new Date(Date.now() - 2 * hourMs) }));
  await on.database.pool.query("vacuum (analyze)");
  await forgetPeak(worker.pid);
  const startedAt = performance.now();
  await configureChannels(
    on,
    shops.map((shop, at) => ({ name: nameOf(at), shop })),
    "live",
  );
  await channelsKept(on, shops.length);
  // A channel is on record a moment before its resync is.
  const toldToEach = async (levels: number): Promise<void> => {
    for (const shop of shops) while ((await taken(shop)).levels < levels) await delay(LOOK_EVERY_MS);
  };
  await toldToEach((facilities * products) / timesSmaller);
  const peakTenthMiB = await peakMiB(worker.pid);
  await toldToEach(facilities * products);
  await channelsTold(on);
  const firstSeconds = (performance.now() - startedAt) / 1_000;
  return { worker, told: { peakTenthMiB, peakMiB: await peakMiB(worker.pid), firstSeconds } };
}

interface Large extends Told {
  /** Levels that the reset changed, levels told after it, and how long that took once it had ended. */
  readonly changed: number;
  readonly toldOfReset: number;
  readonly resetToldMs: number;
  /** Confirmed by the shop that is up, 99th percentile, ms: while the other one is up, and while it is down. */
  readonly besideUp: number;
  readonly besideDown: number;
  /** Sales made while it was down, levels that they changed, levels that it was told afterwards, and for how long. */
  readonly sold: number;
  readonly owed: number;
  readonly caughtUp: number;
  readonly caughtUpMs: number;
}

const large = (stand: Stand, products: number, seconds: number): Promise<Large> =>
  withShops(channelsTelling, (shops) =>
    stand.using(async (on) => {
      const [down, up] = shops as [LevelShop, LevelShop];
      await createCatalogue(on, { facilities, products: products + freshProducts });
      const { worker, told } = await tellAll(on, shops, products);
      const before = await taken(up);
      const file = await putSnapshot(on, { facilities, products, changedEvery, asOf: new Date(Date.now() - hourMs) });
      const { corrected } = await runReset(on, file);
      const resetToldMs = await channelsTold(on);
      const toldOfReset = (await taken(up)).levels - before.levels;
      const ingest = await startIngest(on, await writeClients(on));
      const sell = (name: string, firstProduct: number) =>
        sellFresh(on, {
          ingestPort: ingest.port,
          perSecond,
          seconds,
          facilities,
          name,
          firstProduct,
          channel: nameOf(1),
        });
      const half = freshProducts / 2;
      const retailer = { facilities, products: 10 };
      // Some of what is sold changes the same levels again, as in a shop: the one that is down is told them once.
      const sellBoth = (name: string, firstProduct: number) =>
        Promise.all([
          sell(name, firstProduct),
          sellFor(on, seconds, { port: ingest.port, retailer, perSecond, name: `${name}-again` }),
        ]);
      const [beforeIt] = await sellBoth("up", products);
      const besideUp = percentile(beforeIt.confirmed, 0.99);
      await channelsTold(on);
      await down.shop.control("manners", { status: 503 });
      const owed = await taken(down);
      const [fresh, again] = await sellBoth("down", products + half);
      const changes = await on.database.pool.query<{ levels: number }>(
        "select count(*)::int as levels from level_mark m where m.sequence > (select told_through from channel where name = $1)",
        [nameOf(0)],
      );
      await down.shop.control("manners", {});
      const caughtUpMs = await channelsTold(on);
      const caughtUp = await taken(down);
      if (caughtUp.older > 0) throw new Error("an older number came over a newer one");
      await Promise.all([worker.stop(), ingest.stop()]);
      return {
        ...{ ...told, changed: corrected, toldOfReset, resetToldMs, besideUp },
        ...{ besideDown: percentile(fresh.confirmed, 0.99), sold: fresh.confirmed.length + again.length },
        ...{ owed: changes.rows[0]?.levels ?? 0, caughtUp: caughtUp.levels - owed.levels, caughtUpMs },
      };
    }),
  );

async function withShops<T>(count: number, work: (shops: readonly LevelShop[]) => Promise<T>): Promise<T> {
  const shops = await Promise.all(Array.from({ length: count }, () => startLevelShop()));
  try {
    return await work(shops);
  } finally {
    for (const { shop } of shops) await shop.kill();
  }
}

export const channelsMillion: Measure = {
  name: "channels-million",
  ids: ["B18", "B19", "B20"],
  run: async (stand, sizes) => {
    const products = sizes.of(productsFull, 50);
    const levels = facilities * products;
    // Minutes a round, and what is counted is the same in each.
    const all = await large(stand, products, sizes.of(secondsFull, 2));
    const of = (value: number) => figureOf([value]);
    const row = (
      id: string,
      what: string,
      unit: string,
      values: readonly [number, number],
    ): Pick<Result, "id" | "what" | "unit" | "product" | "reference" | "ratio"> => ({
      ...{ id, what, unit, product: of(values[0]), reference: of(values[1]), ratio: ratioOf([values[0]], [values[1]]) },
    });
    return [
      {
        ...row("B18", `peak memory of the worker, ${levels} levels waiting for each of two channels`, "MiB", [
          all.peakMiB,
          all.peakTenthMiB,
        ]),
        ...{ referenceIs: "the same worker, when a tenth of them was told", target: { ratioMax: 1.15 } },
        notes: [`all told to both in ${all.firstSeconds.toFixed(0)} s`],
      },
      {
        ...row("B19", `levels told after a reset of ${levels} rows, 5 % changed`, "levels", [
          all.toldOfReset,
          all.changed,
        ]),
        ...{ referenceIs: "levels that it changed", target: { ratioMin: 1, ratioMax: 1 } },
        notes: [`all told ${Math.round(all.resetToldMs)} ms after the reset had ended`],
      },
      {
        ...row(
          "B20",
          `p99 from POST to confirmed by a channel beside one that is down, ${2 * perSecond} sales/s`,
          "ms",
          [all.besideDown, all.besideUp],
        ),
        ...{ referenceIs: "the other one up, the same sales", target: { ratioMax: otherMax } },
        notes: [
          `${all.sold} sales while it was down changed ${all.owed} levels; up again it was told ${all.caughtUp} in ${Math.round(all.caughtUpMs)} ms`,
        ],
      },
    ];
  },
};
