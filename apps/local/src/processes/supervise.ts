// Keeps a process running: one that ends without being asked to is started again, after a delay that grows while it keeps ending.
import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "@inventory-sync/domain";
import type { Child } from "./child.ts";

export interface Supervised<Process> {
  /** The process that runs now, or ran last. */
  current(): Process;
  /** Ends it for good, within `withinMs`. */
  stop(withinMs?: number): Promise<void>;
}

const firstDelayMs = 500;
const delayMsMax = 30_000;
/** A process that ran this long is taken to be well again. */
const healthyMsMin = 60_000;

/** Starts it, and resolves when it is up. Throws when the first start fails: that is not a crash but a fault to correct. */
export async function supervise<Process extends Pick<Child, "pid" | "exited" | "stop">>(options: {
  readonly name: string;
  start(): Promise<Process>;
  readonly say: (line: string) => void;
}): Promise<Supervised<Process>> {
  const { name, say, start } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let process = await start();
  let delayMs = firstDelayMs;
  const startAgain = async (why: string): Promise<Process | undefined> => {
    say(`${name} ${why} ${delayMs / 1000} s.`);
    await delay(delayMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return undefined;
    delayMs = Math.min(delayMs * 2, delayMsMax);
    return start().catch((error: unknown) => startAgain(`did not start: ${messageOf(error)}. Trying again in`));
  };
  const watch = async () => {
    for (;;) {
      const startedAt = Date.now();
      const exit = await process.exited;
      if (signal.aborted) return;
      if (Date.now() - startedAt >= healthyMsMin) delayMs = firstDelayMs;
      process = (await startAgain(`ended (${exit}); starting it again in`)) ?? process;
      if (signal.aborted) return;
      say(`${name} runs again (process ${process.pid}).`);
    }
  };
  const watched = watch();
  return {
    current: () => process,
    stop: async (withinMs) => {
      stopping.abort();
      await process.stop(withinMs);
      await watched;
      // It may have been coming up again just then.
      await process.stop(withinMs);
    },
  };
}
