// How the launcher ends: what was started last goes first, one after the other, whatever happens on the way; and what tells it to end when
// no signal does.
import { readFileSync } from "node:fs";
import { messageOf } from "@inventory-sync/domain";
import type { LocalConfig } from "../config.ts";

/** What every step of a start is given: its settings, where it adds how to end what it has begun, and what tells the user. */
export interface Start {
  readonly config: LocalConfig;
  readonly teardown: Teardown;
  readonly say: (line: string) => void;
}

/** The launcher was asked to stop while it was still starting something. */
export class Stopped extends Error {
  override readonly name = "Stopped";
}

export type Teardown = ReturnType<typeof createTeardown>;

/** An empty one; `say` is told of what would not end. */
export function createTeardown(say: (line: string) => void) {
  const stops: (() => Promise<unknown>)[] = [];
  let running: Promise<void> | undefined;
  const end = async (stop: () => Promise<unknown>) => {
    try {
      await stop();
    } catch (error) {
      say(`While stopping: ${messageOf(error)}`);
    }
  };
  const endAll = async () => {
    for (let stop = stops.pop(); stop; stop = stops.pop()) await end(stop);
  };
  return {
    /** Remembers how to end something. Throws Stopped, having ended it, when the end has begun already. */
    add: async (stop: () => Promise<unknown>): Promise<void> => {
      if (running) {
        await end(stop);
        throw new Stopped("asked to stop while starting");
      }
      stops.push(stop);
    },
    isEmpty: () => stops.length === 0 && running === undefined,
    /** Ends everything; a second call waits for the first. */
    run: () => (running ??= endAll()),
  };
}

const lookEveryMs = 500;

/**
 * Calls `gone` once when the parent, or on Linux the parent's parent, is no longer the one it was: under npm the terminal's signals may
 * reach npm or its shell only, and when one of the two is gone, this process was meant as well.
 */
export function watchParents(gone: () => void): void {
  const parent = process.ppid;
  const grandparent = parentOf(parent);
  const timer = setInterval(() => {
    if (process.ppid === parent && parentOf(parent) === grandparent) return;
    clearInterval(timer);
    gone();
  }, lookEveryMs);
  timer.unref();
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
