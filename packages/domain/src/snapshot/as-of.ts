// Reset flow, staging: when was a snapshot true? The answer decides which sales it already contains (R4, R5), so where
// it came from is kept and shown, and a time ahead of the clock refuses the file.
import { Temporal } from "temporal-polyfill";
import { isKeepable } from "../instants.ts";
import { FileRefused } from "./refusals.ts";

/** Where a snapshot's `asOf` came from, in the order in which the sources are asked. */
export type AsOfFrom = "row" | "manifest" | "name" | "mtime";

/** How far a snapshot's time may lie ahead of ours before its file is refused. */
const AS_OF_AHEAD_MAX_MS = 5 * 60_000;

/** The time of a whole file. */
export interface FileAsOf {
  /** UTC ISO time with milliseconds. Rows with a time of their own override it. */
  readonly asOf: string;
  readonly asOfFrom: AsOfFrom;
  /** What somebody should know about how the time was read, such as a local time that occurs twice; else null. */
  readonly note: string | null;
}

interface AsOfSources {
  /** File name without folders. */
  readonly name: string;
  readonly modifiedAtMs: number;
  /** The manifest's `asOf`, already in UTC. */
  readonly manifestAsOf?: string | undefined;
  /** True when the file has a time column: then `asOfFrom` is "row", and the time found here holds for rows whose cell is empty. */
  readonly rowsCarryAsOf: boolean;
  /** IANA name of the zone in which stamps without `Z` are read (`RESET_TIME_ZONE`). */
  readonly timeZone: string;
  readonly nowMs: number;
}

/**
 * Finds a file's time: its manifest, else the stamp in its name, else its modification time.
 * @throws FileRefused AS_OF_IN_FUTURE when it lies more than five minutes after `nowMs`
 */
export function fileAsOf(sources: AsOfSources): FileAsOf {
  const found = firstSource(sources);
  const where = { row: "", manifest: "its manifest", name: "the stamp in its name", mtime: "its modification time" }[
    found.asOfFrom
  ];
  refuseFuture(found.asOf, sources.nowMs, `${sources.name}, by ${where}`);
  return sources.rowsCarryAsOf ? { ...found, asOfFrom: "row" } : found;
}

function firstSource({ name, modifiedAtMs, manifestAsOf, timeZone }: AsOfSources): FileAsOf {
  if (manifestAsOf !== undefined) return { asOf: manifestAsOf, asOfFrom: "manifest", note: null };
  const stamp = stampInName(name, timeZone);
  if (stamp) return { ...stamp, asOfFrom: "name" };
  return { asOf: new Date(modifiedAtMs).toISOString(), asOfFrom: "mtime", note: null };
}

/**
 * Throws when a time lies more than five minutes after `nowMs`. `of` names whose time it is.
 * @throws FileRefused AS_OF_IN_FUTURE
 */
export function refuseFuture(asOf: string, nowMs: number, of: string): void {
  if (Date.parse(asOf) <= nowMs + AS_OF_AHEAD_MAX_MS) return;
  throw new FileRefused(
    "AS_OF_IN_FUTURE",
    `The snapshot says that it was true at ${asOf} (${of}), but it is only ${new Date(nowMs).toISOString()}. Check the clock and the time zone of the system that makes the file, and send it again with the right time.`,
  );
}

/** The longest way to write an instant, with nine decimals and the name of a zone, needs some seventy characters. */
const INSTANT_LENGTH_MAX = 128;

/** Reads an ISO date and time that carries a zone (`Z` or an offset) into UTC ISO with milliseconds; undefined when it is not one that can be kept. */
export function parseInstant(text: string): string | undefined {
  if (text.length > INSTANT_LENGTH_MAX) return undefined;
  try {
    const ms = Temporal.Instant.from(text).epochMilliseconds;
    return isKeepable(ms) ? new Date(ms).toISOString() : undefined;
  } catch {
    return undefined;
  }
}

const STAMP = /(?<!\d)(\d{4})(\d{2})(\d{2})([T-])(\d{2})(\d{2})(\d{2})(Z?)(?![\dZ])/g;

/**
 * The first valid stamp in a file name: `YYYYMMDDTHHMMSSZ` is UTC, `YYYYMMDD-HHMMSS` (or with `T` but without `Z`) is
 * local time in `timeZone`. A local time that a clock change skips means the time as far after the change (02:30 is
 * read as 03:30); one that occurs twice means the first of the two. Both are said in `note`, because an hour's worth
 * of sales hangs on it. Undefined when the name has no valid stamp.
 */
export function stampInName(name: string, timeZone: string): { asOf: string; note: string | null } | undefined {
  for (const [text, year, month, day, , hour, minute, second, utc] of name.matchAll(STAMP)) {
    const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
    if (utc === "Z") {
      const asOf = parseInstant(`${iso}Z`);
      if (asOf !== undefined) return { asOf, note: null };
      continue;
    }
    const local = localTime(iso);
    if (local) return fromLocal(local, timeZone, text);
  }
  return undefined;
}

function localTime(iso: string): Temporal.PlainDateTime | undefined {
  try {
    return Temporal.PlainDateTime.from(iso, { overflow: "reject" });
  } catch {
    return undefined;
  }
}

function fromLocal(
  local: Temporal.PlainDateTime,
  timeZone: string,
  stamp: string,
): { asOf: string; note: string | null } {
  const first = local.toZonedDateTime(timeZone, { disambiguation: "earlier" });
  const second = local.toZonedDateTime(timeZone, { disambiguation: "later" });
  const zoned = local.toZonedDateTime(timeZone, { disambiguation: "compatible" });
  const asOf = new Date(zoned.epochMilliseconds).toISOString();
  if (first.epochMilliseconds === second.epochMilliseconds) return { asOf, note: null };
  const skipped = !zoned.toPlainDateTime().equals(local);
  const note = skipped
    ? `the local time ${stamp} does not exist in ${timeZone} (the clock goes forward); read as ${asOf}`
    : `the local time ${stamp} occurs twice in ${timeZone} (the clock goes back); read as the first, ${asOf}`;
  return { asOf, note: `${note}. Stamps in UTC, such as 20261123T040000Z, avoid this.` };
}
