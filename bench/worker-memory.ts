// B8: the worker's peak of memory (VmHWM) over a first load of 1,000,000 and of 10,000,000 rows, ten times the stores and the
// same catalogue. Rows stream through it, so the second may not need more than the first.
import { readFile } from "node:fs/promises";
import { alternate } from "./support/alternate.ts";
import { figureOf, type Measure, ratioOf } from "./support/measure.ts";
import { startWorker } from "./support/processes.ts";
import { putSnapshot, runReset } from "./support/snapshots.ts";
import type { Stand } from "./support/stand.ts";

const products = 10_000;
const facilitiesFull = 100;
const timesLarger = 10;
const peakMiBMax = 300;
const kibAMib = 1_024;

async function peakMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / kibAMib;
}

async function peakOf(stand: Stand, facilities: number): Promise<number> {
  return stand.using(async (on) => {
    const worker = await startWorker(on);
    await runReset(on, await putSnapshot(on, { facilities, products, asOf: new Date(Date.now() - 3_600_000) }));
    const peak = await peakMiB(worker.pid);
    await worker.stop();
    return peak;
  });
}

export const workerMemory: Measure = {
  name: "worker-memory",
  ids: ["B8"],
  run: async (stand, sizes) => {
    const facilities = sizes.of(facilitiesFull, 1);
    const peaks = await alternate(
      { large: () => peakOf(stand, timesLarger * facilities), small: () => peakOf(stand, facilities) },
      // One run of ten million rows tells: memory varies little, and it takes minutes.
      { rounds: 1, practice: false },
    );
    return [
      {
        ...{ id: "B8", what: `peak memory of the worker at ${timesLarger * facilities * products} rows`, unit: "MiB" },
        ...{ product: figureOf(peaks.large), reference: figureOf(peaks.small) },
        ...{ referenceIs: `the same at ${facilities * products} rows`, ratio: ratioOf(peaks.large, peaks.small) },
        target: { ratioMax: 1.15, productMax: peakMiBMax },
      },
    ];
  },
};
