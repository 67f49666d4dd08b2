// How failed jobs are read: a page at a time, newest first, for there may be hundreds of thousands of them; each with its cause,
// what it is about, and what it takes to find its effect in the database.

import { contentDigest, jsonOf } from "@inventory-sync/domain";
import { payloads, type QueueName, queueNames } from "./catalog.ts";
import type { FailedCursor, FailedRow, QueueStore } from "./connection.ts";
import { codeBefore } from "./errors.ts";
import { aboutOf } from "./job-ids.ts";

export const failedPageMax = 500;

export interface FailedFilter {
  queue?: QueueName;
  /** Code before the first colon of the failure. */
  cause?: string;
  facility?: string;
  /** One shard of the queue of events. */
  shard?: number;
}

export interface FailedJob {
  queue: QueueName;
  /** The shard of the queue of events, where it is not the first. */
  shard?: number;
  id: string;
  name: string;
  cause: string;
  message: string;
  facility: string | null;
  failedAt: string;
  attempts: number;
  carries: Carried;
}

/** An event of a job, by what the ledger knows it by. */
export interface CarriedEvent {
  readonly facilityId: string;
  readonly eventId: string;
  /** SHA-256 (hex) of what bears on stock. */
  readonly content: string;
  /** 0 for an acknowledgement. */
  readonly lines: number;
}

/** What a job is to do: apply events, do a reset or one facility of it; `nothing` when it cannot be read, or only looks. */
export type Carried =
  | { readonly kind: "events"; readonly events: readonly CarriedEvent[] }
  | { readonly kind: "reset"; readonly resetId: string; readonly facilityId: string | null }
  | { readonly kind: "nothing" };

/** A place in the list of failed jobs: behind this job, in each queue or, where one is named, in that one and those after it. */
type Place = FailedCursor & { readonly queue?: QueueName };

/** The queues that a filter names. */
export function chosen({ queue }: FailedFilter): readonly QueueName[] {
  return queue === undefined ? queueNames : [queue];
}

/**
 * Failed jobs that match, a page at a time, newest first queue by queue; with the last one looked at. Their payloads come when asked for, and when the filter
 * needs them.
 */
export async function* failedPages(
  store: QueueStore,
  filter: FailedFilter,
  { withData, from }: { readonly withData: boolean; readonly from?: Place | undefined },
) {
  const { cause, facility, shard } = filter;
  const matches = (row: FailedRow): boolean =>
    (cause === undefined || causeOf(row) === cause) &&
    (facility === undefined || aboutOf(payloadOf(row)).facilityId === facility);
  const names = chosen(filter);
  const first = from?.queue === undefined ? 0 : Math.max(0, names.indexOf(from.queue));
  for (const queue of names.slice(first)) {
    let after: FailedCursor | undefined = (from?.queue ?? queue) === queue ? from : undefined;
    for (;;) {
      const page = { after, limit: failedPageMax, withData: withData || facility !== undefined, shard };
      const rows = await store.failedPage(queue, page);
      yield { queue, looked: rows.length, rows: rows.filter(matches), last: rows.at(-1) };
      after = rows.at(-1);
      if (rows.length < failedPageMax) break;
    }
  }
}

/** The code before the first colon of a failure; BullMQ's own failures have none. */
export function causeOf({ reason }: Pick<FailedRow, "reason">): string {
  return codeBefore(reason) ?? (reason.includes("stalled") ? "STALLED" : "OTHER");
}

/** A failed job as people see it. */
export function failedJob(queue: QueueName, row: FailedRow): FailedJob {
  const payload = payloadOf(row);
  return {
    queue,
    ...(row.shard > 0 && { shard: row.shard }),
    id: row.id,
    name: row.name,
    cause: causeOf(row),
    message: row.reason,
    facility: aboutOf(payload).facilityId ?? null,
    failedAt: new Date(row.failedAtMs).toISOString(),
    attempts: row.attempts,
    carries: carriedBy(queue, payload),
  };
}

/** A payload that was damaged, or added by hand, carries nothing. */
function carriedBy(queue: QueueName, data: unknown): Carried {
  const payload = payloads[queue].safeParse(data).data;
  if (payload === undefined || "channel" in payload) return { kind: "nothing" };
  if ("kind" in payload && payload.kind === "run") return { kind: "nothing" };
  if (!("events" in payload)) {
    const facilityId = "facilityId" in payload ? payload.facilityId : null;
    return { kind: "reset", resetId: payload.resetId, facilityId };
  }
  const events = payload.events.map((event) => {
    const { facilityId, eventId, lines } = event;
    return { facilityId, eventId, content: contentDigest(event), lines: lines.length };
  });
  return { kind: "events", events };
}

function payloadOf({ data }: FailedRow): unknown {
  return jsonOf(data ?? "null") ?? null;
}

/** The place behind this job in the list. */
export function writeCursor(queue: QueueName, row: FailedRow): string {
  return Buffer.from(JSON.stringify([queue, row.failedAtMs, row.id])).toString("base64url");
}

/** Reads what writeCursor wrote. Throws RangeError when the text is not that. */
export function readCursor(cursor: string): FailedCursor & { queue: QueueName } {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    const [name, failedAtMs, id] = Array.isArray(parts) ? (parts as unknown[]) : [];
    const queue = queueNames.find((known) => known === name);
    if (queue !== undefined && typeof failedAtMs === "number" && typeof id === "string")
      return { queue, failedAtMs, id };
  } catch {
    // Said below.
  }
  throw new RangeError("the cursor is not one that this list gave out");
}
