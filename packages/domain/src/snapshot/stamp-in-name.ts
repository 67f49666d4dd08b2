// Flow 2, staging: the stamp that a file's name has by itself, without a mapping that says how to read it. What stands behind it
// belongs to it: milliseconds, a zone. A stamp that cannot be read whole is no stamp.
import { type ReadStamp, readStamp } from "./local-time.ts";

const STAMP = /(?<!\d)(\d{4})(\d{2})(\d{2})([T-])(\d{2})(\d{2})(\d{2})(?!\d)/gi;
const NAME_LENGTH_MAX = 255;

/**
 * The first valid stamp in a file name: `YYYYMMDDTHHMMSSZ` is UTC (so is `UTC` or `GMT` in place of `Z`), `…+0300` has that
 * offset, `YYYYMMDD-HHMMSS` (or with `T`, without a zone) is local time in `timeZone` (IANA name); each may have a fraction
 * of a second, `.123`. How local times of a clock change are read says `readStamp`. Undefined when the name has no valid stamp, or
 * only one that goes on in a way that is not understood.
 */
export function stampInName(name: string, timeZone: string): ReadStamp | undefined {
  // What is longer is no name that a file could have, and what stands behind each of its stamps is looked at.
  if (name.length > NAME_LENGTH_MAX) return undefined;
  for (const match of name.matchAll(STAMP)) {
    const [text, year, month, day, between, hour, minute, second] = match;
    const tail = tailOf(name.slice(match.index + text.length), between?.toUpperCase() === "T");
    if (tail === undefined) continue;
    const local = `${year}-${month}-${day}T${hour}:${minute}:${second}${tail.fraction}`;
    const stamp = readStamp({ text: text + tail.fraction, local, offset: tail.offset }, timeZone);
    if (stamp) return stamp;
  }
  return undefined;
}

interface Tail {
  /** "" or ".123" */
  readonly fraction: string;
  readonly offset: string | undefined;
}

const FRACTION = /^[.,](\d{3}|\d{6}|\d{9})(?![0-9a-y])/i;
const UTC = /^[-_ ]?(?:Z|UTC|GMT)(?![0-9a-z])/i;
const OFFSET = /^([+-])(\d{2}):?(\d{2})?(?!\d)/;

/** What stands behind a stamp's seconds; undefined when that is not understood. @param isIso the stamp has its `T` */
function tailOf(rest: string, isIso: boolean): Tail | undefined {
  const [fraction = "", digits] = FRACTION.exec(rest) ?? [];
  const zone = rest.slice(fraction.length);
  const read = { fraction: digits === undefined ? "" : `.${digits}` };
  if (UTC.test(zone)) return { ...read, offset: "Z" };
  const [text = "", sign, hours, minutes] = OFFSET.exec(zone) ?? [];
  if (text !== "") {
    if (isOffset({ sign, hours, minutes }, isIso)) return { ...read, offset: `${sign}${hours}${minutes ?? "00"}` };
    if (mayBeOffset({ sign, hours, minutes }, isIso)) return undefined;
  }
  // A word that touches the seconds, or says which half of the day they are of, changes what they mean.
  return /^[a-z]|^[-_ .]?[ap]m(?![a-z])|^\+/i.test(zone) ? undefined : { ...read, offset: undefined };
}

interface Offset {
  readonly sign: string | undefined;
  readonly hours: string | undefined;
  readonly minutes: string | undefined;
}

const OFFSET_HOURS_MAX = 14;

function isPlausible({ hours, minutes }: Offset): boolean {
  return Number(hours) <= OFFSET_HOURS_MAX && Number(minutes ?? 0) % 15 === 0 && Number(minutes ?? 0) < 60;
}

/** `+` is nothing else. `-0500` behind a stamp with `T` is one, as ISO 8601 has it. */
function isOffset(offset: Offset, isIso: boolean): boolean {
  return isPlausible(offset) && (offset.sign === "+" || (isIso && offset.minutes !== undefined));
}

/** `-0500` behind `20261123-040000` may be an offset or a store's number, as may `-05` behind a `T`. */
function mayBeOffset(offset: Offset, isIso: boolean): boolean {
  return isPlausible(offset) && (isIso || offset.minutes !== undefined);
}

/** What else looks like a time: parts in another order or with other separators, seconds since 1970. */
const OTHER_STAMPS = [
  /(?<!\d)(?:\d{8}[-_T]?\d{4}|\d{10}|\d{12,14})(?!\d)/i,
  /(?<!\d)\d{2}(?:\d{2})?[-_.]\d{2}[-_.]\d{2}(?:\d{2})?(?!\d)/,
  /(?<!\d)\d{8}[-_T]\d{6}(?!\d)/i,
];

/** Whether a name seems to say a time in a way that `stampInName` does not read, so that people should be told. */
export function seemsStamped(name: string): boolean {
  return name.length <= NAME_LENGTH_MAX && OTHER_STAMPS.some((stamp) => stamp.test(name));
}
