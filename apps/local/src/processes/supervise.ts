// A child process as its starter holds it: whether it runs, how it ended, how to end it; and how it is kept running: one that ends without
// being asked to is started again, after a delay that grows while it keeps ending.
import type { ChildProcess } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "@inventory-sync/domain";

export type Child = Readonly<ReturnType<typeof holdChild>>;

const stopMsMax = 20_000;

/** Holds a process that was just spawned. @param stopSignal what asks this program for an orderly stop */
export function holdChild(child: ChildProcess, stopSignal: NodeJS.Signals) {
  const exited = new Promise<number | NodeJS.Signals>((resolve) =>
    child.once("exit", (code, signal) => resolve(code ?? signal ?? 0)),
  );
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  return {
    pid: child.pid as number,
    /** Resolves when the process has ended, with its exit code or the signal that ended it. */
    exited,
    isRunning,
    /** Asks for an orderly stop, and kills when that takes longer than `withinMs`. */
    stop: async (withinMs = stopMsMax): Promise<void> => {
      if (!isRunning()) return;
      child.kill(stopSignal);
      const late = setTimeout(() => child.kill("SIGKILL"), withinMs);
      await exited;
      clearTimeout(late);
    },
    /** SIGKILL, as a crash does it, unless another signal is named. */
    kill: async (signal: NodeJS.Signals = "SIGKILL"): Promise<void> => {
      child.kill(signal);
      await exited;
    },
  };
}

export type Supervised<Process extends Kept> = Awaited<ReturnType<typeof supervise<Process>>>;

type Kept = Pick<Child, "pid" | "exited" | "stop">;

const firstDelayMs = 500;
const delayMsMax = 30_000;
/** A process that ran this long is taken to be well again. */
const healthyMsMin = 60_000;

/** Starts it, and resolves when it is up. Throws when the first start fails: that is not a crash but a fault to correct. */
export async function supervise<Process extends Kept>(options: {
  readonly name: string;
  start(): Promise<Process>;
  readonly say: (line: string) => void;
}) {
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
    /** The process that runs now, or ran last. */
    current: (): Process => process,
    /** Ends it for good, within `withinMs`. */
    stop: async (withinMs?: number): Promise<void> => {
      stopping.abort();
      await process.stop(withinMs);
      await watched;
      // It may have been coming up again just then.
      await process.stop(withinMs);
    },
  };
}
