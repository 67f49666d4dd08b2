// Flow 1, step 5 where ACCEPT_INTO is inbox: events are committed to PostgreSQL before the 202, and the queue is only told.
// When it cannot be told, or loses what it was told, the workers sweep the events into it later.
import type { EventInbox } from "@inventory-sync/event-inbox";
import type { Queues } from "@inventory-sync/queue";
import { type Logger, maskUrlsIn } from "@inventory-sync/runtime";
import type { DurableQueue } from "./durable-queue.ts";
import type { IngestMetrics } from "./metrics.ts";
import { Problem } from "./problem.ts";

const RETRY_AFTER_S = 5;

/** Makes the acceptance into the inbox, in the place of the queue's own. */
export function createInboxQueue(given: {
  readonly inbox: EventInbox;
  readonly queues: Queues;
  readonly metrics: IngestMetrics;
  readonly log: Logger;
}): DurableQueue {
  const { inbox, queues, metrics, log } = given;
  return {
    async add(events, client) {
      const stopTimer = metrics.queueAddSeconds.startTimer();
      try {
        await inbox.accept(events, client);
      } catch (error) {
        metrics.queueRefusals.inc();
        log.warn({ err: error, client, events: events.length }, "the inbox could not take the events of a request");
        throw unavailable(error);
      }
      stopTimer();
      metrics.countAccepted(events);
      queues.addEvents(events, client).catch((error: unknown) => {
        log.debug(
          { err: error, events: events.length },
          "the queue could not be told; the events are swept into it later",
        );
      });
    },
    async check() {
      await inbox.ping();
      const told = queues.isConnected() ? [] : ["the queue cannot be reached: accepted events wait in the inbox"];
      return { ok: true, durability: "postgresql inbox, committed before the answer", warnings: told };
    },
  };
}

function unavailable(error: unknown): Problem {
  const why = maskUrlsIn(error instanceof Error ? error.message : String(error));
  const detail = `It is not certain that anything was accepted: ${why}. Sent again with the same event ids, no event counts twice.`;
  return new Problem("queue-unavailable", detail, { retryAfterS: RETRY_AFTER_S, cause: error });
}
