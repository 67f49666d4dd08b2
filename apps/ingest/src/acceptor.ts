// Flow 1, step 5: events are made durable before the client is answered (R11), in the queue or, where ACCEPT_INTO is inbox, in
// PostgreSQL.
import { messageOf, type StockEvent } from "@inventory-sync/domain";
import type { EventInbox } from "@inventory-sync/event-inbox";
import { type Durability, isUnreachable, type Queues, QueueUnavailable } from "@inventory-sync/queue";
import { type Logger, maskUrlsIn } from "@inventory-sync/runtime";
import type { IngestMetrics } from "./metrics.ts";
import { Problem } from "./problem.ts";

export interface Acceptor {
  /** Whether a facility belongs to this installation (INGEST_FACILITIES). */
  isOurs(facilityId: string): boolean;
  /** Resolves once every event is durable. @throws Problem 503 when that cannot be, or is not certain */
  add(events: readonly StockEvent[], client: string): Promise<void>;
  /** What makes it durable, in words. @throws Error saying why events cannot be taken now. */
  check(): Promise<Durability>;
}

/** What takes them does not know whose they are. */
type EventTaker = Omit<Acceptor, "isOurs">;

interface AcceptorParts {
  readonly queues: Queues;
  readonly metrics: IngestMetrics;
  readonly log: Logger;
}

/** A server's settings are asked for again after this long: they may have been changed while it runs. */
const DURABILITY_KEPT_MS = 10_000;
const RETRY_AFTER_S = 5;
const UNCERTAIN = "It is not certain that anything was accepted";

/** Accepts into the queue: all events, and unless `allowVolatile` only into a queue that keeps its jobs when it is killed. */
export function queueAcceptor(parts: AcceptorParts & { readonly allowVolatile: boolean }): EventTaker {
  const { queues, allowVolatile, log } = parts;
  const assertDurable = durabilityCheck(parts);
  // What could be lost is told with the first event, and refused.
  queues.assertDurable().then(
    ({ durability, warnings }) => warnings.length > 0 && log.warn({ durability }, warnings.join("; ")),
    () => undefined,
  );
  return {
    async add(events, client) {
      const adding = async (): Promise<void> => {
        await assertDurable(events);
        await queues.addEvents(events, client);
      };
      await timed(parts, { what: "the queue", refused: "Nothing was accepted", events, client }, adding);
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
 * Accepts into the inbox; the queue is only told. When it cannot be told, or loses what it was told, the workers sweep the
 * events into it later.
 */
export function inboxAcceptor(parts: AcceptorParts & { readonly inbox: EventInbox }): EventTaker {
  const { inbox, queues, log } = parts;
  return {
    async add(events, client) {
      await timed(parts, { what: "the inbox", refused: UNCERTAIN, events, client }, () => inbox.accept(events, client));
      queues.addEvents(events, client).catch((err: unknown) => {
        log.debug({ err, events: events.length }, "the queue could not be told; the events are swept into it later");
      });
    },
    async check() {
      await inbox.ping();
      const warnings = queues.isConnected() ? [] : ["the queue cannot be reached: accepted events wait in the inbox"];
      return { ok: true, durability: "postgresql inbox, committed before the answer", warnings };
    },
  };
}

/** Times and counts one acceptance. Whatever kept the events from being taken, the client's way on is to send them again. */
async function timed(
  { metrics, log, queues }: AcceptorParts,
  about: { what: string; refused: string; events: readonly StockEvent[]; client: string },
  add: () => Promise<void>,
): Promise<void> {
  const { what, refused, events, client } = about;
  const stopTimer = metrics.queueAddSeconds.startTimer();
  try {
    await add();
  } catch (cause) {
    metrics.queueRefusals.inc();
    const why = maskUrlsIn(messageOf(cause));
    // An outage is told once; each request that is refused for it is in the log of requests.
    const isTold = cause instanceof QueueUnavailable ? !queues.isConnected() : isUnreachable((cause as Error).cause);
    const request = { client, events: events.length, reason: why };
    log[isTold ? "debug" : "warn"](request, `${what} could not take the events of a request`);
    const queued = cause instanceof QueueUnavailable ? cause.queued : "nothing";
    const taken = { nothing: refused, some: "Not all of it was accepted", unknown: UNCERTAIN }[queued];
    const retryAfterS = cause instanceof QueueUnavailable ? cause.retryAfterS : RETRY_AFTER_S;
    const detail = `${taken}: ${why}. Sent again with the same event ids, no event counts twice.`;
    throw new Problem("queue-unavailable", detail, { retryAfterS, cause });
  }
  stopTimer();
  metrics.countAccepted(events);
}

/**
 * Makes the check that an event stands before. The first one waits for the server's settings; later ones go by what was
 * last heard and have it asked for again in the background, so that no request pays for it.
 */
function durabilityCheck(
  parts: AcceptorParts & { readonly allowVolatile: boolean },
): (events: readonly StockEvent[]) => Promise<void> {
  const { queues, allowVolatile, log } = parts;
  let known: Durability | undefined;
  let askedAtMs = Number.NEGATIVE_INFINITY;

  const ask = async (): Promise<Durability> => {
    askedAtMs = performance.now();
    const durability = await queues.durability();
    const isNews = known === undefined || faultsOf(known) !== faultsOf(durability);
    if (isNews && faultsOf(durability) !== "")
      log.error({ ...durability, allowVolatile }, "the queue could lose accepted events");
    known = durability;
    return durability;
  };

  return async (events) => {
    if (known !== undefined && performance.now() - askedAtMs > DURABILITY_KEPT_MS) {
      // A server that cannot be reached now is noticed by the add itself.
      ask().catch(() => undefined);
    }
    const why = queues.whyLost(known ?? (await ask()), events);
    if (why === undefined || allowVolatile) return;
    throw new Error(`the queue could lose accepted events (${why}); mend that, or set ALLOW_VOLATILE_QUEUE=true`);
  };
}

/** What in the queue could lose events, as a text to compare; empty when nothing could. */
function faultsOf({ ok, warnings, shards }: Durability): string {
  const parts = shards ?? [{ name: "", ok, warnings }];
  return parts.flatMap((part) => (part.ok ? [] : [`${part.name} ${part.warnings.join("; ")}`])).join("; ");
}
