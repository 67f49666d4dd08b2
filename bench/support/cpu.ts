// How much processor time processes have used: what work costs, however busy the machine is besides.
import { readdir, readFile } from "node:fs/promises";
import { figureOf } from "./measure.ts";

/** Of the kernel's clock in /proc; 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

interface Stat {
  readonly parent: number;
  /** Its own. */
  readonly ticks: number;
  /** Of children that have ended. */
  readonly endedTicks: number;
}

async function statOf(pid: number | string): Promise<Stat | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  // The name, in parentheses, may hold blanks.
  const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ");
  if (fields === undefined) return undefined;
  const at = (index: number): number => Number(fields[index] ?? 0);
  return { parent: at(1), ticks: at(11) + at(12), endedTicks: at(13) + at(14) };
}

/** Seconds of processor time of a process and its children, ended ones included; NaN where there is no /proc. */
async function cpuSecondsOf(pid: number): Promise<number> {
  const names = await readdir("/proc").catch(() => []);
  const own = await statOf(pid);
  if (own === undefined) return Number.NaN;
  let ticks = own.ticks + own.endedTicks;
  for (const name of names.filter((each) => /^\d+$/.test(each))) {
    const stat = await statOf(Number(name));
    if (stat?.parent === pid) ticks += stat.ticks + stat.endedTicks;
  }
  return ticks / ticksPerSecond;
}

/** Seconds of processor time of a process's first thread alone, in which a worker applies sales; NaN where there is no /proc. */
export async function firstThreadSecondsOf(pid: number): Promise<number> {
  return ((await statOf(`${pid}/task/${pid}`))?.ticks ?? Number.NaN) / ticksPerSecond;
}

/** Processor time of one event in each part, µs. */
export interface EventCost {
  readonly worker: number;
  readonly postgres: number;
  readonly redis: number;
}

const microseconds = 1_000_000;

/** Runs something over a number of events and returns what they cost each part. @param pids of the parts */
export async function costOfEvents<Result>(
  events: number,
  pids: Readonly<Record<keyof EventCost, number>>,
  run: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly cpu: EventCost }> {
  const used = () => Promise.all([pids.worker, pids.postgres, pids.redis].map(cpuSecondsOf));
  const before = await used();
  const result = await run();
  const [worker = 0, postgres = 0, redis = 0] = (await used()).map(
    (after, part) => ((after - (before[part] ?? 0)) / events) * microseconds,
  );
  return { result, cpu: { worker, postgres, redis } };
}

/** Medians of several runs, in words. @param of what was counted */
export function costInWords(who: string, runs: readonly { readonly cpu: EventCost }[], of = "an event"): string {
  const median = (part: keyof EventCost): string => figureOf(runs.map(({ cpu }) => cpu[part])).median.toFixed(0);
  return `processor time of ${of}, ${who}: worker ${median("worker")}, PostgreSQL ${median("postgres")}, Redis ${median("redis")} µs`;
}
