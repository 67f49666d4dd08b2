// B5t: where each millisecond of a sale's way goes, by the product's own traces, at 200, 500 and 1,000 events a second.
import { setTimeout as delay } from "node:timers/promises";
import { type SpanSeen, startCollector } from "../tests/flows/trace-collector.ts";
import { clientKey, writeClients } from "./support/clients.ts";
import { createCatalogue, wireSale } from "./support/events.ts";
import { openLoad } from "./support/http-load.ts";
import { figureOf, type Measure, percentile, type Result, ratioOf } from "./support/measure.ts";
import { startIngest, startWorker } from "./support/processes.ts";
import type { Stand } from "./support/stand.ts";

const secondsFull = 20;
const practiceSeconds = 2;
const connections = 64;
const retailer = { facilities: 50, products: 2_000 };
const rates = [200, 500, 1_000];
/** Of the requests so many are traced: each costs something. */
const share = 0.1;
/** After so long the processes have sent all their spans. */
const sentMs = 7_000;

/** Milliseconds of one sale, from step to step. */
type Way = Readonly<Record<(typeof steps)[number], number>>;
const steps = [
  "read and checked by ingest",
  "added to the queue",
  "until a worker has fetched it",
  "until its batch begins",
  "the batch, committed",
  "all together",
] as const;

/** When a span began and ended, ms. */
const begin = ({ startTimeUnixNano: at }: SpanSeen): number => Number(BigInt(at) / 1_000n) / 1_000;
const end = ({ endTimeUnixNano: at }: SpanSeen): number => Number(BigInt(at) / 1_000n) / 1_000;

/** The ways of the sales of which all spans came. Requests that were added together have one span for that, in the first one's trace. */
function waysOf(spans: readonly SpanSeen[]): Way[] {
  const traces = new Map<string, Map<string, SpanSeen>>();
  const put = (traceId: string, span: SpanSeen): void => {
    const trace = traces.get(traceId) ?? new Map<string, SpanSeen>();
    traces.set(traceId, trace.set(span.name.split(" ")[0] ?? "", span));
  };
  for (const span of spans) for (const { traceId } of [span, ...(span.links ?? [])]) put(traceId, span);
  return [...traces.values()].flatMap((trace) => {
    const [post, add, work, commit] = ["POST", "addBulk", "process", "commit"].map((name) => trace.get(name));
    if (!post || !add || !work || !commit) return [];
    const at = [begin(post), begin(add), end(add), begin(work), begin(commit), end(commit)] as const;
    const [read, added, fetched, batched, committed] = at.slice(1).map((time, step) => time - (at[step] as number));
    return [
      Object.fromEntries(
        steps.map((step, n) => [step, [read, added, fetched, batched, committed, at[5] - at[0]][n]]),
      ) as Way,
    ];
  });
}

const waysAt = (stand: Stand, load: { readonly perSecond: number; readonly seconds: number }): Promise<Way[]> =>
  stand.using(async (on) => {
    const collector = await startCollector();
    await createCatalogue(on, retailer);
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_SAMPLER_ARG: String(share) };
    const clients = await writeClients(on);
    const [ingest, worker] = await Promise.all([startIngest(on, { ...clients, ...env }), startWorker(on, env)]);
    const post = { port: ingest.port, path: "/v1/events", key: clientKey };
    const sale = (name: string) => (n: number) => JSON.stringify(wireSale(name, n, retailer));
    await openLoad(post, { ...load, seconds: practiceSeconds, connections, body: sale("practice") });
    await delay(sentMs);
    const before = collector.spans().length;
    await openLoad(post, { ...load, connections, body: sale("sale") });
    await delay(sentMs);
    const ways = waysOf(collector.spans().slice(before));
    await Promise.all([ingest.stop(), worker.stop()]);
    await collector.stop();
    return ways;
  });

export const traced: Measure = {
  name: "traced",
  ids: ["B5t"],
  run: async (stand, sizes) => {
    const results: Result[] = [];
    for (const perSecond of sizes.quick ? [200] : rates) {
      const rounds: Way[][] = [];
      for (let round = 0; round < sizes.rounds; round += 1)
        rounds.push(await waysAt(stand, { perSecond, seconds: sizes.of(secondsFull, 2) }));
      for (const part of [0.5, 0.99]) {
        const of = (step: keyof Way) =>
          rounds.map((ways) =>
            percentile(
              ways.map((way) => way[step]),
              part,
            ),
          );
        const whole = of("all together");
        for (const step of steps)
          results.push({
            id: `B5t${perSecond}p${part * 100}`,
            what: step,
            unit: "ms",
            product: figureOf(of(step)),
            reference: figureOf(whole),
            ratio: ratioOf(of(step), whole),
            referenceIs: `the whole way, p${part * 100} by itself: of ${rounds.flat().length} traces`,
            target: {},
          });
      }
    }
    return results;
  },
};
