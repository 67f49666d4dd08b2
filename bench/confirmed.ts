// B17: how long after a sale is on hand three shops have confirmed its level, at a rate at which the channels are idle in between, and at the
// rate of a busy retailer.
import { channelNames, withChannels } from "./support/channels.ts";
import { writeClients } from "./support/clients.ts";
import { createCatalogue } from "./support/events.ts";
import { sellFresh } from "./support/fresh-sales.ts";
import { figureOf, type Measure, percentile, type Result, ratioOf } from "./support/measure.ts";
import { startIngest } from "./support/processes.ts";
import type { Stand } from "./support/stand.ts";

const secondsFull = 20;
const warmUpSeconds = 3;
const rates = { B17: 100, B17busy: 500 };
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
    const { onHand, confirmed: told } = await sellFresh(on, {
      ingestPort: ingest.port,
      facilities: retailer.facilities,
      firstProduct: 0,
      name: "sale",
      warmUpSeconds,
      ...load,
    });
    await Promise.all([worker.stop(), ingest.stop()]);
    return { onHand: percentile(onHand, 0.99), confirmed: percentile(told, 0.99) };
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
