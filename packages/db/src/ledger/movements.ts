// An event, ready for the ledger's statements: one movement a line, with the clock rule applied (R9).
import { contentDigest, type StockEvent } from "@inventory-sync/domain";
import { plainArray, textArray } from "./array-literals.ts";

/** A source's clock may be this far ahead of the time of receipt before the time of receipt is taken instead (R9). */
const CLOCK_AHEAD_MS_MAX = 5 * 60_000;

/** Hex digits of the content digest that the ledger keeps: 16 bytes. */
const CONTENT_DIGITS = 32;

interface Stamped {
  readonly occurredAt: string;
  readonly clockSkew: boolean;
  readonly content: string;
}

/** An acknowledgement of a shipment on its way into the ledger. */
export interface Acknowledgement extends Stamped {
  readonly event: StockEvent;
  /** facility.id */
  readonly facility: number;
  /** The event's place in its batch. */
  readonly index: number;
}

/** The acknowledgement that a shipment-acknowledged event is. */
export function acknowledgementOf(event: StockEvent, facility: number, index: number): Acknowledgement {
  return { event, facility, index, ...stamp(event) };
}

/** Lines of many events, column by column, as `apply_movements.sql` takes them. */
export class MovementColumns {
  /** The place in the batch of the event that each line belongs to. */
  readonly places: number[] = [];
  readonly #facilities: number[] = [];
  readonly #eventIds: string[] = [];
  readonly #lines: number[] = [];
  readonly #idTypes: string[] = [];
  readonly #idValues: string[] = [];
  readonly #types: string[] = [];
  readonly #quantities: string[] = [];
  readonly #times: string[] = [];
  readonly #skews: boolean[] = [];
  readonly #contents: string[] = [];
  readonly #reasons: (string | null)[] = [];

  /** Adds one movement for each line of the event. @param facility facility.id @param index the event's place in its batch */
  add(event: StockEvent, facility: number, index: number): void {
    const { occurredAt, clockSkew, content } = stamp(event);
    for (const { line, idType, idValue, quantity } of event.lines) {
      this.places.push(index);
      this.#facilities.push(facility);
      this.#eventIds.push(event.eventId);
      this.#lines.push(line);
      this.#idTypes.push(idType);
      this.#idValues.push(idValue);
      this.#types.push(event.type);
      this.#quantities.push(quantity);
      this.#times.push(occurredAt);
      this.#skews.push(clockSkew);
      this.#contents.push(content);
      this.#reasons.push(event.reason ?? null);
    }
  }

  /** The statement's parameters. */
  values(): string[] {
    return [
      plainArray(this.#facilities),
      textArray(this.#eventIds),
      plainArray(this.#lines),
      textArray(this.#idTypes),
      textArray(this.#idValues),
      plainArray(this.#types),
      textArray(this.#quantities),
      plainArray(this.#times),
      plainArray(this.#skews),
      plainArray(this.#contents),
      textArray(this.#reasons),
    ];
  }
}

/** "2026-11-23T04:00:00.000Z": times that have it compare as texts do. */
const TIME_LENGTH = 24;

function stamp(event: StockEvent): Stamped {
  const content = contentDigest(event).slice(0, CONTENT_DIGITS);
  const { occurredAt, receivedAt } = event;
  // Nearly all come so, written by fromWire: no need to read the time and to write it again.
  const isPlain = occurredAt?.length === TIME_LENGTH && receivedAt.length === TIME_LENGTH;
  if (isPlain && occurredAt <= receivedAt) return { occurredAt, clockSkew: false, content };
  const received = Date.parse(receivedAt);
  const occurred = occurredAt === null ? received : Date.parse(occurredAt);
  const clockSkew = occurred > received + CLOCK_AHEAD_MS_MAX;
  return { occurredAt: new Date(clockSkew ? received : occurred).toISOString(), clockSkew, content };
}
