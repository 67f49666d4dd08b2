// Flow 1, step 5: events go into the queue, all of them, and only into a queue that would keep them (R11).
import type { StockEvent } from "@inventory-sync/domain";
import { type Durability, type Queues, QueueUnavailable } from "@inventory-sync/queue";
import { type Logger, maskUrlsIn } from "@inventory-sync/runtime";
import type { IngestMetrics } from "./metrics.ts";
import { Problem } from "./problem.ts";

/** The queue, as the calls of ingest see it. */
export type DurableQueue = {
  /** Resolves once every event is durably queued. @throws Problem 503 when that cannot be: nothing was accepted then. */
  add(events: readonly StockEvent[], client: string): Promise<void>;
  /** What makes the queue durable, in words. @throws Error saying why events cannot be taken now. */
  check(): Promise<Durability>;
};

/** A server's settings are asked for again after this long: somebody may have changed them while it runs. */
const DURABILITY_KEPT_MS = 10_000;
const RETRY_AFTER_S = 5;

/** Guards the queue: unless `allowVolatile`, a queue that forgets its jobs when it is killed takes no event. */
export function createDurableQueue(given: {
  queues: Queues;
  allowVolatile: boolean;
  metrics: IngestMetrics;
  log: Logger;
}): DurableQueue {
  const { queues, allowVolatile, metrics, log } = given;
  const assertDurable = createDurabilityCheck(given);

  return {
    async add(events, client) {
      const stopTimer = metrics.queueAddSeconds.startTimer();
      try {
        await assertDurable();
        await queues.addEvents(events, client);
      } catch (error) {
        metrics.queueRefusals.inc();
        log.warn({ err: error, client, events: events.length }, "the queue could not take the events of a request");
        throw unavailable(error);
      }
      stopTimer();
      metrics.countAccepted(events);
    },
    async check() {
      const answer = await queues.ping();
      const takesEvents = queues.isConnected() && queues.acceptPaused === undefined;
      if (answer.ok || (allowVolatile && takesEvents)) return answer;
      throw new Error([answer.durability, ...answer.warnings].join("; "));
    },
  };
}

/**
 * Makes the check that an event stands before. The first one waits for the server's settings; later ones go by what was
 * last heard and have it asked for again in the background, so that no request pays for it.
 */
function createDurabilityCheck(given: { queues: Queues; allowVolatile: boolean; log: Logger }): () => Promise<void> {
  const { queues, allowVolatile, log } = given;
  let known: Durability | undefined;
  let askedAtMs = Number.NEGATIVE_INFINITY;

  const ask = async (): Promise<Durability> => {
    askedAtMs = performance.now();
    const durability = await queues.durability();
    const isNews = known === undefined || known.ok !== durability.ok;
    if (isNews && !durability.ok) log.error({ ...durability, allowVolatile }, "the queue could lose accepted events");
    known = durability;
    return durability;
  };

  return async () => {
    if (known !== undefined && performance.now() - askedAtMs > DURABILITY_KEPT_MS) {
      // A server that cannot be reached now is noticed by the add itself.
      ask().catch(() => undefined);
    }
    const { ok, warnings } = known ?? (await ask());
    if (ok || allowVolatile) return;
    const why = warnings.join("; ");
    throw new Error(`the queue could lose accepted events (${why}); mend that, or set ALLOW_VOLATILE_QUEUE=true`);
  };
}

/** Whatever kept the queue from taking the events, the client's way on is the same: send the request again. */
function unavailable(error: unknown): Problem {
  const why = maskUrlsIn(error instanceof Error ? error.message : String(error));
  const detail = `Nothing was accepted: ${why}. Sent again with the same event ids, no event counts twice.`;
  return new Problem("queue-unavailable", detail, {
    retryAfterS: error instanceof QueueUnavailable ? error.retryAfterS : RETRY_AFTER_S,
    cause: error,
  });
}
