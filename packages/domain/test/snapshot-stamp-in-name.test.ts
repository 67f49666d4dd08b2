// The stamp in a file's name is read whole or not at all: milliseconds, an offset or a word behind it are never cut off.
import fc from "fast-check";
import { expect, test } from "vitest";
import { fileAsOf, stampInName } from "../src/index.ts";

const zone = "America/New_York";

test.each([
  ["20261123T040000.123Z.csv", "2026-11-23T04:00:00.123Z"],
  ["20261123T040000,123456Z.csv", "2026-11-23T04:00:00.123Z"],
  ["20261123T040000.123.csv", "2026-11-23T09:00:00.123Z"],
  ["20261123T040000+0300.csv", "2026-11-23T01:00:00.000Z"],
  ["20261123T040000.123+0300.csv", "2026-11-23T01:00:00.123Z"],
  ["20261123T040000+03.csv", "2026-11-23T01:00:00.000Z"],
  ["20261123T040000-0500.csv", "2026-11-23T09:00:00.000Z"],
  ["20261123-040000+0530.csv", "2026-11-22T22:30:00.000Z"],
  ["20261123t040000z.csv", "2026-11-23T04:00:00.000Z"],
  ["20261123-040000_UTC.csv", "2026-11-23T04:00:00.000Z"],
  ["20261123-040000GMT.csv", "2026-11-23T04:00:00.000Z"],
  ["20261123-040000-0012.csv", "2026-11-23T09:00:00.000Z"],
  ["20261123-040000-01.csv", "2026-11-23T09:00:00.000Z"],
  ["20261123-040000_S001.csv.gz", "2026-11-23T09:00:00.000Z"],
  ["20261123-040000.6f9b7f0e-1c7c-4e0e-9b1a-2d1c5f3f0a11.csv", "2026-11-23T09:00:00.000Z"],
  ["20261123-040000-0500_20261123T090000Z.csv", "2026-11-23T09:00:00.000Z"],
])("%s is %s", (name, asOf) => {
  expect(stampInName(name, zone)).toEqual({ asOf, note: null });
});

test.each([
  "23112026040000.csv",
  "2026-11-23_04-00-00.csv",
  "20261123-0400.csv",
  "20261123_040000.csv",
  "20261123040000.csv",
  "1795406400.csv",
  "1795406400000.csv",
  "20261123-040000-0500.csv",
  "20261123T040000-05.csv",
  "20261123-040000PM.csv",
  "20261123-040000-pm.csv",
  "20261123-040000EST.csv",
  "20261123T040000+9900.csv",
])("%s is not read, and the file's report says so", (name) => {
  expect(stampInName(name, zone)).toBeUndefined();
  const modifiedAtMs = Date.parse("2026-11-23T09:30:00Z");
  const found = fileAsOf({ name, modifiedAtMs, timeZone: zone, nowMs: modifiedAtMs });
  expect(found).toMatchObject({ asOfFrom: "mtime", note: expect.stringContaining("not in a way that is read") });
});

test.each(["onhand.csv", "onhand-12.csv", "onhand_20261123.csv", "stock.8123456.csv"])(
  "%s seems to say no time",
  (name) => {
    const modifiedAtMs = Date.parse("2026-11-23T09:30:00Z");
    expect(fileAsOf({ name, modifiedAtMs, timeZone: zone, nowMs: modifiedAtMs }).note).toBeNull();
  },
);

test("whatever is written with a fraction and an offset is read as that instant, or not at all", () => {
  const time = fc.date({
    min: new Date("2000-01-01T00:00:00Z"),
    max: new Date("2099-12-31T00:00:00Z"),
    noInvalidDate: true,
  });
  const quarters = fc.integer({ min: -56, max: 56 });
  fc.assert(
    fc.property(time, quarters, fc.constantFrom("T", "-"), fc.boolean(), (at, quarter, between, withFraction) => {
      const local = new Date(at.getTime() + quarter * 900_000).toISOString();
      const [date = "", clock = ""] = local.split("T");
      const minutes = Math.abs(quarter * 15);
      const two = (value: number) => String(value).padStart(2, "0");
      const offset = `${quarter < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`;
      const seconds = clock.slice(0, 8).replaceAll(":", "");
      const name = `x_${date.replaceAll("-", "")}${between}${seconds}${withFraction ? clock.slice(8, 12) : ""}${offset}.csv`;
      const ms = withFraction ? at.getTime() : Math.floor(at.getTime() / 1000) * 1000;
      const found = stampInName(name, zone);
      if (found === undefined) expect(between === "-" && quarter < 0).toBe(true);
      else expect(found.asOf).toBe(new Date(ms).toISOString());
    }),
  );
});
