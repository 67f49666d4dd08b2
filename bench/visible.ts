// B5: from POST to visible on hand, at 30 % of the rate that ingest reaches, against POST to queue.add completed in a plain
// Express app under the same load.
import { alternate } from "./support/alternate.ts";
import { clientKey, writeClients } from "./support/clients.ts";
import { createCatalogue, facilityName, skuOf, wireSale } from "./support/events.ts";
import { closedLoad, openLoad } from "./support/http-load.ts";
import { figureOf, type Measure, percentile, ratioOf } from "./support/measure.ts";
import { tookOf, watchProbes } from "./support/probes.ts";
import { startIngest, startReference, startWorker } from "./support/processes.ts";
import type { Stand } from "./support/stand.ts";

const secondsFull = 20;
const connections = 64;
const shareOfRate = 0.3;
const ratedRequests = 10_000;
const practiceSeconds = 2;
/** Every so many requests one is a probe. */
const probeEvery = 10;
const retailer = { facilities: 50, products: 2_000 };
const probed = facilityName(retailer.facilities);
const prefix = "inventory-sync";

const sale = (name: string) => (n: number) => JSON.stringify(wireSale(name, n, retailer));

/** What ingest takes at most; a third of it is the load of both sides. */
async function rateOf(stand: Stand, requests: number): Promise<number> {
  return stand.using(async (on) => {
    const ingest = await startIngest(on, await writeClients(on));
    const post = { port: ingest.port, path: "/v1/events", key: clientKey };
    await closedLoad(post, { connections, requests: Math.ceil(requests / 5), body: sale("practice") });
    const { requestsPerSecond } = await closedLoad(post, { connections, requests, body: sale("rated") });
    await ingest.stop();
    return requestsPerSecond;
  });
}

interface Times {
  readonly p50: number;
  readonly p99: number;
}

const timesOf = (latencies: readonly number[]): Times => ({
  p50: percentile(latencies, 0.5),
  p99: percentile(latencies, 0.99),
});

async function untilVisible(stand: Stand, load: { perSecond: number; seconds: number }): Promise<Times> {
  return stand.using(async (on) => {
    await createCatalogue(on, { facilities: retailer.facilities + 1, products: retailer.products });
    const [ingest, worker] = await Promise.all([startIngest(on, await writeClients(on)), startWorker(on)]);
    const post = { port: ingest.port, path: "/v1/events", key: clientKey };
    await openLoad(post, { ...load, seconds: practiceSeconds, connections, body: sale("practice") });
    const probes = await watchProbes(on.databaseUrl);
    const body = (n: number): string => {
      if (n % probeEvery !== 0) return sale("sale")(n);
      const lines = [{ sku: skuOf(n % retailer.products), quantity: 1 }];
      return JSON.stringify({ ...wireSale("probe", n, retailer), facilityId: probed, lines });
    };
    const onSent = (n: number, dueAt: number): void => {
      if (n % probeEvery === 0) probes.sent(probed, `probe-${n}`, dueAt);
    };
    await openLoad(post, { ...load, connections, body, onSent });
    const took = tookOf(await probes.finish());
    await probes.stop();
    await Promise.all([ingest.stop(), worker.stop()]);
    return timesOf(took);
  });
}

async function untilAdded(stand: Stand, load: { perSecond: number; seconds: number }): Promise<Times> {
  return stand.using(async (on) => {
    const server = await startReference("plain-express", { ADD: "true", REDIS_URL: on.queueUrl, PREFIX: prefix });
    const post = { port: server.port, path: "/v1/events", key: clientKey };
    await openLoad(post, { ...load, seconds: practiceSeconds, connections, body: sale("practice") });
    const { latencies } = await openLoad(post, { ...load, connections, body: sale("sale") });
    await server.stop();
    return timesOf(latencies);
  });
}

export const visible: Measure = {
  name: "visible",
  ids: ["B5"],
  run: async (stand, sizes) => {
    const perSecond = shareOfRate * (await rateOf(stand, sizes.of(ratedRequests, 300)));
    const load = { perSecond, seconds: sizes.of(secondsFull, 1) };
    const { product, reference } = await alternate(
      { product: () => untilVisible(stand, load), reference: () => untilAdded(stand, load) },
      { rounds: sizes.rounds, practice: false },
    );
    const row = (which: keyof Times) => {
      const [own, other] = [product.map((each) => each[which]), reference.map((each) => each[which])];
      return { unit: "ms", product: figureOf(own), reference: figureOf(other), ratio: ratioOf(own, other) };
    };
    const what = `from POST to visible on hand at ${Math.round(perSecond)} events/s`;
    const referenceIs = "from POST to queue.add completed, in a plain Express app";
    return [
      { id: "B5", what: `${what}: p99`, ...row("p99"), referenceIs, target: { ratioMax: 5 } },
      { id: "B5p50", what: `${what}: p50`, ...row("p50"), referenceIs, target: {} },
    ];
  },
};
