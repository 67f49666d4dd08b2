// B12: one facility sends a backlog of 100,000 events while 20 others sell live. The others' p99 until on hand, against the
// same sales without the backlog.
import { clientKey, writeClients } from "./support/clients.ts";
import { inRequests } from "./support/drain.ts";
import { createCatalogue, facilityName, saleOf, wireSale } from "./support/events.ts";
import { closedLoad } from "./support/http-load.ts";
import { sellDuring, sellFor } from "./support/live-sales.ts";
import { figureOf, type Measure, percentile, ratioOf } from "./support/measure.ts";
import { tookOf } from "./support/probes.ts";
import { startIngest, startWorker } from "./support/processes.ts";
import type { Installation, Stand } from "./support/stand.ts";

const backlogFull = 100_000;
const eventsPerRequest = 1_000;
/** A store's tills send one after the other. */
const connections = 2;
const live = { facilities: 20, products: 2_000 };
const salesPerSecond = 100;
const secondsBeforeFull = 15;
const lookEveryMs = 100;

/** Sends the backlog and waits until all of it is in the ledger. */
async function catchUp(on: Installation, port: number, events: number): Promise<void> {
  const facilityId = facilityName(live.facilities);
  const bodies = [...inRequests(events, eventsPerRequest, (n) => saleOf("backlog", n, live))].map((some) =>
    JSON.stringify(
      some.map((_, index) => ({ ...wireSale("backlog", index, live), eventId: some[index]?.eventId, facilityId })),
    ),
  );
  await closedLoad(
    { port, path: "/v1/events", key: clientKey },
    { connections, requests: bodies.length, body: (n) => bodies[n] ?? "" },
  );
  const counted = `select count(*)::int as done from movement m join facility f on f.id = m.facility_id where f.facility_id = $1`;
  for (;;) {
    const { rows } = await on.database.pool.query<{ done: number }>(counted, [facilityId]);
    if (rows[0]?.done === events) return;
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

async function measure(stand: Stand, sizes: { backlog: number; secondsBefore: number }) {
  return stand.using(async (on) => {
    await createCatalogue(on, { facilities: live.facilities + 1, products: live.products });
    const [worker, ingest] = await Promise.all([startWorker(on), startIngest(on, await writeClients(on))]);
    const selling = { port: ingest.port, retailer: live, perSecond: salesPerSecond };
    await sellFor(on, 1, { ...selling, name: "practice" });
    const quiet = await sellFor(on, sizes.secondsBefore, { ...selling, name: "quiet" });
    const startedAt = performance.now();
    const during = await sellDuring(on, catchUp(on, ingest.port, sizes.backlog), { ...selling, name: "during" });
    const seconds = (performance.now() - startedAt) / 1_000;
    await Promise.all([worker.stop(), ingest.stop()]);
    return { quiet: percentile(tookOf(quiet), 0.99), during: percentile(tookOf(during), 0.99), seconds };
  });
}

export const backlog: Measure = {
  name: "backlog",
  ids: ["B12"],
  run: async (stand, sizes) => {
    const given = { backlog: sizes.of(backlogFull, 1_000), secondsBefore: sizes.of(secondsBeforeFull, 1) };
    const seen: Awaited<ReturnType<typeof measure>>[] = [];
    for (let round = 0; round < sizes.rounds; round += 1) seen.push(await measure(stand, given));
    const [during, quiet] = [seen.map((each) => each.during), seen.map((each) => each.quiet)];
    return [
      {
        ...{ id: "B12", what: `${live.facilities} facilities beside a backlog of ${given.backlog}: p99`, unit: "ms" },
        ...{ product: figureOf(during), reference: figureOf(quiet), ratio: ratioOf(during, quiet) },
        ...{ referenceIs: "the same without the backlog", target: { ratioMax: 2 } },
        notes: [`the backlog was in the ledger after ${seen.map((each) => each.seconds.toFixed(1)).join(", ")} s`],
      },
    ];
  },
};
