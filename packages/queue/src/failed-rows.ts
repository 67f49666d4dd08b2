// How a failed job is read: its cause, its facility, and the place of a page in the list.

import { type Carried, carriedBy } from "./carried.ts";
import { type QueueName, queueNames } from "./catalog.ts";
import type { FailedCursor, FailedRow } from "./store.ts";

export interface FailedFilter {
  queue?: QueueName;
  /** Code before the first colon of the failure. */
  cause?: string;
  facility?: string;
}

export interface FailedCause {
  queue: QueueName;
  cause: string;
  count: number;
  exampleId: string;
  exampleName: string;
  exampleMessage: string;
  firstAt: string;
  lastAt: string;
}

export interface FailedJob {
  queue: QueueName;
  id: string;
  name: string;
  cause: string;
  message: string;
  facility: string | null;
  failedAt: string;
  attempts: number;
  /** What it was to do. */
  carries: Carried;
}

/** The code before the first colon of a failure; BullMQ's own failures have none. */
function causeOf(reason: string): string {
  return /^([A-Z][A-Z0-9_]*): /.exec(reason)?.[1] ?? (reason.includes("stalled") ? "STALLED" : "OTHER");
}

function facilityOf(data: string | undefined): string | null {
  try {
    const payload: unknown = JSON.parse(data ?? "{}");
    if (typeof payload !== "object" || payload === null) return null;
    const first: unknown = "events" in payload && Array.isArray(payload.events) ? payload.events[0] : payload;
    const named = typeof first === "object" && first !== null && "facilityId" in first ? first.facilityId : null;
    return typeof named === "string" ? named : null;
  } catch {
    return null;
  }
}

/** Says whether a failed job is one that the filter names. */
export function matches(row: FailedRow, filter: FailedFilter): boolean {
  if (filter.cause !== undefined && causeOf(row.reason) !== filter.cause) return false;
  return filter.facility === undefined || facilityOf(row.data) === filter.facility;
}

/** Counts a failed job under its queue and cause. */
export function countCause(causes: Map<string, FailedCause>, queue: QueueName, row: FailedRow): void {
  const cause = causeOf(row.reason);
  const at = new Date(row.failedAtMs).toISOString();
  const known = causes.get(`${queue} ${cause}`);
  if (known === undefined) {
    const example = { exampleId: row.id, exampleName: row.name, exampleMessage: row.reason };
    causes.set(`${queue} ${cause}`, { queue, cause, count: 1, ...example, firstAt: at, lastAt: at });
    return;
  }
  known.count += 1;
  if (at < known.firstAt) known.firstAt = at;
  if (at > known.lastAt) known.lastAt = at;
}

/** A failed job as people see it. */
export function failedJob(queue: QueueName, row: FailedRow): FailedJob {
  const { id, name, attempts } = row;
  const failedAt = new Date(row.failedAtMs).toISOString();
  return {
    queue,
    id,
    name,
    attempts,
    failedAt,
    cause: causeOf(row.reason),
    message: row.reason,
    facility: facilityOf(row.data),
    carries: carriedBy(queue, row.data),
  };
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
