// The short way to know a job of events: what our own producer writes is recognised by looking at it. Whatever does not look
// exactly like that (a job added by hand, one emptied by an eviction, a shape of an older release) goes the long way through
// the schema, which says what is wrong with it. So this may refuse what the schema takes, and never takes what it refuses.

import { eventTypes, isKeptId, isPrintable, type StockEvent } from "@inventory-sync/domain";
import { z } from "zod";
import { eventsPerJobMax, type JobPayloads } from "./catalog.ts";

const isUtcTime = z.regexes.datetime({});
const types = new Set<unknown>(eventTypes);
const eventFields = new Set([
  "eventId",
  "facilityId",
  "type",
  "occurredAt",
  "receivedAt",
  "lines",
  "shipmentEventId",
  "reason",
]);
const lineFieldCount = 4;
const reasonLengthMax = 256;

/** The payload when it plainly is one of our own making, else undefined: then ask the schema. */
export function plainEvents(data: unknown): JobPayloads["events"] | undefined {
  if (!isObject(data) || typeof data.client !== "string" || fieldCount(data) !== 2) return undefined;
  const { events } = data;
  if (!Array.isArray(events) || events.length === 0 || events.length > eventsPerJobMax) return undefined;
  const facility: unknown = events[0]?.facilityId;
  const plain = events.every((event: unknown) => isPlainEvent(event) && event.facilityId === facility);
  return plain ? (data as JobPayloads["events"]) : undefined;
}

function isPlainEvent(event: unknown): event is StockEvent {
  if (!isObject(event)) return false;
  for (const field in event) if (!eventFields.has(field)) return false;
  const { eventId, facilityId, type, occurredAt, receivedAt, lines, shipmentEventId, reason } = event;
  return (
    isId(eventId) &&
    isId(facilityId) &&
    types.has(type) &&
    (occurredAt === null || isTime(occurredAt)) &&
    isTime(receivedAt) &&
    (shipmentEventId === undefined || isId(shipmentEventId)) &&
    (reason === undefined || (typeof reason === "string" && reason.length <= reasonLengthMax && isPrintable(reason))) &&
    Array.isArray(lines) &&
    lines.every(isPlainLine)
  );
}

function isPlainLine(line: unknown): boolean {
  return (
    isObject(line) &&
    Number.isSafeInteger(line.line) &&
    (line.line as number) >= 1 &&
    typeof line.idType === "string" &&
    typeof line.idValue === "string" &&
    typeof line.quantity === "string" &&
    fieldCount(line) === lineFieldCount
  );
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isId = (value: unknown): boolean => typeof value === "string" && isKeptId(value);
const isTime = (value: unknown): boolean => typeof value === "string" && isUtcTime.test(value);

function fieldCount(value: object): number {
  let count = 0;
  for (const _ in value) count += 1;
  return count;
}
