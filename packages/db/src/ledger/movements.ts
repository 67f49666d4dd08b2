// An event, ready for the ledger's statements: one movement a line, with the clock rule applied (R9).
import { ledgerDigest, type StockEvent } from "@inventory-sync/domain";
import { plainArray, textArray } from "../statements.ts";

/** A source's clock may be this far ahead of the time of receipt before the time of receipt is taken instead (R9). */
const CLOCK_AHEAD_MS_MAX = 5 * 60_000;

/**
 * How the times that a facility's tills say are corrected: the ms since 1970 from which on an event must have been received, and
 * the ms to add, oldest first. Null for a facility of which nobody has said so.
 */
export type TimeOffsets = readonly (readonly [fromMs: number, addMs: number])[] | null;

interface Stamped {
  readonly occurredAt: string;
  readonly clockSkew: boolean;
  /** What the till said, where that was corrected. */
  readonly saidAt: string | null;
}

/** An acknowledgement of a shipment on its way into the ledger. */
export type Acknowledgement = ReturnType<typeof acknowledgementOf>;

/** The acknowledgement that a shipment-acknowledged event is. @param index the event's place in its batch */
export function acknowledgementOf(event: StockEvent, facility: number, index: number) {
  // It comes from whoever ships, not from the facility's tills.
  return { event, facility, index, content: ledgerDigest(event), ...stamp(event, null) };
}

/** A line of an event, with what it has in common with the others of its event. */
interface Movement extends Stamped {
  readonly event: StockEvent;
  readonly facility: number;
  readonly line: StockEvent["lines"][number];
  readonly content: string;
}

/** Lines of many events, column by column, as `apply_movements.sql` takes them. */
export class MovementColumns {
  /** The place in the batch of the event that each line belongs to. */
  readonly places: number[] = [];
  readonly #movements: Movement[] = [];
  readonly #archived: readonly number[];

  /** @param archived facilities (facility.id) whose archive was looked at for these events */
  constructor(archived: readonly number[] = []) {
    this.#archived = archived;
  }

  /**
   * Adds one movement for each line of the event. @param facility its facility.id and time offsets @param index the event's place in its batch
   * @param content its digest, or the one that the ledger has where it is known to be the same event @param except lines that are left out
   */
  add(
    event: StockEvent,
    facility: { readonly id: number; readonly offsets: TimeOffsets },
    index: number,
    { content, except }: { readonly content: string; readonly except?: ReadonlySet<number> | undefined },
  ): void {
    const { occurredAt, clockSkew, saidAt } = stamp(event, facility.offsets);
    for (const line of event.lines) {
      if (except?.has(line.line)) continue;
      this.places.push(index);
      this.#movements.push({ event, facility: facility.id, line, content, occurredAt, clockSkew, saidAt });
    }
  }

  values(): string[] {
    const movements = this.#movements;
    const isCorrected = movements.some(({ saidAt }) => saidAt !== null);
    return [
      plainArray(movements, ({ facility }) => facility),
      textArray(movements, ({ event }) => event.eventId),
      plainArray(movements, ({ line }) => line.line),
      textArray(movements, ({ line }) => line.idType),
      textArray(movements, ({ line }) => line.idValue),
      plainArray(movements, ({ event }) => event.type),
      textArray(movements, ({ line }) => line.quantity),
      plainArray(movements, ({ occurredAt }) => occurredAt),
      plainArray(movements, ({ clockSkew }) => clockSkew),
      plainArray(movements, ({ content }) => content),
      textArray(movements, ({ event }) => event.reason ?? null),
      isCorrected ? textArray(movements, ({ saidAt }) => saidAt) : "{}",
      plainArray(this.#archived, (facility) => facility),
    ];
  }
}

/** "2026-11-23T04:00:00.000Z": times that have it compare as texts do. */
const TIME_LENGTH = 24;

function stamp(event: StockEvent, offsets: TimeOffsets): Stamped {
  const { occurredAt, receivedAt } = event;
  // Nearly all come so, written by fromWire: no need to read the time and to write it again.
  const isPlain = occurredAt?.length === TIME_LENGTH && receivedAt.length === TIME_LENGTH;
  if (offsets === null && isPlain && occurredAt <= receivedAt) return { occurredAt, clockSkew: false, saidAt: null };
  const received = Date.parse(receivedAt);
  const addMs = occurredAt === null ? 0 : correctionMs(event, { offsets, received });
  const occurred = occurredAt === null ? received : Date.parse(occurredAt) + addMs;
  const clockSkew = occurred > received + CLOCK_AHEAD_MS_MAX;
  const saidAt = addMs === 0 ? null : occurredAt;
  return { occurredAt: new Date(clockSkew ? received : occurred).toISOString(), clockSkew, saidAt };
}

/** What is added to the time that a till says, by the offset that was in force when its event was received. */
function correctionMs(
  { type }: StockEvent,
  { offsets, received }: { readonly offsets: TimeOffsets; readonly received: number },
): number {
  if (offsets === null || type === "shipment") return 0;
  return offsets.findLast(([fromMs]) => fromMs <= received)?.[1] ?? 0;
}
