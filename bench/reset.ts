// B6 and B7: a snapshot of 1,000,000 rows of 100 facilities from the file on SFTP to the completed reset: first with all of it
// new (B7), then with 5 % changed (B6); and the same rows of 5,000 facilities (B6s, B7s). Against the sum of the least that has to be done with such a file.
import { loadPlainly, openPlain, type PlainRun } from "./reference/plain-load.ts";
import { alternate } from "./support/alternate.ts";
import { costInWords, costOfEvents, type EventCost } from "./support/cpu.ts";
import { figureOf, type Measure, type Result, ratioOf } from "./support/measure.ts";
import { startWorker } from "./support/processes.ts";
import { putSnapshot, type ResetRun, runReset, type SnapshotShape } from "./support/snapshots.ts";
import type { Installation, Stand } from "./support/stand.ts";

const rowsFull = 1_000_000;
const chainFull = 100;
const shopsFull = 5_000;
const changedEvery = 20;
const hourMs = 3_600_000;

interface Both<Run> {
  readonly first: Run;
  readonly changed: Run;
}

type Size = Pick<SnapshotShape, "facilities" | "products">;

const shapesOf = (size: Size): Both<SnapshotShape> => ({
  first: { ...size, asOf: new Date(Date.now() - 2 * hourMs) },
  changed: { ...size, changedEvery, asOf: new Date(Date.now() - hourMs) },
});

/** Between the two files lies a day in which the database tidies up by itself. */
const tidy = ({ database }: Installation) => database.pool.query("vacuum (analyze)");

type ProductRun = ResetRun & { readonly cpu: EventCost };

async function ofProduct(stand: Stand, size: Size): Promise<Both<ProductRun>> {
  return stand.using(async (on) => {
    const worker = await startWorker(on);
    const shapes = shapesOf(size);
    const pids = { worker: worker.pid, postgres: stand.postgresPid, redis: stand.redisPid };
    const measured = async (shape: SnapshotShape): Promise<ProductRun> => {
      const file = await putSnapshot(on, shape);
      const { result, cpu } = await costOfEvents(size.facilities, pids, () => runReset(on, file));
      return { ...result, cpu };
    };
    const first = await measured(shapes.first);
    await tidy(on);
    const changed = await measured(shapes.changed);
    const wanted = (size.facilities * size.products) / changedEvery;
    if (changed.corrected !== wanted) throw new Error(`${changed.corrected} corrections instead of ${wanted}`);
    await worker.stop();
    return { first, changed };
  });
}

async function ofReference(stand: Stand, size: Size): Promise<Both<PlainRun>> {
  return stand.using(async (on) => {
    const client = await openPlain(on);
    const shapes = shapesOf(size);
    const first = await loadPlainly(on, client, (await putSnapshot(on, shapes.first)).name);
    await tidy(on);
    const changed = await loadPlainly(on, client, (await putSnapshot(on, shapes.changed)).name);
    await client.end();
    return { first, changed };
  });
}

const seconds = (ms: number): string => (ms / 1_000).toFixed(2);

function resultOf(id: string, what: string, product: readonly ProductRun[], reference: readonly PlainRun[]): Result {
  const own = product.map(({ totalMs }) => totalMs / 1_000);
  const other = reference.map(({ fetchMs, copyMs, mergeMs }) => (fetchMs + copyMs + mergeMs) / 1_000);
  const rest = ({ totalMs, fetchMs, stageMs }: ResetRun) => totalMs - fetchMs - stageMs;
  return {
    ...{ id, what, unit: "s", product: figureOf(own), reference: figureOf(other), ratio: ratioOf(own, other) },
    ...{
      referenceIs: "fetch by OpenSSH + raw COPY + one plain merge per facility",
      target: { ratioMax: id.endsWith("s") ? 2 : 1.6 },
    },
    notes: [
      ...product.map(
        (run) => `product: fetch ${seconds(run.fetchMs)}, stage ${seconds(run.stageMs)}, rest ${seconds(rest(run))} s`,
      ),
      costInWords("all steps", product, "a facility"),
      ...reference.map(
        (run) =>
          `reference: fetch ${seconds(run.fetchMs)}, COPY ${seconds(run.copyMs)}, merge ${seconds(run.mergeMs)} s`,
      ),
    ],
  };
}

async function ofSize(
  stand: Stand,
  { mark, ...size }: Size & { readonly mark: string },
  rounds: number,
): Promise<Result[]> {
  const runs = await alternate(
    { product: () => ofProduct(stand, size), reference: () => ofReference(stand, size) },
    { rounds, practice: false },
  );
  const rows = `${size.facilities * size.products} rows of ${size.facilities} facilities`;
  const of = <Run>(all: readonly Both<Run>[], which: keyof Both<Run>) => all.map((each) => each[which]);
  return [
    resultOf(`B6${mark}`, `reset of ${rows}, 5 % changed`, of(runs.product, "changed"), of(runs.reference, "changed")),
    resultOf(`B7${mark}`, `first load of ${rows}`, of(runs.product, "first"), of(runs.reference, "first")),
  ];
}

/** The chain is made smaller by its products, the many shops by their number: what a facility costs is what they are for. */
export const reset: Measure = {
  name: "reset",
  ids: ["B6", "B7"],
  run: async (stand, sizes) => {
    const products = Math.ceil(sizes.of(rowsFull / chainFull, 20) / changedEvery) * changedEvery;
    return ofSize(stand, { facilities: chainFull, products, mark: "" }, sizes.rounds);
  },
};

/** The same rows in many small facilities. */
export const resetShops: Measure = {
  name: "reset-shops",
  ids: ["B6s", "B7s"],
  run: (stand, sizes) =>
    ofSize(stand, { facilities: sizes.of(shopsFull, 20), products: rowsFull / shopsFull, mark: "s" }, sizes.rounds),
};
