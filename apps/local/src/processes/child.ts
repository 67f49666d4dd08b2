// A child process as its starter holds it: whether it runs, how it ended, how to end it.
import type { ChildProcess } from "node:child_process";

export interface Child {
  readonly pid: number;
  /** Resolves when the process has ended, with its exit code or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
  isRunning(): boolean;
  /** Asks for an orderly stop, and kills when that takes longer than `withinMs`. */
  stop(withinMs?: number): Promise<void>;
  /** SIGKILL, as a crash does it, unless another signal is named. */
  kill(signal?: NodeJS.Signals): Promise<void>;
}

const stopMsMax = 20_000;

/** Holds a process that was just spawned. @param stopSignal what asks this program for an orderly stop */
export function holdChild(child: ChildProcess, stopSignal: NodeJS.Signals): Child {
  const exited = new Promise<number | NodeJS.Signals>((resolve) =>
    child.once("exit", (code, signal) => resolve(code ?? signal ?? 0)),
  );
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  return {
    pid: child.pid as number,
    exited,
    isRunning,
    stop: async (withinMs = stopMsMax) => {
      if (!isRunning()) return;
      child.kill(stopSignal);
      const late = setTimeout(() => child.kill("SIGKILL"), withinMs);
      await exited;
      clearTimeout(late);
    },
    kill: async (signal = "SIGKILL") => {
      child.kill(signal);
      await exited;
    },
  };
}
