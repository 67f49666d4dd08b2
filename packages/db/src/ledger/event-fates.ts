// Flow 1: what the ledger's answers about the lines of an event mean for the event, in words for people where it is refused.
import type { EventFate, LineCounts, StockEvent } from "@inventory-sync/domain";
import type { MovedLine } from "./document-lines.ts";

/** What becomes of what the catalogue does not know (UNKNOWN_FACILITY, UNKNOWN_PRODUCT). */
export interface UnknownPolicy {
  readonly facility: "create" | "reject";
  readonly product: "create" | "reject" | "skip";
}

/** What became of one line; `locked`, `unknown_facility` and what another facility has hold for the whole event. */
export type Outcome =
  | "applied"
  | "absorbed"
  | "duplicate"
  | "reused"
  | "unknown_product"
  | "unknown_facility"
  | "left_out"
  | "locked"
  | "raced"
  | MovedTo;

/** A document's lines that are booked at other facilities. */
type MovedTo = { readonly moved: readonly MovedLine[] };

/** How long an event first waits for its facility's reset, in milliseconds; the queue lets it grow. */
const LOCKED_RETRY_MS = 50;

/** The fate of an event. @param outcomes of its lines, or the one that holds for all of it */
export function fateOf(event: StockEvent, outcomes: readonly Outcome[], policy: UnknownPolicy): EventFate {
  const wanted = event.type === "shipment-acknowledged" ? 1 : event.lines.length;
  if (outcomes[0] === "locked") {
    return { fate: "deferred", retryAfterMs: LOCKED_RETRY_MS, reason: `facility ${event.facilityId} is being reset` };
  }
  if (outcomes[0] === "unknown_facility") return unknownFacility(event);
  if (typeof outcomes[0] === "object") return documentMoved(event, outcomes[0].moved);
  if (outcomes.length !== wanted) throw new Error(`event ${event.eventId} has lines without an outcome`);
  if (outcomes.includes("reused")) return reused(event);
  const unknown = event.lines.filter((_, at) => outcomes[at] === "unknown_product");
  if (unknown.length > 0 && policy.product !== "skip") return unknownProduct(event, unknown);
  return { fate: "done", ...count(outcomes) };
}

const ONE_APPLIED: LineCounts = { applied: 1, duplicate: 0, absorbed: 0, skipped: 0 };

function count(outcomes: readonly Outcome[]): LineCounts {
  if (outcomes.length === 1 && outcomes[0] === "applied") return ONE_APPLIED;
  const of = (outcome: Outcome) => outcomes.filter((each) => each === outcome).length;
  return {
    applied: of("applied"),
    duplicate: of("duplicate"),
    absorbed: of("absorbed"),
    skipped: of("unknown_product") + of("left_out"),
  };
}

function reused(event: StockEvent): EventFate {
  const message =
    `event ${event.eventId} of facility ${event.facilityId} is in the ledger with other content; nothing was changed. ` +
    "Send a new sale under a new event id; if this one is right, correct the stock with an adjustment.";
  return { fate: "rejected", code: "EVENT_ID_REUSED", message };
}

function documentMoved(event: StockEvent, moved: readonly MovedLine[]): EventFate {
  const at = moved.map(({ line, owner }) => `line ${line} at store ${owner}`).join(", ");
  const message =
    `document ${event.eventId} is sent for store ${event.facilityId} now, and is booked elsewhere already: ${at}; nothing was changed, so that ` +
    `what was sold once is taken away once. If the goods left store ${event.facilityId}, correct both stores by adjustments.`;
  return { fate: "rejected", code: "DOCUMENT_MOVED", message };
}

function unknownFacility(event: StockEvent): EventFate {
  const message =
    `facility ${event.facilityId} of event ${event.eventId} is not known; nothing was applied. ` +
    "Add the facility (or set UNKNOWN_FACILITY=create), then retry this job.";
  return { fate: "rejected", code: "UNKNOWN_FACILITY", message };
}

function unknownProduct(event: StockEvent, unknown: StockEvent["lines"]): EventFate {
  const names = unknown.map((line) => `line ${line.line} ${line.idType} ${line.idValue}`).join(", ");
  const message =
    `event ${event.eventId} of facility ${event.facilityId} names products that the catalogue does not have: ${names}. ` +
    `${event.lines.length - unknown.length} of ${event.lines.length} lines were applied. ` +
    "Import the products, then retry this job: it applies just the missing lines.";
  return { fate: "rejected", code: "UNKNOWN_PRODUCT", message };
}
