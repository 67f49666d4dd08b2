// Under npm the terminal's signals may reach npm or its shell only. When one of the two is gone, this process was meant as well.
import { readFileSync } from "node:fs";

const lookEveryMs = 500;

/** Calls `gone` once when the parent, or on Linux the parent's parent, is no longer the one it was. Returns what ends the watch. */
export function watchParents(gone: () => void): () => void {
  const parent = process.ppid;
  const grandparent = parentOf(parent);
  const timer = setInterval(() => {
    if (process.ppid === parent && parentOf(parent) === grandparent) return;
    clearInterval(timer);
    gone();
  }, lookEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** The parent of a process as /proc tells it; undefined where there is no /proc. */
function parentOf(pid: number): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(status.slice(status.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}
