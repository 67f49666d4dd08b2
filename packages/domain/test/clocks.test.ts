// Which lags are a wrong clock, and which are a till that was offline or a line that is slow.
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { type ClockWindow, clockEvidence, clockFault, clockWrong, minutesText, offsetSuggested } from "../src/index.ts";

const minute = 60_000;
const hour = 60 * minute;

const window = (changed: Partial<ClockWindow>): ClockWindow => ({
  ...{ facilityId: "S014", events: 10, absorbed: 0, lagMinMs: 800, lagMaxMs: 4_000, offsetMinutes: 0 },
  ...{ since: new Date("2026-11-28T10:00:00Z"), lastAt: new Date("2026-11-28T10:20:00Z") },
  ...{ allEvents: 40, allAbsorbed: 0, allMinutes: 300, lateEvents: 0, zoneEvents: 0, zoneSlots: 0, zoneHalfHours: 0 },
  ...changed,
});
const lags = (fromMs: number, toMs: number, more: Partial<ClockWindow> = {}) =>
  window({ lagMinMs: fromMs, lagMaxMs: toMs, ...more });

const oneTill = (more: Partial<ClockWindow>) =>
  lags(800, 6 * hour + 4_000, { zoneEvents: 20, zoneSlots: 9, zoneHalfHours: 12, lateEvents: 22, ...more });

test.each([
  ["a till that is right", lags(800, 4_000), undefined],
  ["local time six hours west said to be UTC", lags(6 * hour, 6 * hour + 4_000), "zone"],
  ["… of a till that sends every four minutes", lags(6 * hour, 6 * hour + 4 * minute), "zone"],
  ["three hours east", lags(-3 * hour, -3 * hour + 4_000), "zone"],
  ["India", lags(-5.5 * hour, -5.5 * hour + 4_000), "zone"],
  ["too few to say", lags(6 * hour, 6 * hour + 4_000, { events: 9 }), undefined],
  ["a clock that is three days and some slow", lags(76 * hour + 17 * minute, 76 * hour + 18 * minute), "clock"],
  ["a clock that is 47 minutes ahead", lags(-47 * minute, -46 * minute), "clock"],
  ["a clock that is four minutes ahead", lags(-4 * minute, -3 * minute), undefined],
  ["a till that sends every half hour", lags(20_000, 30 * minute), undefined],
  ["a line that takes 20 minutes", lags(20 * minute, 21 * minute), undefined],
  ["a till that was offline for a day", lags(2_000, 26 * hour, { absorbed: 9 }), undefined],
  ["… of which all was absorbed", lags(2 * hour, 26 * hour, { allAbsorbed: 40, allMinutes: 10 }), undefined],
  ["hours of sales, and none counted", lags(2 * hour, 26 * hour, { allAbsorbed: 40 }), "absorbed"],
  ["… but one", lags(2 * hour, 26 * hour, { allAbsorbed: 39 }), undefined],
  ["one of two tills six hours west", oneTill({}), "till"],
  ["… that sold too little to say", oneTill({ zoneEvents: 9 }), undefined],
  ["… all within twenty minutes", oneTill({ zoneSlots: 2 }), undefined],
  ["… beside many that are late by other times", oneTill({ lateEvents: 26 }), undefined],
  ["… of a store whose times are corrected", oneTill({ offsetMinutes: 360 }), undefined],
  ["an offset that corrects it", lags(6 * hour, 6 * hour + 4_000, { offsetMinutes: 360 }), undefined],
  ["an offset that a clock change has made wrong", lags(5 * hour, 5 * hour + 4_000, { offsetMinutes: 360 }), "zone"],
  ["an offset of a till that was put right", lags(500, 4_000, { offsetMinutes: 360 }), "zone"],
])("%s", (_what, seen, fault) => {
  expect(clockFault(seen)).toBe(fault);
});

describe("whatever the lags", () => {
  const seconds = (max: number) => fc.integer({ min: 0, max });

  it("a till that was offline, whose lags shrink toward the present, is no wrong clock", () => {
    const offline = fc.array(seconds(72 * 3600), { minLength: 10, maxLength: 40 });
    fc.assert(
      fc.property(offline, (ages) => {
        const ms = ages.map((age) => age * 1000);
        const [lagMinMs, lagMaxMs] = [Math.min(...ms), Math.max(...ms)];
        fc.pre(lagMaxMs - lagMinMs > 5 * minute);
        const absorbed = ages.length;
        const burst = { events: absorbed, absorbed, allEvents: absorbed, allAbsorbed: absorbed, allMinutes: 10 };
        expect(clockFault(lags(lagMinMs, lagMaxMs, burst))).toBeUndefined();
      }),
    );
  });

  it("a store that is slow by less than 25 minutes is none", () => {
    fc.assert(
      fc.property(seconds(24 * 60), seconds(3 * 60), (lag, spread) => {
        expect(clockFault(lags(lag * 1000, (lag + spread) * 1000))).toBeUndefined();
      }),
    );
  });

  it("steady whole and half hours are one, on either side, until an offset of just that corrects them", () => {
    const halfHours = fc.integer({ min: -28, max: 28 }).filter((count) => count !== 0);
    fc.assert(
      fc.property(halfHours, seconds(170), seconds(120), (count, delay, spread) => {
        const lagMinMs = count * 30 * minute + delay * 1000;
        const seen = lags(lagMinMs, lagMinMs + spread * 1000);
        expect(clockFault(seen)).toBe("zone");
        expect(offsetSuggested(seen, "zone")).toBe(count * 30);
        expect(clockFault({ ...seen, offsetMinutes: count * 30 })).toBeUndefined();
      }),
    );
  });
});

describe("the alarm", () => {
  it("says what was seen, why it may be, and what to do", () => {
    const seen = lags(6 * hour, 6 * hour + 4_000, { absorbed: 9 });
    expect(clockEvidence(seen, "zone")).toBe(
      "the last 10 sales of S014 arrived 6 h after they say they happened, 9 of 10 were absorbed",
    );
    const { key, message, facilityId } = clockWrong(seen, "zone", "UTC");
    expect({ key, facilityId }).toEqual({ key: "clock-wrong:S014", facilityId: "S014" });
    expect(message).toContain("its till may send local time as UTC");
    expect(message).toContain("ops -- facilities clock S014");
  });

  it("says of one till among several that an offset is no help", () => {
    const { message } = clockWrong(oneTill({}), "till", "UTC");
    expect(message).toContain(
      "20 of 40 sales of S014 in 5 h arrived 6 h after they say they happened, the others at once",
    );
    expect(message).toContain("would shift the other tills");
  });

  it("says of an offset that no longer fits to end it", () => {
    const seen = lags(500, 4_000, { offsetMinutes: 360 });
    expect(clockWrong(seen, "zone", "UTC").message).toContain("set it to 0");
  });

  it.each([
    [0, "0 min"],
    [-330, "5 h 30 min"],
    [360, "6 h"],
    [4577, "3 d 4 h 17 min"],
  ])("writes %d minutes as %s", (minutes, text) => {
    expect(minutesText(minutes)).toBe(text);
  });
});
