// How long a process kept its event loop from everything else: the processor time of its main thread, for the clock on the wall
// tells on a busy machine what the others did. Where the system does not tell it, the clock has to do.
import { readFile } from "node:fs/promises";

const nanosecondsPerMs = 1_000_000;

/** Processor milliseconds that the main thread of a process has had until now. */
async function busyMs(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/task/${pid}/schedstat`, "utf8").catch(() => undefined);
  return text === undefined ? performance.now() : Number(text.split(" ")[0]) / nanosecondsPerMs;
}

/** What some work cost the main thread of a process, in milliseconds, and what the work gave. */
export async function busyDuring<T>(pid: number, work: () => Promise<T>): Promise<{ ms: number; result: T }> {
  const before = await busyMs(pid);
  const result = await work();
  return { ms: (await busyMs(pid)) - before, result };
}
