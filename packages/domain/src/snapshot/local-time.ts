// A stamp's date and time as an instant: a local one is read in a zone, where a clock change may skip it or let it come twice.
import { Temporal } from "temporal-polyfill";
import { isKeepable } from "../schedule.ts";

export interface ReadStamp {
  /** UTC ISO time with milliseconds. */
  readonly asOf: string;
  /** What an operator should know about how it was read; else null. */
  readonly note: string | null;
}

/** The parts of a stamp as they stand in it. */
export interface StampParts {
  readonly text: string;
  /** ISO date and time without a zone: "2026-11-23T04:00:00.123". */
  readonly local: string;
  /** "Z" or an offset such as "+0300"; undefined where the stamp is local time. */
  readonly offset?: string | undefined;
}

/**
 * Reads a stamp's parts, a local time in `timeZone` (IANA name). A local time that a clock change skips means the time as
 * far after the change (02:30 is read as 03:30); one that occurs twice means the first of the two. Both are said in
 * `note`, because an hour's worth of sales hangs on it. Undefined when there is no such date or time, or none that can be kept.
 */
export function readStamp({ text, local, offset }: StampParts, timeZone: string): ReadStamp | undefined {
  try {
    if (offset !== undefined) return kept(Temporal.Instant.from(`${local}${offset}`).epochMilliseconds);
    return fromLocal(Temporal.PlainDateTime.from(local, { overflow: "reject" }), timeZone, text);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function kept(ms: number, note: string | null = null): ReadStamp | undefined {
  return isKeepable(ms) ? { asOf: new Date(ms).toISOString(), note } : undefined;
}

function fromLocal(local: Temporal.PlainDateTime, timeZone: string, stamp: string): ReadStamp | undefined {
  const first = local.toZonedDateTime(timeZone, { disambiguation: "earlier" });
  const second = local.toZonedDateTime(timeZone, { disambiguation: "later" });
  const zoned = local.toZonedDateTime(timeZone, { disambiguation: "compatible" });
  const found = kept(zoned.epochMilliseconds);
  if (!found || first.epochMilliseconds === second.epochMilliseconds) return found;
  const skipped = !zoned.toPlainDateTime().equals(local);
  const note = skipped
    ? `the local time ${stamp} does not exist in ${timeZone} (the clock goes forward); read as ${found.asOf}`
    : `the local time ${stamp} occurs twice in ${timeZone} (the clock goes back); read as the first, ${found.asOf}`;
  return { ...found, note: `${note}. Stamps in UTC, such as 20261123T040000Z, avoid this.` };
}
