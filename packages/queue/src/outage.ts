// What is known of the queue server: up, down, or not yet reached. Clients report every failed attempt to connect; people
// read one line when an outage begins and one when it ends.

import type { QueueLog } from "./log.ts";

export interface Outage {
  state(): "connecting" | "up" | "down";
  up(): void;
  down(error: unknown): void;
  /** We let go of the server ourselves: nothing of it is news any more. */
  closed(): void;
  /** Resolves as soon as the server is up (at once when it is). */
  whenUp(): Promise<void>;
}

const connectionCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
]);
const connectionStates = /^(08|57P0)/;
const connectionWords =
  /Connection is closed|Stream isn't writeable|Connection terminated|Query read timeout|timeout exceeded when trying to connect|max retries per request|ClusterAllFailed/;

/** Says whether an error means that the server cannot be reached, as against an error that the server answered. */
export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return (
    connectionCodes.has(code) || connectionStates.test(code) || connectionWords.test(`${error.name} ${error.message}`)
  );
}

/** Text of an error; an AggregateError (one per address tried) has none of its own. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(messageOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}

/** Watches one server, named for people by `server` (never with its password). */
export function watchOutage(log: QueueLog, server: string): Outage {
  let state: "connecting" | "up" | "down" = "connecting";
  let since = Date.now();
  let waiting: (() => void)[] = [];
  let closed = false;
  return {
    state: () => state,
    up() {
      if (state === "up") return;
      if (state === "down") {
        const outageS = Math.round((Date.now() - since) / 1000);
        log.info({ server, outageS }, "the queue server is reachable again");
      }
      state = "up";
      const resolvers = waiting;
      waiting = [];
      for (const resolve of resolvers) resolve();
    },
    down(error) {
      if (state === "down" || closed) return;
      state = "down";
      since = Date.now();
      const reason = messageOf(error);
      log.warn({ server, reason }, "the queue server cannot be reached; trying again until it can");
    },
    closed() {
      closed = true;
    },
    whenUp: () => (state === "up" ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
}
