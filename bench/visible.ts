// B5: from POST to visible on hand, at 30 % of the rate that ingest reaches, against POST to queue.add completed in a plain
// Express app under the same load; and at a few rates. B5w: against the obvious worker behind the same ingest, at a rate that it carries.
import { alternate } from "./support/alternate.ts";
import { clientKey, writeClients } from "./support/clients.ts";
import { createCatalogue, facilityName, skuOf, wireSale } from "./support/events.ts";
import { closedLoad, openLoad } from "./support/http-load.ts";
import { figureOf, type Measure, percentile, type Result, ratioOf, type Sizes } from "./support/measure.ts";
import { tookOf, watchProbes } from "./support/probes.ts";
import { prefix, startIngest, startPrismaWorker, startReference, startWorker } from "./support/processes.ts";
import type { Installation, Stand } from "./support/stand.ts";

const secondsFull = 20;
const connections = 64;
const shareOfRate = 0.3;
const ratedRequests = 10_000;
const practiceSeconds = 2;
/** Every so many requests one is a probe. */
const probeEvery = 10;
const retailer = { facilities: 50, products: 2_000 };
const probed = facilityName(retailer.facilities);

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

interface Load {
  readonly perSecond: number;
  readonly seconds: number;
}

async function untilVisible(
  stand: Stand,
  load: Load,
  start: (on: Installation) => Promise<{ stop(): Promise<void> }> = startWorker,
): Promise<Times> {
  return stand.using(async (on) => {
    await createCatalogue(on, { facilities: retailer.facilities + 1, products: retailer.products });
    const [ingest, worker] = await Promise.all([startIngest(on, await writeClients(on)), start(on)]);
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

async function untilAdded(stand: Stand, load: Load): Promise<Times> {
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
    const compared = await againstAdded(stand, load, sizes);
    return [
      { id: "B5", ...compared("p99"), target: { ratioMax: 5 } },
      { id: "B5p50", ...compared("p50"), target: {} },
    ];
  },
};

type Compared = (which: keyof Times) => Omit<Result, "id" | "target">;

async function compare(
  load: Load,
  sides: Readonly<Record<"product" | "reference", () => Promise<Times>>> & { readonly referenceIs: string },
  { rounds }: Sizes,
): Promise<Compared> {
  const { referenceIs, ...both } = sides;
  const { product, reference } = await alternate(both, { rounds, practice: false });
  return (which) => {
    const [own, other] = [product.map((each) => each[which]), reference.map((each) => each[which])];
    const what = `from POST to visible on hand at ${Math.round(load.perSecond)} events/s: ${which}`;
    const figures = { product: figureOf(own), reference: figureOf(other), ratio: ratioOf(own, other) };
    return { what, unit: "ms", ...figures, referenceIs };
  };
}

const againstAdded = (stand: Stand, load: Load, sizes: Sizes): Promise<Compared> =>
  compare(
    load,
    {
      product: () => untilVisible(stand, load),
      reference: () => untilAdded(stand, load),
      referenceIs: "from POST to queue.add completed, in a plain Express app",
    },
    sizes,
  );

/** The obvious worker does some 300 a second where it has the machine to itself. */
const perSecondOfAnyWorker = 100;
const rates = [200, 500, 1_000];
/** The rate at which the wait itself has a limit, and that limit. */
const judged = { perSecond: 500, productMax: 50 };

/** What a sale waits for at few and at many a second. */
export const waits: Measure = {
  name: "waits",
  ids: ["B5w"],
  run: async (stand, sizes) => {
    const seconds = sizes.of(secondsFull, 1);
    const load = { perSecond: perSecondOfAnyWorker, seconds };
    const sides = {
      product: () => untilVisible(stand, load),
      reference: () => untilVisible(stand, load, startPrismaWorker),
      referenceIs: "the same ingest, and behind it one transaction of Prisma a job",
    };
    const obvious = await compare(load, sides, sizes);
    const results: Result[] = [{ id: "B5w", ...obvious("p99"), target: { ratioMax: 0.3 } }];
    for (const perSecond of sizes.quick ? [judged.perSecond] : rates) {
      const compared = await againstAdded(stand, { perSecond, seconds }, sizes);
      const target = perSecond === judged.perSecond ? { productMax: judged.productMax } : {};
      results.push(
        { id: `B5w${perSecond}`, ...compared("p99"), target },
        { id: `B5w${perSecond}p50`, ...compared("p50"), target: {} },
      );
    }
    return results;
  },
};
