// B13: two worker processes against one, over the same queue of one-line events.
import { cpus } from "node:os";
import { alternate } from "./support/alternate.ts";
import { drain, fill, pauseEvents, singly } from "./support/drain.ts";
import { createCatalogue, saleOf } from "./support/events.ts";
import { figureOf, type Measure, ratioOf } from "./support/measure.ts";
import { startWorker } from "./support/processes.ts";
import type { Stand } from "./support/stand.ts";

const eventsFull = 50_000;
const retailer = { facilities: 50, products: 2_000 };
const practiceShare = 0.1;
/** A worker, its share of PostgreSQL and Redis: below so many cores two workers only share what one had. */
const coresForTwo = 4;

async function rateOf(stand: Stand, events: number, workers: number): Promise<number> {
  return stand.using(async (on) => {
    await createCatalogue(on, retailer);
    await pauseEvents(on);
    await fill(
      on,
      singly(events, (n) => saleOf("sale", n, retailer)),
    );
    const started = await Promise.all(Array.from({ length: workers }, () => startWorker(on)));
    const seconds = await drain(on);
    await Promise.all(started.map((worker) => worker.stop()));
    const movements = await on.audit();
    if (movements !== events) throw new Error(`${movements} movements of ${events} events`);
    return events / seconds;
  });
}

export const twoWorkers: Measure = {
  name: "two-workers",
  ids: ["B13"],
  run: async (stand, sizes) => {
    const events = sizes.of(eventsFull, 300);
    const side =
      (workers: number) =>
      ({ practice }: { practice: boolean }) =>
        rateOf(stand, Math.ceil(events * (practice ? practiceShare : 1)), workers);
    const rates = await alternate({ two: side(2), one: side(1) }, { rounds: sizes.rounds, practice: !sizes.quick });
    const cores = cpus().length;
    return [
      {
        ...{ id: "B13", what: `${events} queued one-line events, two worker processes`, unit: "events/s" },
        ...{ product: figureOf(rates.two), reference: figureOf(rates.one), ratio: ratioOf(rates.two, rates.one) },
        ...{ referenceIs: "one worker process", target: cores >= coresForTwo ? { ratioMin: 1.5 } : {} },
        notes: [`this machine has ${cores} cores; the target holds from ${coresForTwo} on`],
      },
    ];
  },
};
