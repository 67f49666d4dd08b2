/**
 * How a process lives and ends: `main.ts` hands its start to `runProcess`, which wires every way of ending to one
 * orderly stop. The states follow one another and never go back: starting, running, stopping, gone.
 *
 *   SIGTERM, SIGINT, the parent's IPC channel closing   orderly stop, exit code 0
 *   a second signal while stopping                      gone at once, 128 + the signal's number
 *   the stop takes longer than graceMs, or fails        gone, exit code 1
 *   uncaught exception or unhandled rejection           logged as fatal, orderly stop, exit code 1
 *   ConfigError while starting                          its text on standard error, exit code 78
 *   any other error while starting                      one line on standard error, exit code 1
 *
 * A start that waits for a server is told of the stop by its signal, and may then end with any error: exit code 0.
 */
import { constants } from "node:os";
import { configErrorExitCode, loadLogSettings } from "./config.ts";
import { ConfigError, messageOf } from "./error-text.ts";
import { createLog, isPretty, type Logger } from "./log.ts";
import { maskUrlsIn } from "./mask.ts";
import { startTracing, type Tracing } from "./tracing.ts";

export type Running = {
  /** Ends the work in order: take nothing new, finish what runs, close what is open. Called once. */
  stop(): Promise<void>;
  /** What the parent is told, over its IPC channel, once this process is up. */
  readonly ready?: ParentMessage;
};

/** A message to the process that started this one. */
export type ParentMessage = Readonly<Record<string, unknown>> & { readonly type: string };

export type ProcessOptions = {
  readonly name: string;
  /** Begins the work. `stopping` is aborted when the end comes first: a start that waits for something then gives up. */
  start(log: Logger, stopping: AbortSignal, tracing: Tracing | undefined): Promise<Running>;
  /** The time that an orderly stop may take, in milliseconds. */
  readonly graceMs: number;
};

/** Runs a process until something ends it; see the head of this file. Resolves once it is up. Call it from `main.ts` only. */
export async function runProcess(options: ProcessOptions): Promise<void> {
  const log = createLog({ name: options.name });
  const life = new Life(options, log);
  process.on("SIGTERM", (signal) => life.endBySignal(signal));
  process.on("SIGINT", (signal) => life.endBySignal(signal));
  process.on("disconnect", () => life.end("the process that started this one is gone", 0));
  process.on("uncaughtException", (err) => life.endByFault(err, "uncaught exception"));
  process.on("unhandledRejection", (err) => life.endByFault(err, "unhandled rejection"));
  // A parent that died before the listener was set has left its mark in this flag; without a channel it is undefined.
  if (process.connected === false && process.send !== undefined)
    life.end("the process that started this one is gone", 0);
  await life.start();
}

/** Sends a message to the parent when there is a channel to it; says nothing when there is none. */
function notifyParent(message: ParentMessage): void {
  if (process.send === undefined || !process.connected) return;
  // The parent may close the channel between the check and the write; the disconnect event then ends this process.
  process.send(message, undefined, undefined, () => undefined);
}

class Life {
  readonly #options: ProcessOptions;
  readonly #log: Logger;
  /** Settles when the start does, so that a stop asked for meanwhile waits for what there is to stop. */
  #running: Promise<Running> | undefined;
  readonly #stopSignal = new AbortController();
  #tracing: Tracing | undefined;
  #stopping = false;
  #exitCode = 0;

  constructor(options: ProcessOptions, log: Logger) {
    this.#options = options;
    this.#log = log;
  }

  async start(): Promise<void> {
    try {
      this.#running = this.#begin();
      const running = await this.#running;
      if (this.#stopping) return;
      this.#log.info("started");
      if (running.ready) notifyParent(running.ready);
    } catch (error) {
      // The stop under way ends the process; that the start did not succeed is what was asked for.
      if (this.#stopping) return;
      reportFailedStart(this.#options.name, error, this.#log);
      process.exit(error instanceof ConfigError ? configErrorExitCode : 1);
    }
  }

  async #begin(): Promise<Running> {
    const { name, start } = this.#options;
    this.#tracing = await startTracing(name, this.#log);
    return start(this.#log, this.#stopSignal.signal, this.#tracing);
  }

  endBySignal(signal: NodeJS.Signals): void {
    if (this.#stopping) {
      this.#log.warn({ signal }, "second signal: going at once, without finishing");
      process.exit(128 + constants.signals[signal]);
    }
    this.end(signal, 0);
  }

  endByFault(err: unknown, what: string): void {
    this.#log.fatal({ err: err instanceof Error ? err : new Error(String(err)) }, what);
    this.end(what, 1);
  }

  /** Begins the orderly stop; later reasons only worsen the exit code of the one that runs. */
  end(reason: string, exitCode: number): void {
    this.#exitCode = Math.max(this.#exitCode, exitCode);
    if (this.#stopping) return;
    this.#stopping = true;
    this.#log.info({ reason }, "stopping");
    this.#stopSignal.abort(new Error(reason));
    void this.#stop();
  }

  async #stop(): Promise<void> {
    const { graceMs } = this.#options;
    setTimeout(() => {
      this.#log.error({ graceMs }, "the stop took longer than its grace period: going without finishing");
      process.exit(1);
    }, graceMs);
    try {
      const running = await this.#running?.catch((err: unknown) => this.#log.debug({ err }, "the start was given up"));
      await running?.stop();
      await this.#tracing?.stop();
      this.#log.info("stopped");
    } catch (err) {
      this.#exitCode = 1;
      this.#log.error({ err }, "the stop failed");
    }
    process.exit(this.#exitCode);
  }
}

const inOneLine = (text: string): string =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join(" ");

/** People get a text; the stack goes to the log: as fatal where machines read it, at debug level on a terminal. */
function reportFailedStart(name: string, error: unknown, log: Logger): void {
  if (error instanceof ConfigError) {
    process.stderr.write(`${name} cannot start. ${error.message}\n`);
    return;
  }
  process.stderr.write(`${name} could not start: ${maskUrlsIn(inOneLine(messageOf(error)))}\n`);
  log[isPretty(loadLogSettings()) ? "debug" : "fatal"]({ err: error }, "could not start");
}
