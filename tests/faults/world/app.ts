// One app as a process that may be killed at any moment, also before it is up: other than the tests' usual starter this one
// gives the process at once, because much of what goes wrong goes wrong while something starts.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { bareEnvironment } from "../../support/config.ts";

export interface App {
  readonly pid: number;
  /** Resolves with the port, or 0, once it said that it is up; never when it ends first. */
  readonly ready: Promise<number>;
  readonly exited: Promise<number | NodeJS.Signals>;
  isReady(): boolean;
  isRunning(): boolean;
  output(): string;
  signal(signal: NodeJS.Signals): void;
}

const linesKept = 400;
const root = fileURLToPath(new URL("../../../", import.meta.url));
const running = new Set<number>();
process.on("exit", () => {
  for (const pid of running) process.kill(pid, "SIGKILL");
});

/** Starts a file of the repository, an app as it is built or a TypeScript file, as a process with this environment and nothing of the caller's settings. @param folder of another version of the repository */
export function startFile(
  file: string,
  env: Readonly<Record<string, string>>,
  words: readonly string[] = [],
  folder = root,
): App {
  const fromSource = file.endsWith(".ts") ? ["--import", "tsx"] : [];
  const child = spawn(process.execPath, [...fromSource, file, ...words], {
    cwd: folder,
    env: { ...bareEnvironment(), LOG_FORMAT: "json", ...env },
    // A session of its own: Ctrl-C reaches the harness only, which ends what it started.
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const pid = child.pid ?? 0;
  if (pid > 0) running.add(pid);
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on("line", (line) => {
      if (lines.push(line) > linesKept) lines.shift();
    });
  }
  let isReady = false;
  const ready = new Promise<number>((resolve) => {
    child.on("message", (message: { type?: unknown; port?: unknown }) => {
      if (message.type !== "listening" && message.type !== "ready") return;
      isReady = true;
      resolve(typeof message.port === "number" ? message.port : 0);
    });
  });
  const exited = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once("error", () => resolve(-1));
    child.once("exit", (code, signal) => {
      running.delete(pid);
      resolve(code ?? signal ?? -1);
    });
  });
  return {
    ...{ pid, ready, exited },
    isReady: () => isReady,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    output: () => lines.join("\n"),
    signal: (signal) => void child.kill(signal),
  };
}
