// Flow 1, where sales leave the queue: hundreds of jobs in hand, their events committed in common, each job with its own end.
//
// A job of one event ends as its event does. A job of several: all done, it is done; all deferred, it is deferred; else the
// events that are not done are queued again one by one and the job is done, saying so. One bad event thus fails alone and in
// sight, and the others of its job are not dragged through its retries.
//
// Jobs of several events are somebody's backlog. They go behind the sales that happen now: in the queue (see producer.ts), and
// here, where live events are first in every batch and no more lines are taken in hand than soon leave it again.

import type { LineCounts, StockEvent } from "@inventory-sync/domain";
import type { JobPayloads } from "../catalog.ts";
import { createGroupCommit } from "../group-commit.ts";
import { isConnectionError } from "../outage.ts";
import type { Queues } from "../queues.ts";
import { consume } from "./consumer.ts";
import {
  type ApplyEvents,
  type BatchFate,
  type BatchRan,
  type ConsumeOptions,
  type Consumer,
  done,
  type EventLimits,
  type Fate,
} from "./fates.ts";
import { createInFlight } from "./in-flight.ts";

/** As the worker runs with, where its configuration says nothing else. */
const defaults = { jobsInFlightMax: 400, batchLinesMax: 400, batchWaitMsMax: 20 };
/** The third fills the time in which others wait for their commit. */
const batchesRunningMax = 3;
/**
 * Chains of fetches: on Redis one alone brings some 700 jobs a second, and when sales come as fast it hands none out before its
 * share of the hand is full. On PostgreSQL it stays at one: what several would do there has not been measured.
 */
const chainsOf = { redis: 4, postgres: 1 } as const;
/** Batches' worth of lines that are in hand at most, unless a single job has more. */
const batchesInHandMax = 4;

interface Pending {
  readonly event: StockEvent;
  /** Sent alone, when it happened. */
  readonly live: boolean;
}

export interface ConsumeEventsOptions extends EventLimits, Omit<ConsumeOptions, "concurrency" | "isCancellable"> {
  onBatch?: (batch: BatchRan) => void;
}

/** Starts the consumer of events. `apply` commits a batch and says what became of each event. */
export function consumeEvents(queues: Queues, apply: ApplyEvents, options: ConsumeEventsOptions = {}): Consumer {
  const { jobsInFlightMax, batchLinesMax, batchWaitMsMax, onBatch, ...rest } = { ...defaults, ...options };
  const { traces } = queues.connection;
  const commit = createGroupCommit<Pending, BatchFate>({
    run: (items) => {
      const events = items.map(({ event }) => event);
      const run = () => timed(apply, events, onBatch);
      return traces ? traces.commit(events, run) : run();
    },
    keyOf: ({ event }) => keyOf(event),
    isUrgent: ({ live }) => live,
    sizeMax: batchLinesMax,
    weightOf: ({ event }) => linesOf(event),
    weightMax: batchLinesMax,
    waitMsMax: batchWaitMsMax,
    runningMax: batchesRunningMax,
    // An error of anything but the connection may be one event's fault.
    mayBisect: (error) => !isConnectionError(error),
  });
  const fateOf = async (pending: Pending): Promise<BatchFate> => {
    traces?.note(pending.event);
    try {
      return await commit.add(pending);
    } catch (error) {
      return { fate: "retry", error };
    }
  };
  const inFlight = createInFlight({ jobsMax: jobsInFlightMax, linesMax: batchesInHandMax * batchLinesMax });

  const consumer = consume(
    queues,
    "events",
    async ({ payload, log }) => {
      const [only] = payload.events;
      if (payload.events.length === 1 && only !== undefined) {
        return inFlight.holding(linesOf(only), async () => fateOfOne(await fateOf({ event: only, live: true })));
      }
      const lines = payload.events.reduce((sum, event) => sum + linesOf(event), 0);
      return inFlight.holding(lines, async () => {
        const fates = await Promise.all(payload.events.map((event) => fateOf({ event, live: false })));
        return fateOfSeveral(queues, payload, fates, log);
      });
    },
    // What is in a batch is committed with it, whoever holds the job's lock: nothing could be stopped half-way.
    { ...rest, concurrency: inFlight.limit(), chains: chainsOf[queues.kind], isCancellable: false },
  );
  inFlight.onLimit((jobs) => consumer.limit(jobs));
  return {
    ...consumer,
    async close(grace) {
      const closed = await consumer.close(grace);
      if (closed.unfinished === 0) await commit.close();
      return closed;
    },
  };
}

const linesOf = (event: StockEvent): number => Math.max(1, event.lines.length);

/** Facility and event id; a control character, which no id has, keeps them apart. */
const keyOf = ({ facilityId, eventId }: StockEvent): string => `${facilityId}\n${eventId}`;

async function timed(
  apply: ApplyEvents,
  events: StockEvent[],
  onBatch: ((batch: BatchRan) => void) | undefined,
): Promise<readonly (BatchFate | undefined)[]> {
  const startedAt = performance.now();
  let failed = true;
  try {
    const fates = await apply(events);
    failed = false;
    return fates;
  } finally {
    const lines = events.reduce((sum, event) => sum + linesOf(event), 0);
    onBatch?.({ events: events.length, lines, durationMs: performance.now() - startedAt, failed });
  }
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

/** The fate of a job of one event. */
function fateOfOne(fate: BatchFate): Fate {
  return fate.fate === "done" ? done(sum(none, fate)) : fate;
}

/** The fate of a job of several events, by the rule at the head of this file. */
async function fateOfSeveral(
  queues: Queues,
  { events, client }: JobPayloads["events"],
  fates: readonly BatchFate[],
  log: (line: string) => void,
): Promise<Fate> {
  let counts = none;
  const again: StockEvent[] = [];
  for (const [index, event] of events.entries()) {
    const fate = fates[index];
    if (fate?.fate === "done") counts = sum(counts, fate);
    else again.push(event);
  }
  if (again.length === 0) return done(counts);
  const [first] = fates;
  if (first?.fate === "deferred" && fates.every((fate) => fate.fate === "deferred")) return first;
  await queues.addEventsSingly(again, client);
  const ids = again.map((event) => event.eventId);
  log(`queued again one by one: ${ids.join(", ")}`);
  return done({ ...counts, queuedAgain: ids });
}
