// Times: those that can be kept; when daily runs are due (RESET_AT, RESET_TIME_ZONE) and by when a snapshot must have been accepted
// (RESET_DEADLINE), as instants. Computed by calendar date and not by a cron expression, which skips or doubles a run on the days the
// clocks change.
import { Temporal } from "temporal-polyfill";
import { z } from "zod";

// The database reads ISO text, which has four digits for a year and no year 0000.
const FIRST_MS = Date.parse("0001-01-01T00:00:00Z");
const LAST_MS = Date.parse("9999-12-31T23:59:59.999Z");

/** Whether a time, ms since 1970, lies in the years 0001 to 9999 of UTC. A zone can move a date out of them. */
export function isKeepable(ms: number): boolean {
  return ms >= FIRST_MS && ms <= LAST_MS;
}

/** One date and time of the schedule. */
export interface DueTime {
  /** Local date, time and zone, e.g. "2026-11-23T04:00[America/New_York]": what makes the run unique. */
  readonly runKey: string;
  readonly dueAt: Date;
}

/** A schedule: local times "HH:MM" and the IANA name of their zone. */
export interface Schedule {
  readonly times: readonly string[];
  readonly timeZone: string;
}

/** Comma-separated local times of the day, e.g. "04:00" or "04:00,13:30"; sorted, each once. */
export const timesOfDay = z
  .string()
  .transform((text) => [...new Set(text.split(",").map((time) => time.trim()))].sort())
  .refine((times) => times.every((time) => /^([01]\d|2[0-3]):[0-5]\d$/.test(time)), {
    error: 'must be local times such as "04:00" or "04:00,13:30"',
  });

/** An IANA time zone name, e.g. "America/New_York" or "UTC". */
export const timeZoneName = z.string().refine(isTimeZone, {
  error: 'must be the IANA name of a time zone, such as "UTC" or "America/New_York"',
});

function isTimeZone(name: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}

/** A system that was down for longer than this catches up once all the same; older dates are not even counted. */
const LOOK_BACK_DAYS_MAX = 31;

/**
 * The due times after one instant and up to another, oldest first. Each date and time is there once: a time that the
 * clock skips that day is due as much later (02:30 at 03:30), one that comes twice is due the first time.
 */
export function dueTimes(
  schedule: Schedule,
  { after, until }: { readonly after: Date; readonly until: Date },
): DueTime[] {
  const last = localDate(until, schedule.timeZone);
  const earliest = last.subtract({ days: LOOK_BACK_DAYS_MAX });
  // A skipped midnight moves into its own day, so one day of margin is enough on this side.
  const first = localDate(after, schedule.timeZone).subtract({ days: 1 });
  const due: DueTime[] = [];
  let date = Temporal.PlainDate.compare(first, earliest) < 0 ? earliest : first;
  for (; Temporal.PlainDate.compare(date, last) <= 0; date = date.add({ days: 1 })) {
    for (const time of schedule.times) due.push(dueTime(date, time, schedule.timeZone));
  }
  return due
    .filter(({ dueAt }) => dueAt > after && dueAt <= until)
    .sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime() || (a.runKey < b.runKey ? -1 : 1));
}

/** The newest due time at or before an instant. */
export function lastDueTime(schedule: Schedule, at: Date): DueTime | undefined {
  const twoDaysBefore = new Date(at.getTime() - 2 * 86_400_000);
  return dueTimes(schedule, { after: twoDaysBefore, until: at }).at(-1);
}

export interface PassedDeadline {
  readonly deadline: Date;
  /**
   * A reset counts for this deadline when it began at or after this time: half-way from the deadline before it. So
   * yesterday's file that came late, or was run again in the morning, is not taken for today's, while one that is run
   * the evening before is.
   */
  readonly opens: Date;
}

/** The newest deadline at or before an instant; undefined when none of the last days is. */
export function passedDeadline(deadlines: Schedule, at: Date): PassedDeadline | undefined {
  const newest = lastDueTime(deadlines, at);
  if (!newest) return undefined;
  const deadline = newest.dueAt;
  const before = lastDueTime(deadlines, new Date(deadline.getTime() - 1));
  if (!before) return undefined;
  return { deadline, opens: new Date((before.dueAt.getTime() + deadline.getTime()) / 2) };
}

/** A deadline, and from when to when a reset that begins counts for it, as of passedDeadline. */
export interface DeadlineWindow extends PassedDeadline {
  readonly closes: Date;
}

/** The windows of deadlines up to the one that an instant lies in, oldest first. @param count at most so many */
export function deadlineWindows(deadlines: Schedule, at: Date, count: number): DeadlineWindow[] {
  const days = (number: number) => new Date(at.getTime() + number * 86_400_000);
  const due = dueTimes(deadlines, { after: days(-count - 3), until: days(3) }).map(({ dueAt }) => dueAt.getTime());
  const between = (one: number, other: number) => new Date(((due[one] ?? 0) + (due[other] ?? 0)) / 2);
  const windows = due.slice(1, -1).map((deadline, index) => ({
    deadline: new Date(deadline),
    opens: between(index, index + 1),
    closes: between(index + 1, index + 2),
  }));
  return windows.filter(({ opens, closes }) => opens <= at && opens < closes).slice(-count);
}

/** The next due time after an instant. */
export function nextDueTime(schedule: Schedule, at: Date): DueTime | undefined {
  return dueTimes(schedule, { after: at, until: new Date(at.getTime() + 2 * 86_400_000) })[0];
}

/** An instant as people of a time zone read it, ISO with the offset and to the second: "2026-11-23T06:00:00-05:00". */
export function localTime(at: Date, timeZone: string): string {
  const zoned = Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(timeZone);
  return zoned.toString({ smallestUnit: "second", timeZoneName: "never" });
}

/** The caller that asked for a reset, as people read it: of a run of the schedule "schedule 2026-11-23 04:00 America/New_York". */
export function askedByWords(requestedBy: string): string {
  return requestedBy.replace(
    /^schedule (\d{4}-\d\d-\d\d)T(\d\d:\d\d)\[([^\]]+)\]( of [a-z0-9-]+)?$/,
    "schedule $1 $2 $3$4",
  );
}

function localDate(at: Date, timeZone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(timeZone).toPlainDate();
}

function dueTime(date: Temporal.PlainDate, time: string, timeZone: string): DueTime {
  const local = date.toPlainDateTime(Temporal.PlainTime.from(time));
  const zoned = local.toZonedDateTime(timeZone, { disambiguation: "compatible" });
  return { runKey: `${date.toString()}T${time}[${timeZone}]`, dueAt: new Date(zoned.epochMilliseconds) };
}
