// B9: the file lists every product ever made, the catalogue only the 0.5 % that are sold online (UNKNOWN_PRODUCT=skip). Against
// a raw COPY of the file, which is all that a database would do to have the rows at all.
import { rm } from "node:fs/promises";
import { copyPlainly, openPlain } from "./reference/plain-load.ts";
import { alternate } from "./support/alternate.ts";
import { firstThreadSecondsOf } from "./support/cpu.ts";
import { createCatalogue } from "./support/events.ts";
import { figureOf, type Measure, ratioOf } from "./support/measure.ts";
import { startWorker } from "./support/processes.ts";
import { putSnapshot, type ResetRun, runReset, type SnapshotShape } from "./support/snapshots.ts";
import type { Stand } from "./support/stand.ts";

const facilities = 100;
const productsFull = 50_000;
const soldOnline = 0.005;

const shapeOf = (products: number): SnapshotShape => ({ facilities, products, asOf: new Date(Date.now() - 3_600_000) });

interface Run extends ResetRun {
  /** Processor time of the worker's first thread, seconds. */
  readonly firstThread: number;
}

async function ofProduct(stand: Stand, products: number): Promise<Run> {
  return stand.using(async (on) => {
    await createCatalogue(on, { facilities, products: Math.ceil(products * soldOnline) });
    const worker = await startWorker(on, { UNKNOWN_PRODUCT: "skip", UNKNOWN_FACILITY: "reject" });
    const file = await putSnapshot(on, shapeOf(products));
    const before = await firstThreadSecondsOf(worker.pid);
    const run = await runReset(on, file);
    const firstThread = (await firstThreadSecondsOf(worker.pid)) - before;
    await worker.stop();
    return { ...run, firstThread };
  });
}

async function ofReference(stand: Stand, products: number): Promise<number> {
  return stand.using(async (on) => {
    const client = await openPlain(on);
    const { path } = await putSnapshot(on, shapeOf(products));
    const startedAt = performance.now();
    await copyPlainly(client, path, { index: false });
    const ms = performance.now() - startedAt;
    await rm(path);
    await client.end();
    return ms;
  });
}

export const smallCatalogue: Measure = {
  name: "small-catalogue",
  ids: ["B9"],
  run: async (stand, sizes) => {
    const products = sizes.of(productsFull, 200);
    const runs = await alternate(
      { product: () => ofProduct(stand, products), reference: () => ofReference(stand, products) },
      { rounds: sizes.rounds, practice: false },
    );
    const what = `${facilities * products} rows, 0.5 % in the catalogue`;
    const reference = runs.reference.map((ms) => ms / 1_000);
    const row = (own: readonly number[]) => ({
      ...{ unit: "s", product: figureOf(own), reference: figureOf(reference), ratio: ratioOf(own, reference) },
      referenceIs: "raw COPY of the file from the local disk",
    });
    return [
      {
        ...{ id: "B9", what: `${what}: from SFTP to completed`, target: { ratioMax: 1.5 } },
        ...row(runs.product.map(({ totalMs }) => totalMs / 1_000)),
        notes: runs.product.map(
          ({ fetchMs, stageMs, firstThread }) =>
            `fetch ${fetchMs} ms, stage ${stageMs} ms; processor time of the worker's first thread ${firstThread.toFixed(2)} s`,
        ),
      },
      {
        ...{ id: "B9s", what: `${what}: staging, beyond the fetch`, target: {} },
        ...row(runs.product.map(({ stageMs }) => stageMs / 1_000)),
      },
    ];
  },
};
