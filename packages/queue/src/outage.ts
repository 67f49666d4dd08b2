// What is known of the queue server: up, down, or not yet reached. The connection alone says which; the log has one line when
// an outage begins and one when it ends.

import { messageOf } from "./errors.ts";

/** The part of a pino logger that this package uses, so that it needs no logger of its own. */
export type QueueLog = Readonly<
  Record<"debug" | "info" | "warn" | "error" | "fatal", (fields: object, message: string) => void>
>;

/** What is known of one server. */
export type Outage = ReturnType<typeof watchOutage>;

/** Watches one server, named for people by `server` (never with its password). */
export function watchOutage(log: QueueLog, server: string) {
  let state: "connecting" | "up" | "down" | "closed" = "connecting";
  let since = Date.now();
  let waiting: (() => void)[] = [];
  return {
    isUp: () => state === "up",
    isDown: () => state === "down",
    up(): void {
      if (state === "up" || state === "closed") return;
      const outageS = Math.round((Date.now() - since) / 1000);
      if (state === "down") log.info({ server, outageS }, "the queue server is reachable again");
      state = "up";
      for (const resolve of waiting) resolve();
      waiting = [];
    },
    down(error: unknown): void {
      if (state === "down" || state === "closed") return;
      state = "down";
      since = Date.now();
      const reason = messageOf(error);
      log.warn({ server, reason }, "the queue server cannot be reached; trying again until it can");
    },
    /** We let go of the server ourselves: nothing of it is news any more. */
    closed(): void {
      state = "closed";
    },
    /** Resolves as soon as the server is up (at once when it is). */
    whenUp: (): Promise<void> => (state === "up" ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
}
