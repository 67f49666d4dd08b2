// B1p and B1q: what a ledger in partitions, and the making of them, cost each sale: processor time of the database's process alone, as a worker
// commits batches on one connection. So it may be measured on a machine that is busy with other things.
import { applyEvents, openDatabase, partitionLedger } from "@inventory-sync/db";
import { alternate } from "./support/alternate.ts";
import { firstThreadSecondsOf } from "./support/cpu.ts";
import { createCatalogue, saleOf } from "./support/events.ts";
import { figureOf, type Measure, ratioOf } from "./support/measure.ts";
import type { Stand } from "./support/stand.ts";

const batchesFull = 60;
const eventsPerBatch = 400;
const practiceShare = 0.2;
const retailer = { facilities: 50, products: 2_000 };
const policy = { facility: "create", product: "create" } as const;
const microseconds = 1_000_000;
const partitionsRatioMax = 1.3;
const copyingRatioMax = 1.5;

type Prepare = (databaseUrl: string) => Promise<unknown>;

/** Microseconds of the database an event. */
async function costOf(stand: Stand, prepare: Prepare, batches: number): Promise<number> {
  return stand.using(async (on) => {
    await createCatalogue(on, retailer);
    await prepare(on.databaseUrl);
    const database = openDatabase({ url: on.databaseUrl, name: "bench, one connection", poolMax: 1 });
    try {
      const { rows } = await database.pool.query<{ pid: number }>("select pg_backend_pid() as pid");
      const pid = rows[0]?.pid ?? 0;
      const apply = async (name: string, count: number): Promise<void> => {
        for (let batch = 0; batch < count; batch += 1) {
          const sales = Array.from({ length: eventsPerBatch }, (_, at) =>
            saleOf(name, batch * eventsPerBatch + at, retailer),
          );
          await applyEvents(database, sales, policy);
        }
      };
      await apply("practice", Math.ceil(batches * practiceShare));
      const before = await firstThreadSecondsOf(pid);
      await apply("sale", batches);
      return (((await firstThreadSecondsOf(pid)) - before) * microseconds) / (batches * eventsPerBatch);
    } finally {
      await database.close();
    }
  });
}

export const partitioned: Measure = {
  name: "partitioned",
  ids: ["B1p", "B1q"],
  run: async (stand, sizes) => {
    const batches = sizes.of(batchesFull, 5);
    const side = (prepare: Prepare) => () => costOf(stand, prepare, batches);
    const runs = await alternate(
      {
        partitions: side((url) => partitionLedger(url)),
        // Begun and stopped: the triggers are there, and all that is sold goes into the copy, too.
        copying: side((url) => partitionLedger(url, { signal: AbortSignal.abort() })),
        table: side(async () => undefined),
      },
      { rounds: sizes.rounds, practice: false },
    );
    const row = (id: string, where: string, of: readonly number[], ratioMax: number) => ({
      ...{ id, what: `a sale into a ledger ${where}, in batches of ${eventsPerBatch}`, unit: "µs of PostgreSQL" },
      ...{ product: figureOf(of), reference: figureOf(runs.table), ratio: ratioOf(of, runs.table) },
      ...{ referenceIs: "the same into one table", target: { ratioMax }, notes: [] },
    });
    return [
      row("B1p", "in 16 partitions", runs.partitions, partitionsRatioMax),
      row("B1q", "whose copy in partitions is being made", runs.copying, copyingRatioMax),
    ];
  },
};
