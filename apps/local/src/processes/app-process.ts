// One of the apps as a process of its own: started with an environment and an IPC channel, watched until it says that it is up.
// The channel is also what stops it when its starter dies.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { holdChild } from "./supervise.ts";

export interface AppOptions {
  readonly app: string;
  /** The module to run, below apps/<app>/dist; main.js unless given. */
  readonly entry?: string;
  /** The whole environment of the process; nothing is inherited. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Shown in process lists; the apps take no notice. */
  readonly args?: readonly string[];
  readonly onLine?: (line: string) => void;
  readonly readyMsMax?: number;
}

export type AppProcess = Awaited<ReturnType<typeof startApp>>;

const readyMsMaxDefault = 60_000;
const outputLinesMax = 2_000;

/** Starts apps/<app> as it is built and resolves once it sent "listening" or "ready". Throws with its last lines when it ends before that. */
export async function startApp(options: AppOptions) {
  const lines: string[] = [];
  const child = spawn(process.execPath, [entryFile(options), ...(options.args ?? [])], {
    env: options.env,
    // A session of its own: Ctrl-C reaches the starter only, which stops the processes in order.
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const held = holdChild(child, "SIGTERM");
  endWithThisProcess(child);
  collectLines(child, (line) => {
    if (lines.push(line) > outputLinesMax) lines.shift();
    options.onLine?.(line);
  });
  const output = () => lines.join("\n");
  const ready = await readyMessage(child, held.exited, options.readyMsMax ?? readyMsMaxDefault).catch(
    async (error: Error) => {
      if (held.isRunning()) await held.kill();
      throw new AppFailed({ app: options.app, reason: error.message, output: output(), exit: await held.exited });
    },
  );
  // What it said first, and of that the port it listens on, for those that do; and the last lines it wrote, to both outputs.
  return { ...held, ready, port: typeof ready.port === "number" ? ready.port : 0, output };
}

/** An app that ended, or said nothing, before it was up. `exit` is its exit code (78: bad configuration) or the signal. */
export class AppFailed extends Error {
  readonly exit: number | NodeJS.Signals;
  readonly output: string;
  constructor(failure: { app: string; reason: string; output: string; exit: number | NodeJS.Signals }) {
    super(`${failure.app} ${failure.reason}:\n${failure.output.split("\n").slice(-20).join("\n")}`);
    this.name = "AppFailed";
    this.exit = failure.exit;
    this.output = failure.output;
  }
}

/** The failures of apps that were started together as one, so that the faults of all their settings are told at once. */
export function togetherFailed(failures: readonly unknown[]): unknown {
  const [first, ...others] = failures;
  for (const other of others)
    if (first instanceof AppFailed && other instanceof AppFailed) first.message += `\n\nand because ${other.message}`;
  return first;
}

/** Compiled also when this file is not: a test and its processes then run the same sources in two ways. */
function entryFile({ app, entry = "main.js" }: AppOptions): string {
  const path = fileURLToPath(new URL(`../../../${app}/dist/${entry}`, import.meta.url));
  if (!existsSync(path)) throw new Error(`there is no ${path}; npm run build makes it`);
  return path;
}

/** Children that must not outlive this process even when it ends without stopping them. */
const children = new Set<ChildProcess>();

function endWithThisProcess(child: ChildProcess): void {
  if (children.size === 0) process.once("exit", killChildren);
  children.add(child);
  child.once("exit", () => {
    children.delete(child);
    if (children.size === 0) process.off("exit", killChildren);
  });
}

function killChildren(): void {
  for (const child of children) child.kill("SIGKILL");
}

function collectLines(child: ChildProcess, onLine: (line: string) => void): void {
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on("line", onLine);
  }
}

function readyMessage(
  child: ChildProcess,
  exited: Promise<unknown>,
  readyMsMax: number,
): Promise<Record<string, unknown>> {
  return new Promise<Record<string, unknown>>((resolve, reject) => {
    setTimeout(() => reject(new Error(`was not up within ${readyMsMax / 1000} s`)), readyMsMax).unref();
    child.once("error", reject);
    child.on("message", (message) => {
      if (isReady(message)) resolve(message);
    });
    void exited.then((exit) => reject(new Error(`ended (${String(exit)}) before it was up`)));
  });
}

function isReady(message: unknown): message is Record<string, unknown> {
  if (typeof message !== "object" || message === null || !("type" in message)) return false;
  return message.type === "listening" || message.type === "ready";
}
