// B17: how long after a sale is on hand three shops have confirmed its level, at a rate at which the channels are idle in between, and at the
// rate of a busy retailer.
import { channelNames, withChannels } from "./support/channels.ts";
import { clientKey, writeClients } from "./support/clients.ts";
import { createCatalogue, facilityName, skuOf, wireSale } from "./support/events.ts";
import { openLoad } from "./support/http-load.ts";
import { figureOf, type Measure, percentile, type Result, ratioOf } from "./support/measure.ts";
import { confirmed as confirmedQuery, tookOf, watchProbes } from "./support/probes.ts";
import { startIngest } from "./support/processes.ts";
import type { Stand } from "./support/stand.ts";

const secondsFull = 20;
const rates = { B17: 100, B17busy: 500 };
const connections = 16;
const retailer = { facilities: 50, products: 2_000 };
const laterMsMax = 300;

interface Times {
  readonly onHand: number;
  readonly confirmed: number;
}

/** Milliseconds from POST, 99th percentile. Each sale is the first of its level, so that its confirmation is told from others'. */
const untilConfirmed = (stand: Stand, load: { perSecond: number; seconds: number }): Promise<Times> =>
  withChannels(stand, "live", async (on, start) => {
    await createCatalogue(on, retailer);
    const [worker, ingest] = await Promise.all([start(), startIngest(on, await writeClients(on))]);
    const post = { port: ingest.port, path: "/v1/events", key: clientKey };
    const probes = await Promise.all([watchProbes(on.databaseUrl), watchProbes(on.databaseUrl, confirmedQuery)]);
    const placeOf = (n: number) => facilityName(n % retailer.facilities);
    const body = (n: number): string => {
      const lines = [{ sku: skuOf(Math.floor(n / retailer.facilities) % retailer.products), quantity: 1 }];
      return JSON.stringify({ ...wireSale("sale", n, retailer), facilityId: placeOf(n), lines });
    };
    const onSent = (n: number, dueAt: number): void => {
      for (const each of probes) each.sent(placeOf(n), `sale-${n}`, dueAt);
    };
    await openLoad(post, { ...load, connections, body, onSent });
    const [seen = [], told = []] = await Promise.all(probes.map(async (each) => tookOf(await each.finish())));
    for (const each of probes) await each.stop();
    await Promise.all([worker.stop(), ingest.stop()]);
    return { onHand: percentile(seen, 0.99), confirmed: percentile(told, 0.99) };
  });

export const confirmed: Measure = {
  name: "confirmed",
  ids: ["B17"],
  run: async (stand, sizes) => {
    const results: Result[] = [];
    for (const [id, perSecond] of Object.entries(rates)) {
      const times: Times[] = [];
      for (let round = 0; round < sizes.rounds; round += 1)
        times.push(await untilConfirmed(stand, { perSecond, seconds: sizes.of(secondsFull, 2) }));
      const [own, other] = [times.map((each) => each.confirmed), times.map((each) => each.onHand)];
      const later = times.map((each) => each.confirmed - each.onHand);
      results.push({
        ...{
          id,
          what: `p99 from POST to confirmed by ${channelNames.length} channels, beyond that to on hand, ${perSecond} events/s`,
        },
        ...{ unit: "ms", product: figureOf(later), reference: figureOf(other), ratio: ratioOf(own, other) },
        ...{ referenceIs: "p99 from POST to on hand, of the same sales", target: { productMax: laterMsMax } },
      });
    }
    return results;
  },
};
