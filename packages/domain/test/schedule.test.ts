// The daily schedule: one due time for each date and time, on the days the clocks change as on all others. What the local
// clock shows is asked of Intl, which the code under test does not use.
import {
  askedByWords,
  type DueTime,
  dueTimes,
  lastDueTime,
  nextDueTime,
  type Schedule,
  timesOfDay,
  timeZoneName,
} from "@inventory-sync/domain";
import { afterEach, describe, expect, test } from "vitest";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const zones = ["America/New_York", "Europe/London", "America/Santiago", "Australia/Sydney", "Asia/Kolkata", "UTC"];
/** Midnight, every half hour in which one of these zones changes its clocks, and both ends of the day. */
const times = ["00:00", "00:30", "01:00", "01:30", "02:00", "02:30", "03:00", "04:00", "12:00", "23:30"];
const firstDay = Date.UTC(2026, 0, 1);
const lastDay = Date.UTC(2027, 11, 31);

const formats = new Map<string, Intl.DateTimeFormat>();

/** What a clock on the wall shows: "2026-11-01T01:30". */
function wallClock(at: Date, timeZone: string): string {
  const format =
    formats.get(timeZone) ?? new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" });
  formats.set(timeZone, format);
  return format.format(at).replace(" ", "T");
}

/** Asks as a worker does that looks again every few hours: what came due since the newest run on record. */
function runOfTwoYears(schedule: Schedule, everyMs: number): DueTime[] {
  const due: DueTime[] = [];
  let newest = new Date(firstDay - 2 * DAY_MS);
  for (let now = firstDay - DAY_MS; now <= lastDay + 2 * DAY_MS; now += everyMs) {
    const found = dueTimes(schedule, { after: newest, until: new Date(now) });
    due.push(...found);
    newest = found.at(-1)?.dueAt ?? newest;
  }
  return due;
}

function datesOfTwoYears(): string[] {
  const dates: string[] = [];
  for (let day = firstDay; day <= lastDay; day += DAY_MS) dates.push(new Date(day).toISOString().slice(0, 10));
  return dates;
}

/** Local times that no instant of that date shows, or that two do, found by walking through the day in half hours. */
function oddTimes(date: string, timeZone: string): Map<string, number> {
  const shown = new Map<string, number>();
  const middle = Date.parse(`${date}T12:00:00Z`);
  for (let at = middle - 30 * HOUR_MS; at <= middle + 30 * HOUR_MS; at += HOUR_MS / 2) {
    const wall = wallClock(new Date(at), timeZone);
    shown.set(wall, (shown.get(wall) ?? 0) + 1);
  }
  return new Map(
    times.flatMap((time) => {
      const count = shown.get(`${date}T${time}`) ?? 0;
      return count === 1 ? [] : [[time, count] as const];
    }),
  );
}

describe.each(zones)("a daily schedule in %s, 2026 to 2027", (timeZone) => {
  const due = runOfTwoYears({ times, timeZone }, 7 * HOUR_MS);
  const dates = datesOfTwoYears();

  test("has each date and time exactly once", () => {
    const keys = due.map((each) => each.runKey).filter((key) => key.slice(0, 10) >= "2026-01-01" && key < "2028");
    const wanted = dates.flatMap((date) => times.map((time) => `${date}T${time}[${timeZone}]`));
    expect([...keys].sort()).toEqual(wanted.sort());
  });

  test("is due when the wall shows that time; as much later where the clock skips it, the first time where it comes twice", () => {
    const byKey = new Map(due.map((each) => [each.runKey, each.dueAt]));
    const wrong = dates.flatMap((date) => {
      const odd = oddTimes(date, timeZone);
      return times.flatMap((time) => {
        const dueAt = byKey.get(`${date}T${time}[${timeZone}]`) ?? new Date(0);
        const count = odd.get(time) ?? 1;
        const shows = wallClock(dueAt, timeZone);
        const wanted = count === 0 ? wallLater(`${date}T${time}`, HOUR_MS) : `${date}T${time}`;
        const isFirst = wallClock(new Date(dueAt.getTime() - HOUR_MS), timeZone) !== shows;
        return shows === wanted && isFirst ? [] : [`${date}T${time}: ${dueAt.toISOString()}, the wall shows ${shows}`];
      });
    });
    expect(wrong).toEqual([]);
  });

  test("gives the same answer to a worker that looks every quarter of an hour around the clock changes", () => {
    const changes = dates.filter((date) => oddTimes(date, timeZone).size > 0);
    for (const date of changes) {
      const start = Date.parse(`${date}T00:00:00Z`) - DAY_MS;
      const often: string[] = [];
      for (let at = start; at < start + 3 * DAY_MS; at += HOUR_MS / 4) {
        const found = dueTimes({ times, timeZone }, { after: new Date(at), until: new Date(at + HOUR_MS / 4) });
        often.push(...found.map((each) => each.runKey));
      }
      const atOnce = dueTimes({ times, timeZone }, { after: new Date(start), until: new Date(start + 3 * DAY_MS) });
      expect(often.sort()).toEqual(atOnce.map((each) => each.runKey).sort());
    }
    const changesAYear = timeZone === "UTC" || timeZone === "Asia/Kolkata" ? 0 : 2;
    expect(changes).toHaveLength(2 * changesAYear);
  });
});

describe("whatever zone the hosts are in", () => {
  const newYork = { timeZone: "America/New_York" };
  const before = process.env.TZ;
  afterEach(() => {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  });

  test.each(["Asia/Tokyo", "UTC", "America/New_York"])(
    "a worker on a host in %s that starts between the two 01:30s finds the run of that day made, and none of its own",
    (host) => {
      process.env.TZ = host;
      const startedAt = new Date("2026-11-01T06:05:00Z");
      expect(startedAt.getHours()).toBe({ "Asia/Tokyo": 15, UTC: 6, "America/New_York": 1 }[host]);
      const made = { runKey: "2026-11-01T01:30[America/New_York]", dueAt: new Date("2026-11-01T05:30:00Z") };
      const schedule = { times: ["01:30"], ...newYork };
      expect(lastDueTime(schedule, startedAt)).toEqual(made);
      expect(dueTimes(schedule, { after: made.dueAt, until: new Date("2026-11-02T06:00:00Z") })).toEqual([]);
      expect(nextDueTime(schedule, startedAt)?.dueAt.toISOString()).toBe("2026-11-02T06:30:00.000Z");
    },
  );
});

function wallLater(wall: string, ms: number): string {
  return new Date(Date.parse(`${wall}:00Z`) + ms).toISOString().slice(0, 16);
}

describe("the days the clocks change", () => {
  test.each([
    {
      timeZone: "America/New_York",
      key: "2026-03-08T02:30",
      dueAt: "2026-03-08T07:30:00.000Z",
      what: "skipped: 03:30",
    },
    {
      timeZone: "America/New_York",
      key: "2026-11-01T01:30",
      dueAt: "2026-11-01T05:30:00.000Z",
      what: "the first 01:30",
    },
    { timeZone: "Europe/London", key: "2027-03-28T01:30", dueAt: "2027-03-28T01:30:00.000Z", what: "skipped: 02:30" },
    { timeZone: "Europe/London", key: "2026-10-25T01:30", dueAt: "2026-10-25T00:30:00.000Z", what: "the first 01:30" },
    {
      timeZone: "America/Santiago",
      key: "2026-09-06T00:00",
      dueAt: "2026-09-06T04:00:00.000Z",
      what: "no midnight: 01:00",
    },
    {
      timeZone: "America/Santiago",
      key: "2026-04-04T23:30",
      dueAt: "2026-04-05T02:30:00.000Z",
      what: "the first 23:30",
    },
    {
      timeZone: "Australia/Sydney",
      key: "2026-10-04T02:30",
      dueAt: "2026-10-03T16:30:00.000Z",
      what: "skipped: 03:30",
    },
    { timeZone: "Asia/Kolkata", key: "2026-10-04T02:30", dueAt: "2026-10-03T21:00:00.000Z", what: "half an hour off" },
  ])("$timeZone $key is due at $dueAt ($what)", ({ timeZone, key, dueAt }) => {
    const around = Date.parse(dueAt);
    const schedule = { times: [key.slice(11)], timeZone };
    const due = dueTimes(schedule, { after: new Date(around - 12 * HOUR_MS), until: new Date(around + 6 * HOUR_MS) });
    expect(due).toEqual([{ runKey: `${key}[${timeZone}]`, dueAt: new Date(dueAt) }]);
  });
});

describe("asking what is due", () => {
  const schedule = { times: ["04:00", "13:30"], timeZone: "UTC" };
  const at = (text: string) => new Date(text);
  const keys = (due: readonly DueTime[]) => due.map(({ runKey }) => runKey);

  test("a due time is due at its very instant, and not again after it", () => {
    const due = at("2026-11-23T04:00:00Z");
    expect(keys(dueTimes(schedule, { after: at("2026-11-23T03:59:59.999Z"), until: due }))).toEqual([
      "2026-11-23T04:00[UTC]",
    ]);
    expect(dueTimes(schedule, { after: due, until: at("2026-11-23T13:29:59.999Z") })).toEqual([]);
  });

  test("what was missed for days comes oldest first", () => {
    const missed = dueTimes(schedule, { after: at("2026-11-20T04:00:00Z"), until: at("2026-11-22T05:00:00Z") });
    expect(keys(missed)).toEqual([
      ...["2026-11-20T13:30[UTC]", "2026-11-21T04:00[UTC]", "2026-11-21T13:30[UTC]", "2026-11-22T04:00[UTC]"],
    ]);
  });

  test("years of downtime are answered by a bounded list that ends with the newest", () => {
    const missed = dueTimes(schedule, { after: at("2019-01-01T00:00:00Z"), until: at("2026-11-23T09:00:00Z") });
    expect(missed.length).toBeLessThan(100);
    expect(missed.at(-1)?.runKey).toBe("2026-11-23T04:00[UTC]");
  });

  test("a clock that went back asks for nothing", () => {
    expect(dueTimes(schedule, { after: at("2026-11-23T13:30:00Z"), until: at("2026-11-23T02:00:00Z") })).toEqual([]);
  });

  test("the newest due time is today's, or yesterday's before the first of today", () => {
    expect(lastDueTime(schedule, at("2026-11-23T09:00:00Z"))?.runKey).toBe("2026-11-23T04:00[UTC]");
    expect(lastDueTime(schedule, at("2026-11-23T03:59:00Z"))?.runKey).toBe("2026-11-22T13:30[UTC]");
  });
});

describe("RESET_AT and RESET_TIME_ZONE", () => {
  test.each([
    ["04:00", ["04:00"]],
    ["13:30, 04:00", ["04:00", "13:30"]],
    ["04:00,04:00", ["04:00"]],
    ["00:00,23:59", ["00:00", "23:59"]],
  ])("%j is read as %j", (text, read) => {
    expect(timesOfDay.parse(text)).toEqual(read);
  });

  test.each(["", "4:00", "24:00", "04:60", "04:00:00", "04.00", "04:00,", "noon", "0 4 * * *"])(
    "%j is refused",
    (text) => {
      expect(timesOfDay.safeParse(text).success).toBe(false);
    },
  );

  test.each(["UTC", "America/New_York", "Asia/Kolkata"])("%s is a time zone", (name) => {
    expect(timeZoneName.parse(name)).toBe(name);
  });

  test.each(["", "New York", "Mars/Olympus", "America/"])("%j is none", (name) => {
    expect(timeZoneName.safeParse(name).success).toBe(false);
  });
});

test("who asked for a reset is told in words, with the schedule's zone", () => {
  const [due] = dueTimes(
    { times: ["04:00"], timeZone: "America/New_York" },
    { after: new Date("2026-11-23T00:00:00Z"), until: new Date("2026-11-23T23:00:00Z") },
  );
  expect(askedByWords(`schedule ${due?.runKey}`)).toBe("schedule 2026-11-23 04:00 America/New_York");
  for (const other of ["operator olga", "operator schedule 2026-11-23T04:00[UTC]", "schedule", ""])
    expect(askedByWords(other)).toBe(other);
});
