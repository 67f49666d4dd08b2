// When daily runs are due: local times of the day in one time zone (RESET_AT, RESET_TIME_ZONE), as instants. Computed by
// calendar date and not by a cron expression, which skips or doubles a run on the days the clocks change.
import { Temporal } from "temporal-polyfill";
import { z } from "zod";

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

/** An instant as people of a time zone read it, ISO with the offset and to the second: "2026-11-23T06:00:00-05:00". */
export function localTime(at: Date, timeZone: string): string {
  const zoned = Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(timeZone);
  return zoned.toString({ smallestUnit: "second", timeZoneName: "never" });
}

/** Who asked for a reset, as people read it: of a run of the schedule "schedule 2026-11-23 04:00 America/New_York". */
export function askedByWords(requestedBy: string): string {
  return requestedBy.replace(/^schedule (\d{4}-\d\d-\d\d)T(\d\d:\d\d)\[(.+)\]$/, "schedule $1 $2 $3");
}

function localDate(at: Date, timeZone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(timeZone).toPlainDate();
}

function dueTime(date: Temporal.PlainDate, time: string, timeZone: string): DueTime {
  const local = date.toPlainDateTime(Temporal.PlainTime.from(time));
  const zoned = local.toZonedDateTime(timeZone, { disambiguation: "compatible" });
  return { runKey: `${date.toString()}T${time}[${timeZone}]`, dueAt: new Date(zoned.epochMilliseconds) };
}
