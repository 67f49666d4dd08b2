// The id and the name of every job, and what it is about. Ids are made from content, so that the same work sent again is the
// same job (R2, R11); names are for people.

import { hash as digest } from "node:crypto";
import { contentDigest, type StockEvent } from "@inventory-sync/domain";

const hexLength = 40;

function hash(...parts: readonly string[]): string {
  return digest("sha256", JSON.stringify(parts)).slice(0, hexLength);
}

/** Id of the job that carries this one event: the same for each sending with the same content, another for other content. */
export function eventJobId(event: StockEvent): string {
  return `e-${hash(event.facilityId, event.eventId, contentDigest(event))}`;
}

/** Id of a job that carries several events, from the ids that they would have alone, in any order. */
export function eventsJobId(memberIds: readonly string[]): string {
  return `m-${hash(...[...memberIds].sort())}`;
}

/** "sale S001 e-123" for one event, "12 events S001" for several. */
export function eventsJobName(events: readonly StockEvent[]): string {
  const [first] = events;
  if (first === undefined) return "no events";
  return events.length === 1
    ? `${first.type} ${first.facilityId} ${first.eventId}`
    : `${events.length} events ${first.facilityId}`;
}

export const runJobId = (runKey: string): string => `run-${hash(runKey)}`;

export const resetJobId = (resetId: string, generation: number): string => `reset-${hash(resetId)}-g${generation}`;

/** Fresh for every generation: a job that once failed or completed under this id can never stand in for it. */
export function facilityResetJobId(reset: { resetId: string; facilityId: string; generation: number }): string {
  return `fr-${hash(reset.resetId)}-${hash(reset.facilityId)}-g${reset.generation}`;
}

/** The same for a channel as long as nothing has changed since: waking it twice is one job. */
export const channelJobId = (channel: string, newest: string): string => `channel-${hash(channel, newest)}`;

/** Ids of what a job is about; of a job of several events the event is left out. */
export interface JobAbout {
  readonly eventId?: string;
  readonly facilityId?: string;
  readonly resetId?: string;
}

/** What a job's payload is about. Read with care: one that was damaged, or added by hand, may be anything. */
export function aboutOf(payload: unknown): JobAbout {
  const { events, facilityId, resetId } = (payload ?? {}) as Partial<Record<string, unknown>>;
  const [event, ...more] = Array.isArray(events) ? (events as (Partial<StockEvent> | null)[]) : [];
  const ids = {
    facilityId: event?.facilityId ?? facilityId,
    resetId,
    ...(more.length === 0 && { eventId: event?.eventId }),
  };
  return Object.fromEntries(Object.entries(ids).filter(([, id]) => typeof id === "string"));
}
