// B15: all levels told to a simulated Shopify shop for the first time, by a worker, its variants read and nothing in the shop right yet, against
// what the shop's own limit of points lets through.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startShop } from "../tests/shops/start-shop.ts";
import { createCatalogue, facilityName, skuOf } from "./support/events.ts";
import { figureOf, type Measure, ratioOf } from "./support/measure.ts";
import { startWorker } from "./support/processes.ts";
import { putSnapshot, runReset } from "./support/snapshots.ts";
import type { Stand } from "./support/stand.ts";

const facilities = 10;
const productsFull = 10_000;
/** Of a shop on the standard plan. */
const [POINTS_SAVED, POINTS_PER_SECOND] = [2_000, 100];
const LOOK_EVERY_MS = 250;
const DEADLINE_MS = 1_800_000;
const FIRST_LOCATION = 101;
const SECRET = "bench-secret-of-a-made-up-shop";

interface Told {
  readonly seconds: number;
  readonly points: number;
  readonly calls: number;
  readonly throttled: number;
}

async function firstTelling(stand: Stand, products: number): Promise<Told> {
  return stand.using(async (on) => {
    await createCatalogue(on, { facilities, products });
    const worker = await startWorker(on, { SHOPIFY_SECRET: SECRET });
    await runReset(on, await putSnapshot(on, { facilities, products, asOf: new Date(Date.now() - 3_600_000) }));
    const locations = Array.from({ length: facilities }, (_, at) => FIRST_LOCATION + at);
    const shop = await startShop("shopify/main", { locations, clientId: "bench", clientSecret: SECRET });
    const at = Object.fromEntries(locations.map((location) => [location, 1]));
    const items = Array.from({ length: products }, (_, product) => ({ id: product + 1, sku: skuOf(product), at }));
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
    const startedAt = performance.now();
    await writeFile(join(on.dataDir, "channels.json"), JSON.stringify({ channels: [channel] }));
    const seen = () => shop.control<Omit<Told, "seconds"> & { written: number; spent: number }>("seen");
    for (let now = await seen(); now.written < facilities * products; now = await seen()) {
      if (performance.now() - startedAt > DEADLINE_MS) throw new Error(`only ${now.written} levels were told`);
      await sleep(LOOK_EVERY_MS);
    }
    const seconds = (performance.now() - startedAt) / 1_000;
    const { calls, spent: points, throttled } = await seen();
    await worker.stop();
    await shop.kill();
    return { seconds, points, calls, throttled };
  });
}

export const shopify: Measure = {
  name: "shopify",
  ids: ["B15"],
  run: async (stand, sizes) => {
    const products = sizes.of(productsFull, 100);
    const runs: Told[] = [];
    for (let round = 0; round < sizes.rounds; round += 1) runs.push(await firstTelling(stand, products));
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
    ];
  },
};
