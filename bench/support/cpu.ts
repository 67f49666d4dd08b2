// How much processor time processes have used: what work costs, however busy the machine is besides.
import { readdir, readFile } from "node:fs/promises";

/** Of the kernel's clock in /proc; 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

interface Stat {
  readonly parent: number;
  /** Its own. */
  readonly ticks: number;
  /** Of children that have ended. */
  readonly endedTicks: number;
}

async function statOf(pid: number): Promise<Stat | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  // The name, in parentheses, may hold blanks.
  const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ");
  if (fields === undefined) return undefined;
  const at = (index: number): number => Number(fields[index] ?? 0);
  return { parent: at(1), ticks: at(11) + at(12), endedTicks: at(13) + at(14) };
}

/** Seconds of processor time of a process and its children, ended ones included; NaN where there is no /proc. */
export async function cpuSecondsOf(pid: number): Promise<number> {
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
