// A server binary as a child process: in a session of its own (Ctrl-C does not reach it), guarded (it ends when its starter is killed).
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, statSync, truncateSync } from "node:fs";

export interface RunAs {
  readonly uid?: number;
  readonly gid?: number;
}

export interface ServerCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly logFile: string;
  readonly runAs: RunAs;
  readonly env: Readonly<Record<string, string>>;
  /** What asks this program for an orderly stop. */
  readonly stopSignal: NodeJS.Signals;
}

export interface ServerProcess {
  readonly pid: number;
  /** Resolves when the process is gone, however it went. */
  readonly exited: Promise<void>;
  isRunning(): boolean;
  /** Asks for an orderly stop, and kills when that takes longer than `withinMs`. */
  stop(withinMs?: number): Promise<void>;
  /** SIGKILL, as a crash does it. */
  kill(): Promise<void>;
}

const logBytesMax = 20_000_000;
const stopMsMax = 20_000;

/** Starts the program; its output is appended to `logFile`. Throws when the program cannot be run at all. */
export async function startServerProcess(command: ServerCommand): Promise<ServerProcess> {
  trimLog(command.logFile);
  const log = openSync(command.logFile, "a", 0o600);
  const child = spawn(command.program, command.args, {
    ...command.runAs,
    cwd: command.folder,
    env: command.env,
    detached: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const pid = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("spawn", () => resolve(child.pid as number));
  });
  const guard = guardProcess(pid, command.stopSignal);
  void exited.then(() => guard.release());
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  return {
    pid,
    exited,
    isRunning,
    stop: async (withinMs = stopMsMax) => {
      if (!isRunning()) return;
      child.kill(command.stopSignal);
      const late = setTimeout(() => child.kill("SIGKILL"), withinMs);
      await exited;
      clearTimeout(late);
    },
    kill: async () => {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/**
 * A shell that waits on a pipe from this process. When this process dies, in whatever way, the pipe closes and the shell stops `pid`:
 * the one thing that also works after kill -9, on every system with a shell.
 */
function guardProcess(pid: number, signal: NodeJS.Signals): { release(): void } {
  const script = [
    'read -r answer && exit 0; kill -s "$2" "$1"; i=0',
    'while kill -0 "$1" && [ $i -lt 150 ]; do sleep 0.1; i=$((i+1)); done; kill -s KILL "$1"',
  ].join("; ");
  const guard: ChildProcess = spawn("/bin/sh", ["-c", script, "guard", String(pid), signal.replace("SIG", "")], {
    detached: true,
    cwd: "/",
    stdio: ["pipe", "ignore", "ignore"],
  });
  guard.once("error", () => undefined);
  guard.stdin?.on("error", () => undefined);
  guard.unref();
  (guard.stdin as unknown as { unref?: () => void } | null)?.unref?.();
  return { release: () => guard.stdin?.end("done\n") };
}

function trimLog(path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > logBytesMax) truncateSync(path, 0);
}
