// Flow 2, step 4: when was a snapshot true? The answer decides which sales it already contains (R4, R5), so where
// it came from is kept and shown, and a time ahead of the clock refuses the file.
import { Temporal } from "temporal-polyfill";
import { isKeepable } from "../schedule.ts";
import { plural } from "../words.ts";
import { FileRefused } from "./faults.ts";
import { readNameStamp } from "./name-stamp.ts";
import { seemsStamped, stampInName } from "./stamp-in-name.ts";

/** Where a snapshot's `asOf` came from, in the order in which the sources are asked. A repair has it from the reset that it corrects. */
export type AsOfFrom = "row" | "manifest" | "name" | "mtime" | "origin";

/** How far a snapshot's time may lie ahead of ours before its file is refused. */
const AS_OF_AHEAD_MAX_MS = 5 * 60_000;

export interface FileAsOf {
  /** UTC ISO time with milliseconds. */
  readonly asOf: string;
  readonly asOfFrom: AsOfFrom;
  /** What an operator should know about how the time was read, such as a local time that occurs twice; else null. */
  readonly note: string | null;
}

interface AsOfSources {
  /** File name without folders. */
  readonly name: string;
  readonly modifiedAtMs: number;
  /** The manifest's `asOf`, already in UTC. */
  readonly manifestAsOf?: string | undefined;
  /** IANA name of the zone in which stamps without `Z` are read (`RESET_TIME_ZONE`). */
  readonly timeZone: string;
  readonly nowMs: number;
  readonly firstSeenMs?: number | undefined;
  /** How the time stands in the names of this source, where it says so; else the usual ways are looked for. */
  readonly nameStamp?: string | undefined;
}

/**
 * Finds the time of a file's rows that have none of their own: its manifest, else the stamp in its name, else its modification time.
 * @throws FileRefused AS_OF_IN_FUTURE when it lies more than five minutes after `nowMs`
 */
export function fileAsOf(sources: AsOfSources): FileAsOf {
  const found = firstSource(sources);
  const where = {
    row: "",
    origin: "",
    manifest: "its manifest",
    name: "the stamp in its name",
    mtime: "its modification time",
  }[found.asOfFrom];
  refuseFuture(found.asOf, sources.nowMs, `${sources.name}, by ${where}`);
  return found;
}

/** The times that rows have of their own. */
export interface RowTimes {
  /** UTC ISO time with milliseconds; empty where no row has one. */
  newest: string;
  /** Rows that have none. */
  without: number;
}

/** When a count was true as a whole: at the newest time of its rows where each has one, else when its file says, which holds for those that have none. */
export function countAsOf({ newest, without }: RowTimes, ofFile: FileAsOf): FileAsOf {
  return newest === "" || without > 0 ? ofFile : { asOf: newest, asOfFrom: "row", note: null };
}

function firstSource({ name, modifiedAtMs, manifestAsOf, timeZone, firstSeenMs, nameStamp }: AsOfSources): FileAsOf {
  if (manifestAsOf !== undefined) return { asOf: manifestAsOf, asOfFrom: "manifest", note: null };
  const stamp = nameStamp === undefined ? stampInName(name, timeZone) : readNameStamp(name, nameStamp, timeZone);
  if (stamp) return { ...stamp, asOfFrom: "name" };
  const notes = [
    nameStamp === undefined ? seemsStamped(name) && UNREAD_STAMP : notStamped(nameStamp),
    firstSeenMs !== undefined && mtimeDoubt(modifiedAtMs, firstSeenMs),
  ];
  const note = notes.filter((each) => typeof each === "string").join(" ") || null;
  return { asOf: new Date(modifiedAtMs).toISOString(), asOfFrom: "mtime", note };
}

const UNREAD_STAMP =
  "The file's name seems to say a time, but not in a way that is read (20261123T040000Z, or 20261123-040000 in the time zone of the counts): so the file's modification time was taken, which an upload may change. Let the export write it so, or send a manifest.";

function notStamped(nameStamp: string): string {
  return `The file's name has no time written as "${nameStamp}", as the mapping of its source says: so the file's modification time was taken, which an upload may change.`;
}

const HOUR_MS = 3_600_000;
/** A file is seen some minutes after it was written, and clocks differ. */
const DOUBT_MS_MAX = 5 * 60_000;
/** A zone is at most so far from UTC; a day is what a wrong date makes of it. */
const DOUBT_HOURS_MAX = 14;
const DAY_HOURS = 24;
/** Nobody sends a count so old on purpose. */
const OLD_DAYS = 3;

/** Why a modification time is doubted that lies whole hours, a day or many days before the file was first seen (both in ms since 1970); undefined when it is not. */
function mtimeDoubt(modifiedAtMs: number, firstSeenMs: number): string | undefined {
  const aheadMs = firstSeenMs - modifiedAtMs;
  const hours = Math.round(aheadMs / HOUR_MS);
  const [modified, seen] = [modifiedAtMs, firstSeenMs].map((ms) => new Date(ms).toISOString());
  if (hours >= OLD_DAYS * DAY_HOURS)
    return (
      `The file's modification time ${modified} is ${plural(Math.floor(hours / DAY_HOURS), "day")} before the file was first seen (${seen}). Either the count is that old, or the upload gave it a wrong time: ` +
      "then each sale since that day is taken off this count once more. If so, revert this reset, and put the time into the file's name (20261123T040000Z) or into a manifest."
    );
  const isShifted = (hours >= 1 && hours <= DOUBT_HOURS_MAX) || hours === DAY_HOURS;
  if (!isShifted || Math.abs(aheadMs - hours * HOUR_MS) > DOUBT_MS_MAX) return undefined;
  return (
    `The file's modification time ${modified} is almost exactly ${plural(hours, "hour")} before the file was first seen (${seen}). If it was written ` +
    "only then, the server or the upload shifts times by a time zone or a clock change, and sales of those hours are taken off twice. Put the time into the file's name (20261123T040000Z) or into a manifest."
  );
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
