// What a failed job carries, as far as it takes to find its effect in the database.
import { contentDigest } from "@inventory-sync/domain";
import { payloads, type QueueName } from "./catalog.ts";

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

const nothing: Carried = { kind: "nothing" };

/** Reads a job's payload. One that was damaged, or added by hand, carries nothing. */
export function carriedBy(queue: QueueName, data: string | undefined): Carried {
  const payload = payloads[queue].safeParse(parsed(data)).data;
  if (payload === undefined) return nothing;
  if ("events" in payload) {
    const events = payload.events.map((event) => ({
      ...{ facilityId: event.facilityId, eventId: event.eventId, content: contentDigest(event) },
      lines: event.lines.length,
    }));
    return { kind: "events", events };
  }
  if ("facilityId" in payload) return { kind: "reset", resetId: payload.resetId, facilityId: payload.facilityId };
  return payload.kind === "reset" ? { kind: "reset", resetId: payload.resetId, facilityId: null } : nothing;
}

function parsed(data: string | undefined): unknown {
  try {
    return JSON.parse(data ?? "null");
  } catch {
    return null;
  }
}
