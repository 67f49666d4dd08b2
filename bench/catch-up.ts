// B3: tills catching up. Clients that were offline send up to 1,000 events a request; several of them travel in one job, and
// one bad event among them still fails alone. Against the product's own rate with one event a request.
import { alternate } from "./support/alternate.ts";
import { costInWords, costOfEvents, type EventCost } from "./support/cpu.ts";
import { drain, fill, inRequests, pauseEvents, singly } from "./support/drain.ts";
import { createCatalogue, saleOf } from "./support/events.ts";
import { figureOf, type Measure, ratioOf } from "./support/measure.ts";
import { startWorker } from "./support/processes.ts";
import type { Stand } from "./support/stand.ts";

const eventsFull = 50_000;
const eventsPerRequest = 1_000;
const retailer = { facilities: 50, products: 2_000 };
const practiceShare = 0.1;

/** A store's till sends its own sales: every request is of one facility. */
function tillsSale(events: number) {
  const perRequest = Math.min(eventsPerRequest, Math.ceil(events / retailer.facilities));
  return (n: number) => {
    const facility = Math.floor(n / perRequest) % retailer.facilities;
    return { ...saleOf("sale", n, retailer), facilityId: saleOf("sale", facility, retailer).facilityId };
  };
}

interface Drained {
  readonly rate: number;
  readonly cpu: EventCost;
}

async function drained(stand: Stand, events: number, together: boolean): Promise<Drained> {
  return stand.using(async (on) => {
    await createCatalogue(on, retailer);
    await pauseEvents(on);
    const sale = tillsSale(events);
    const perRequest = Math.min(eventsPerRequest, Math.ceil(events / retailer.facilities));
    if (together) await fill(on, inRequests(events, perRequest, sale), perRequest);
    else await fill(on, singly(events, sale));
    const worker = await startWorker(on);
    const pids = { worker: worker.pid, postgres: stand.postgresPid, redis: stand.redisPid };
    const { result: seconds, cpu } = await costOfEvents(events, pids, () => drain(on));
    await worker.stop();
    const movements = await on.audit();
    if (movements !== events) throw new Error(`${movements} movements of ${events} events`);
    return { rate: events / seconds, cpu };
  });
}

export const catchUp: Measure = {
  name: "catch-up",
  ids: ["B3"],
  run: async (stand, sizes) => {
    const events = sizes.of(eventsFull, 1_000);
    const side =
      (together: boolean) =>
      ({ practice }: { practice: boolean }) =>
        drained(stand, Math.ceil(events * (practice ? practiceShare : 1)), together);
    const runs = await alternate(
      { together: side(true), singly: side(false) },
      { rounds: sizes.rounds, practice: !sizes.quick },
    );
    const rates = {
      together: runs.together.map(({ rate }) => rate),
      singly: runs.singly.map(({ rate }) => rate),
    };
    return [
      {
        ...{ id: "B3", what: `${events} events in requests of up to 1,000`, unit: "events/s" },
        ...{ product: figureOf(rates.together), reference: figureOf(rates.singly) },
        referenceIs: "the product with one event a request (B1)",
        ...{ ratio: ratioOf(rates.together, rates.singly), target: { ratioMin: 4 } },
        notes: [costInWords("together", runs.together), costInWords("singly", runs.singly)],
      },
    ];
  },
};
