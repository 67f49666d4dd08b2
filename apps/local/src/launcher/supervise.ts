// Keeps a process running: one that ends without being asked to is started again, after a delay that grows while it keeps ending.
import { setTimeout as delay } from "node:timers/promises";
import type { AppProcess } from "./app-process.ts";

export interface Supervised {
  readonly name: string;
  /** The process that runs now, or ran last. */
  current(): AppProcess;
  /** Ends it for good, within `withinMs`. */
  stop(withinMs: number): Promise<void>;
}

export interface SuperviseOptions {
  readonly name: string;
  start(): Promise<AppProcess>;
  readonly say: (line: string) => void;
  /** Called when another process took the place of an ended one. */
  readonly onRestart?: (started: AppProcess) => void;
}

const firstDelayMs = 500;
const delayMsMax = 30_000;
/** Who ran this long is taken to be well again. */
const healthyMsMin = 60_000;

/** Starts it, and resolves when it is up. Throws when the first start fails: that is not a crash but something to mend. */
export async function supervise(options: SuperviseOptions): Promise<Supervised> {
  const { name, say } = options;
  const stopping = new AbortController();
  let process = await options.start();
  const watch = async () => {
    let delayMs = firstDelayMs;
    while (!stopping.signal.aborted) {
      const startedAt = Date.now();
      const exit = await process.exited;
      if (stopping.signal.aborted) return;
      if (Date.now() - startedAt >= healthyMsMin) delayMs = firstDelayMs;
      say(`${name} ended (${exit}); starting it again in ${delayMs / 1000} s.`);
      process = await restarted(exit);
      if (stopping.signal.aborted) return void process.kill();
      say(`${name} runs again (process ${process.pid}).`);
      options.onRestart?.(process);
    }

    async function restarted(exit: number | NodeJS.Signals): Promise<AppProcess> {
      for (let last = String(exit); !stopping.signal.aborted; ) {
        await delay(delayMs, undefined, { signal: stopping.signal }).catch(() => undefined);
        delayMs = Math.min(delayMs * 2, delayMsMax);
        if (stopping.signal.aborted) break;
        try {
          return await options.start();
        } catch (error) {
          last = error instanceof Error ? error.message : String(error);
          say(`${name} did not start: ${last}. Trying again in ${delayMs / 1000} s.`);
        }
      }
      return process;
    }
  };
  const watched = watch();
  return {
    name,
    current: () => process,
    stop: async (withinMs) => {
      stopping.abort();
      await process.stop(withinMs);
      await watched;
    },
  };
}
