// B4: how many requests of one event ingest answers once each is durably queued, over 64 connections, against the same app
// without a queue; and, to see what the app itself costs, against the plainest Express app with the same schema.
import { alternate } from "./support/alternate.ts";
import { clientKey, writeClients } from "./support/clients.ts";
import { wireSale } from "./support/events.ts";
import { closedLoad } from "./support/http-load.ts";
import { figureOf, type Measure, percentile, ratioOf } from "./support/measure.ts";
import { startIngest, startReference } from "./support/processes.ts";
import type { Installation, Stand } from "./support/stand.ts";

const requestsFull = 30_000;
const connections = 64;
const retailer = { facilities: 50, products: 2_000 };
const practiceShare = 0.2;

type Start = (on: Installation) => Promise<{ port: number; stop(): Promise<void> }>;

interface Measured {
  readonly perSecond: number;
  readonly p99: number;
}

/** Loads one server. A practice load on the same process comes first: code that was never run is slow in any server. */
async function measure(stand: Stand, requests: number, start: Start): Promise<Measured> {
  return stand.using(async (on) => {
    const server = await start(on);
    const post = { port: server.port, path: "/v1/events", key: clientKey };
    const load = (name: string, count: number) =>
      closedLoad(post, { connections, requests: count, body: (n) => JSON.stringify(wireSale(name, n, retailer)) });
    await load("practice", Math.ceil(requests * practiceShare));
    const { requestsPerSecond, latencies } = await load("sale", requests);
    await server.stop();
    return { perSecond: requestsPerSecond, p99: percentile(latencies, 0.99) };
  });
}

export const ingest: Measure = {
  name: "ingest",
  ids: ["B4"],
  run: async (stand, sizes) => {
    const requests = sizes.of(requestsFull, 500);
    const side = (start: Start) => () => measure(stand, requests, start);
    const measured = await alternate(
      {
        product: side(async (on) => startIngest(on, await writeClients(on))),
        withoutQueue: side(async (on) =>
          startReference("ingest-without-queue", { ...(await writeClients(on)), QUEUE_URL: on.queueUrl }),
        ),
        plain: side(() => startReference("plain-express", {})),
      },
      { rounds: sizes.rounds, practice: false },
    );
    const rates = (of: readonly Measured[]) => of.map(({ perSecond }) => perSecond);
    const slowest = (of: readonly Measured[]) => of.map(({ p99 }) => p99);
    const { product, withoutQueue, plain } = measured;
    const what = `one event a request, ${connections} connections`;
    const against = (reference: readonly Measured[]) => ({
      ...{ what, unit: "requests/s", product: figureOf(rates(product)), reference: figureOf(rates(reference)) },
      ratio: ratioOf(rates(product), rates(reference)),
    });
    return [
      { id: "B4", ...against(withoutQueue), referenceIs: "the same app without a queue", target: { ratioMin: 0.65 } },
      {
        ...{ id: "B4p99", what: `${what}: p99`, unit: "ms" },
        ...{ product: figureOf(slowest(product)), reference: figureOf(slowest(withoutQueue)) },
        ...{ ratio: ratioOf(slowest(product), slowest(withoutQueue)), referenceIs: "the same app without a queue" },
        target: { ratioMax: 3 },
      },
      { id: "B4x", ...against(plain), referenceIs: "express.json, the same schema, an answer", target: {} },
    ];
  },
};
