// Flow 1, where sales leave the queue: hundreds of jobs in flight, their events committed in common, each job with its own end.
//
// A job of one event ends as its event does. A job of several: all done, it is done; all deferred, it is deferred; else the
// events that are not done are queued again one by one and the job is done. One bad event thus fails alone and in
// sight, and the others of its job are not dragged through its retries.
//
// A job that is kept swallows what is sent again under its id. So those are not kept whose events are not all in the ledger.
//
// Jobs of several events are a backlog. They go behind the sales that happen now: in the queue (see producer.ts), and here, where
// live events are first in every batch and no more lines are in flight than soon leave it again.

import type { LineCounts, StockEvent } from "@inventory-sync/domain";
import type { JobPayloads } from "../catalog.ts";
import { isUnreachable } from "../errors.ts";
import { createGroupCommit } from "../group-commit.ts";
import type { Queues } from "../queues.ts";
import { type Consumer, consume } from "./consumer.ts";
import {
  type ApplyEvents,
  type BatchFate,
  type ConsumerListeners,
  done,
  doneAndForgotten,
  type Fate,
} from "./fates.ts";
import { createInFlight } from "./in-flight.ts";

/** As the worker runs with, where its configuration says nothing else. */
const defaults = { jobsInFlightMax: 400, batchLinesMax: 400, batchWaitMsMax: 20 };
/** The third fills the time in which others wait for their commit. */
const batchesRunningMax = 3;
/** Chains of fetches: on Redis one alone brings some 700 jobs a second. On PostgreSQL it stays at one: what several would do there has not been measured. */
const chainsOf = { redis: 4, postgres: 1 } as const;
/** Batches' worth of lines that are in flight at most, unless a single job has more. */
const batchesInFlightMax = 4;
const examplesMax = 5;

export interface BatchRan {
  events: number;
  lines: number;
  durationMs: number;
}

export interface ConsumeEventsOptions extends ConsumerListeners {
  /** Jobs in flight at once. Default 400. */
  jobsInFlightMax?: number;
  /** Lines per batch. Default 400. */
  batchLinesMax?: number;
  /** Longest wait of an event for others to be committed with. Default 20. */
  batchWaitMsMax?: number;
  /** Told each batch, whether it was committed or failed. */
  onBatch?: (batch: BatchRan) => void;
}

interface Pending {
  readonly event: StockEvent;
  /** Sent alone, when it happened. */
  readonly live: boolean;
}

/** Starts the consumer of events. `apply` commits a batch and says what became of each event. */
export function consumeEvents(queues: Queues, apply: ApplyEvents, options: ConsumeEventsOptions = {}): Consumer {
  const { jobsInFlightMax, batchLinesMax, batchWaitMsMax, onBatch, ...listeners } = { ...defaults, ...options };
  const { traces } = queues.connection;
  const commit = createGroupCommit<Pending, BatchFate>({
    async run(items) {
      const events = items.map(({ event }) => event);
      const startedAt = performance.now();
      try {
        return await (traces ? traces.commit(events, () => apply(events)) : apply(events));
      } finally {
        onBatch?.({ events: events.length, lines: linesOf(events), durationMs: performance.now() - startedAt });
      }
    },
    // A control character, which no id has, keeps the two apart.
    keyOf: ({ event }) => `${event.facilityId}\n${event.eventId}`,
    isUrgent: ({ live }) => live,
    sizeMax: batchLinesMax,
    weightOf: ({ event }) => linesOf([event]),
    weightMax: batchLinesMax,
    waitMsMax: batchWaitMsMax,
    runningMax: batchesRunningMax,
    // An error of anything but the connection may be one event's fault.
    mayBisect: (error) => !isUnreachable(error),
  });
  const commitEvent = async (pending: Pending): Promise<BatchFate> => {
    traces?.note(pending.event);
    try {
      return await commit.add(pending);
    } catch (error) {
      return { fate: "retry", error };
    }
  };
  const inFlight = createInFlight({
    jobsMax: jobsInFlightMax,
    linesMax: batchesInFlightMax * batchLinesMax,
    onLimit: (jobs) => consumer.limit(jobs),
  });

  const consumer = consume(
    queues,
    "events",
    ({ payload }) =>
      inFlight.holding(linesOf(payload.events), async () => {
        const [only] = payload.events;
        if (payload.events.length === 1 && only !== undefined)
          return fateOfOne(await commitEvent({ event: only, live: true }));
        const fates = await Promise.all(payload.events.map((event) => commitEvent({ event, live: false })));
        return fateOfSeveral(queues, payload, fates);
      }),
    { ...listeners, concurrency: inFlight.limit(), chains: chainsOf[queues.kind] },
  );
  return {
    ...consumer,
    async close(grace) {
      const closed = await consumer.close(grace);
      if (closed.unfinished === 0) await commit.close();
      return closed;
    },
  };
}

/** An event without lines, an acknowledgement, counts as one. */
function linesOf(events: readonly StockEvent[]): number {
  return events.reduce((sum, { lines }) => sum + Math.max(1, lines.length), 0);
}

const none = { applied: 0, duplicate: 0, absorbed: 0, skipped: 0 };

function sum(a: LineCounts, b: LineCounts): typeof none {
  return {
    applied: a.applied + b.applied,
    duplicate: a.duplicate + b.duplicate,
    absorbed: a.absorbed + b.absorbed,
    skipped: a.skipped + b.skipped,
  };
}

/** The fate of a job whose events are all done. The product of a line that was skipped may be known when it is sent again. */
function doneWith(counts: LineCounts): Fate {
  return counts.skipped > 0 ? doneAndForgotten() : done(sum(none, counts));
}

/** The fate of a job of one event. */
function fateOfOne(fate: BatchFate): Fate {
  return fate.fate === "done" ? doneWith(fate) : fate;
}

/** The fate of a job of several events, by the rule at the head of this file. */
async function fateOfSeveral(
  queues: Queues,
  { events, client }: JobPayloads["events"],
  fates: readonly BatchFate[],
): Promise<Fate> {
  const [first] = fates;
  if (first?.fate === "deferred" && fates.every(({ fate }) => fate === "deferred")) return first;
  const counts = fates.reduce((total, fate) => (fate.fate === "done" ? sum(total, fate) : total), none);
  const again = events.filter((_, index) => fates[index]?.fate !== "done");
  if (again.length === 0) return doneWith(counts);
  await queues.addEventsSingly(again, client);
  const examples = again.slice(0, examplesMax).map(({ eventId }) => eventId);
  queues.log.info({ events: again.length, examples }, "events of a job of several were queued again one by one");
  // One of them may fail, be dismissed, and the whole be sent again.
  return doneAndForgotten();
}
