// Times as people say them, in one time zone.

/** The numbers of an instant in a time zone (IANA name), two digits each, and the zone's short name: "EST". */
export function zonedParts(at: Date, timeZone: string): Partial<Record<Intl.DateTimeFormatPartTypes, string>> {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      hourCycle: "h23",
      timeZoneName: "short",
    });
    formats.set(timeZone, format);
  }
  return Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
}

const formats = new Map<string, Intl.DateTimeFormat>();

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** A time as people say it: "10:02" today, "27 Nov 10:02" on another day, "27 Nov 2025 10:02" in another year. @param now decides what today is */
export function saidTime(at: Date, timeZone: string, now: Date): string {
  const [part, today] = [zonedParts(at, timeZone), zonedParts(now, timeZone)];
  const clock = `${part.hour}:${part.minute}`;
  const isThisYear = part.year === today.year;
  if (isThisYear && part.month === today.month && part.day === today.day) return clock;
  const date = `${Number(part.day)} ${MONTHS[Number(part.month) - 1]}`;
  return `${date}${isThisYear ? "" : ` ${part.year}`} ${clock}`;
}

/** The same for where no page says which zone it is: "10:02 EST". */
export function saidTimeInZone(at: Date, timeZone: string, now: Date): string {
  return `${saidTime(at, timeZone, now)} ${zonedParts(at, timeZone).timeZoneName}`;
}

/** A time within a stored message: ISO with its offset, as a word of its own. */
export const timeInMessage =
  /(?<![\w.:-])\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)(?![\w-]|\.\w)/g;

/** A stored message with its times as people say them, but for those of commands, which stand between backticks and are to be copied. */
export function messageInZone(text: string, timeZone: string, now: Date): string {
  const told = (part: string) =>
    part.replace(timeInMessage, (iso) =>
      Number.isNaN(Date.parse(iso)) ? iso : saidTimeInZone(new Date(iso), timeZone, now),
    );
  return text
    .split("`")
    .map((part, index) => (index % 2 === 1 ? part : told(part)))
    .join("`");
}
