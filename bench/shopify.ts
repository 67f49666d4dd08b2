// B15: all levels told to a simulated Shopify shop for the first time, by a worker, its variants read and nothing in the shop right yet, against
// what the shop's own limit of points lets through; and how soon the shop has sales that are made meanwhile.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startShop } from "../tests/shops/start-shop.ts";
import { channelsTold } from "./support/channels.ts";
import { writeClients } from "./support/clients.ts";
import { createCatalogue, facilityName, skuOf } from "./support/events.ts";
import { sellFresh } from "./support/fresh-sales.ts";
import { figureOf, type Measure, percentile, ratioOf } from "./support/measure.ts";
import { startIngest, startWorker } from "./support/processes.ts";
import { putSnapshot, runReset } from "./support/snapshots.ts";
import type { Stand } from "./support/stand.ts";

const facilities = 10;
const productsFull = 10_000;
/** Of a shop on the standard plan. */
const [POINTS_SAVED, POINTS_PER_SECOND] = [2_000, 100];
const LOOK_EVERY_MS = 250;
const DEADLINE_MS = 1_800_000;
const FIRST_LOCATION = 101;
/** Sold meanwhile, of products that nothing else is told of. */
const SOLD_PER_SECOND = 5;
const TURNS_MAX = 1_000;
const SOLD_PRODUCTS = TURNS_MAX;
/** A sale beside a resync is there within seconds. */
const SOLD_MS_MAX = 5_000;
const SECRET = "bench-secret-of-a-made-up-shop";

interface Told {
  readonly seconds: number;
  readonly points: number;
  readonly calls: number;
  readonly throttled: number;
  /** Of sales made meanwhile, milliseconds from POST until on hand and until the shop confirmed, 99th percentile. */
  readonly onHandMs: number;
  readonly confirmedMs: number;
}

async function firstTelling(stand: Stand, products: number): Promise<Told> {
  return stand.using(async (on) => {
    await createCatalogue(on, { facilities, products: products + SOLD_PRODUCTS });
    const [worker, ingest] = await Promise.all([
      startWorker(on, { SHOPIFY_SECRET: SECRET }),
      startIngest(on, await writeClients(on)),
    ]);
    await runReset(on, await putSnapshot(on, { facilities, products, asOf: new Date(Date.now() - 3_600_000) }));
    const locations = Array.from({ length: facilities }, (_, at) => FIRST_LOCATION + at);
    const shop = await startShop("shopify/main", { locations, clientId: "bench", clientSecret: SECRET });
    const at = Object.fromEntries(locations.map((location) => [location, 1]));
    const items = Array.from({ length: products + SOLD_PRODUCTS }, (_, product) => ({
      id: product + 1,
      sku: skuOf(product),
      at,
    }));
    await shop.control("items", items);
    const channel = {
      ...{ name: "web", kind: "shopify", shop: "bench", baseUrl: shop.url, allowPrivateAddresses: true },
      ...{
        clientId: "bench",
        clientSecret: { env: "SHOPIFY_SECRET" },
        products: { idType: "SKU" },
        compareEachDayPct: 0,
      },
      facilities: Object.fromEntries(locations.map((location, facility) => [facilityName(facility), `${location}`])),
    };
    const seen = () => shop.control<{ calls: number; throttled: number; written: number; spent: number }>("seen");
    await writeFile(join(on.dataDir, "channels.json"), JSON.stringify({ channels: [channel] }));
    // A worker sees within seconds that the file is another one; from its first call on it is the shop's limit that counts.
    await until(async () => (await seen()).calls > 0, performance.now());
    const startedAt = performance.now();
    const onHand: number[] = [];
    const confirmed: number[] = [];
    await until(async () => (await seen()).written > 0, startedAt);
    const sold = () => onHand.length;
    const isMore = async () => (await seen()).written < facilities * products + sold();
    for (let turn = 0; turn === 0 || ((await isMore()) && turn < TURNS_MAX); turn += 1) {
      const part = await sellFresh(on, {
        ...{ ingestPort: ingest.port, perSecond: SOLD_PER_SECOND, seconds: 1, facilities, name: `sale-${turn}` },
        firstProduct: products + turn,
      });
      onHand.push(...part.onHand);
      confirmed.push(...part.confirmed);
    }
    await channelsTold(on);
    const seconds = (performance.now() - startedAt) / 1_000;
    const { calls, spent: points, throttled } = await seen();
    await Promise.all([worker.stop(), ingest.stop()]);
    await shop.kill();
    const [onHandMs, confirmedMs] = [percentile(onHand, 0.99), percentile(confirmed, 0.99)];
    return { seconds, points, calls, throttled, onHandMs, confirmedMs };
  });
}

async function until(isSo: () => Promise<boolean>, startedAt: number): Promise<void> {
  while (!(await isSo())) {
    if (performance.now() - startedAt > DEADLINE_MS) throw new Error(`not all levels were told in ${DEADLINE_MS} ms`);
    await sleep(LOOK_EVERY_MS);
  }
}

export const shopify: Measure = {
  name: "shopify",
  ids: ["B15"],
  run: async (stand, sizes) => {
    const products = sizes.of(productsFull, 100);
    const runs: Told[] = [];
    for (let round = 0; round < sizes.rounds; round += 1) runs.push(await firstTelling(stand, products));
    const [confirmedMs, onHandMs] = [runs.map((each) => each.confirmedMs), runs.map((each) => each.onHandMs)];
    const product = runs.map(({ seconds }) => seconds);
    const reference = runs.map(({ points }) => Math.max(0.001, (points - POINTS_SAVED) / POINTS_PER_SECOND));
    return [
      {
        ...{ id: "B15", what: `${facilities * products} levels told to Shopify for the first time`, unit: "s" },
        ...{ product: figureOf(product), reference: figureOf(reference), ratio: ratioOf(product, reference) },
        referenceIs: "the shop's limit: its points less those saved, at 100 a second",
        target: {},
        notes: runs.map(({ points, calls, throttled }) => `${points} points, ${calls} calls, ${throttled} throttled`),
      },
      {
        ...{ id: "B15sold", what: "p99 from POST to confirmed of sales made meanwhile", unit: "ms" },
        ...{ product: figureOf(confirmedMs), reference: figureOf(onHandMs), ratio: ratioOf(confirmedMs, onHandMs) },
        ...{ referenceIs: "p99 from POST to on hand, of the same sales", target: { productMax: SOLD_MS_MAX } },
      },
    ];
  },
};
