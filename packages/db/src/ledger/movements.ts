// An event, ready for the ledger's statements: one movement a line, with the clock rule applied (R9).
import { contentDigest, type EventLine, type StockEvent } from "@inventory-sync/domain";

/** A source's clock may be this far ahead of the time of receipt before the time of receipt is taken instead (R9). */
const CLOCK_AHEAD_MS_MAX = 5 * 60_000;

/** Hex digits of the content digest that the ledger keeps: 16 bytes. */
const CONTENT_DIGITS = 32;

interface Stamped {
  readonly event: StockEvent;
  /** facility.id */
  readonly facility: number;
  /** The event's place in its batch. */
  readonly index: number;
  readonly occurredAt: string;
  readonly clockSkew: boolean;
  readonly content: string;
}

/** One line of an event on its way into the ledger. */
export interface Movement extends Stamped {
  readonly line: EventLine;
}

/** An acknowledgement of a shipment on its way into the ledger. */
export type Acknowledgement = Stamped;

/** One movement for each line of the event. */
export function movementsOf(event: StockEvent, facility: number, index: number): Movement[] {
  const stamped = stamp(event, facility, index);
  return event.lines.map((line) => ({ ...stamped, line }));
}

/** The acknowledgement that a shipment-acknowledged event is. */
export function acknowledgementOf(event: StockEvent, facility: number, index: number): Acknowledgement {
  return stamp(event, facility, index);
}

function stamp(event: StockEvent, facility: number, index: number): Stamped {
  const received = Date.parse(event.receivedAt);
  const occurred = event.occurredAt === null ? received : Date.parse(event.occurredAt);
  const clockSkew = occurred > received + CLOCK_AHEAD_MS_MAX;
  return {
    event,
    facility,
    index,
    occurredAt: new Date(clockSkew ? received : occurred).toISOString(),
    clockSkew,
    content: contentDigest(event).slice(0, CONTENT_DIGITS),
  };
}
