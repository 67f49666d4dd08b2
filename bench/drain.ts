// B1 and B2: how fast one worker process applies queued one-line events to the ledger, against BullMQ doing nothing with the
// same jobs, and against one Prisma transaction per job.
import { alternate } from "./support/alternate.ts";
import { costInWords, costOfEvents, type EventCost } from "./support/cpu.ts";
import { drain as drainQueue, fill, pauseEvents, singly } from "./support/drain.ts";
import { createCatalogue, saleOf } from "./support/events.ts";
import { figureOf, type Measure, ratioOf } from "./support/measure.ts";
import { prefix, startPrismaWorker, startReference, startWorker } from "./support/processes.ts";
import type { Installation, Stand } from "./support/stand.ts";

const eventsFull = 50_000;
const retailer = { facilities: 50, products: 2_000 };
/** As many jobs in hand as the product's worker takes. */
const concurrency = 400;
/** One transaction per job takes so long that a tenth of the jobs tells its rate. */
const prismaShare = 0.1;
const practiceShare = 0.1;

type Start = (on: Installation) => Promise<{ readonly pid: number; stop(): Promise<void> }>;

/** One run: events a second, and the processor time of each part for one event, in microseconds. */
interface Drained {
  readonly rate: number;
  readonly cpu: EventCost;
}

async function drainWith(
  stand: Stand,
  events: number,
  { start, counts }: { start: Start; counts: boolean },
): Promise<Drained> {
  return stand.using(async (on) => {
    await createCatalogue(on, retailer);
    await pauseEvents(on);
    await fill(
      on,
      singly(events, (n) => saleOf("sale", n, retailer)),
    );
    const worker = await start(on);
    const pids = { worker: worker.pid, postgres: stand.postgresPid, redis: stand.redisPid };
    const { result: seconds, cpu } = await costOfEvents(events, pids, () => drainQueue(on));
    await worker.stop();
    const movements = await on.audit();
    if (counts && movements !== events) throw new Error(`${movements} movements of ${events} events`);
    return { rate: events / seconds, cpu };
  });
}

export const drain: Measure = {
  name: "drain",
  ids: ["B1", "B2"],
  run: async (stand, sizes) => {
    const events = sizes.of(eventsFull, 300);
    const noOp: Start = ({ queueUrl }) =>
      startReference("no-op-worker", { REDIS_URL: queueUrl, PREFIX: prefix, CONCURRENCY: String(concurrency) });
    const side =
      (start: Start, { counts, share = 1 }: { counts: boolean; share?: number }) =>
      ({ practice }: { practice: boolean }) =>
        drainWith(stand, Math.ceil(events * share * (practice ? practiceShare : 1)), { start, counts });
    const runs = await alternate(
      {
        product: side((on) => startWorker(on), { counts: true }),
        noOp: side(noOp, { counts: false }),
        prisma: side(startPrismaWorker, { counts: true, share: prismaShare }),
      },
      { rounds: sizes.rounds, practice: !sizes.quick },
    );
    const rates = (of: readonly Drained[]): number[] => of.map(({ rate }) => rate);
    const row = (reference: readonly Drained[]) => ({
      ...{ what: `${events} queued one-line events, one worker process`, unit: "events/s" },
      ...{ product: figureOf(rates(runs.product)), reference: figureOf(rates(reference)) },
      ratio: ratioOf(rates(runs.product), rates(reference)),
    });
    return [
      {
        ...{ id: "B1", ...row(runs.noOp), target: { ratioMin: 0.8 } },
        referenceIs: "BullMQ worker that does nothing with them",
        notes: [costInWords("product", runs.product), costInWords("reference", runs.noOp)],
      },
      {
        ...{ id: "B2", ...row(runs.prisma), target: { ratioMin: 12 } },
        referenceIs: "one Prisma transaction per job, 20 at once",
        notes: [costInWords("reference", runs.prisma)],
      },
    ];
  },
};
