// A sender's own way to write the time into a file's name, as a mapping names it: read whole or not at all.
import fc from "fast-check";
import { expect, test } from "vitest";
import { nameStampFault, readNameStamp } from "../src/index.ts";

const zone = "America/New_York";

test.each([
  ["stock_23112026040000.csv", "ddMMyyyyHHmmss", "2026-11-23T09:00:00.000Z"],
  ["S001_23112026040000.txt", "ddMMyyyyHHmmss", "2026-11-23T09:00:00.000Z"],
  ["231126-0400.csv", "ddMMyy-HHmm", "2026-11-23T09:00:00.000Z"],
  ["2026-11-23_04-00-00.csv", "yyyy-MM-dd_HH-mm-ss", "2026-11-23T09:00:00.000Z"],
  ["onhand 20261123T040000.123+0300.csv", "yyyyMMddTHHmmss.SSSX", "2026-11-23T01:00:00.123Z"],
  ["onhand-20261123040000Z.csv", "yyyyMMddHHmmssX", "2026-11-23T04:00:00.000Z"],
  ["20261123-0400-full.csv", "yyyyMMdd-HHmm", "2026-11-23T09:00:00.000Z"],
  ["99999999-9999_20261123-0400.csv", "yyyyMMdd-HHmm", "2026-11-23T09:00:00.000Z"],
])("%s is read by %s as %s", (name, pattern, asOf) => {
  expect(readNameStamp(name, pattern, zone)).toEqual({ asOf, note: null });
});

test.each([
  ["stock.csv", "ddMMyyyyHHmmss"],
  ["stock_231120260400001.csv", "ddMMyyyyHHmmss"],
  ["stock_123112026040000.csv", "ddMMyyyyHHmmss"],
  ["stock_20261123040000.csv", "ddMMyyyyHHmmss"],
  ["stock_31022026040000.csv", "ddMMyyyyHHmmss"],
  ["stock_23112026040000Z.csv", "ddMMyyyyHHmmss"],
  ["20261123-0400+0300.csv", "yyyyMMdd-HHmm"],
  ["20261123-040000.csv", "yyyyMMdd-HHmm"],
  ["20261123T0400.csv", "yyyyMMddTHHmmX"],
  [`${"a".repeat(255)}20261123-0400.csv`, "yyyyMMdd-HHmm"],
])("%s has no stamp by %s", (name, pattern) => {
  expect(readNameStamp(name, pattern, zone)).toBeUndefined();
});

test("a local time that occurs twice is read as the first, and said so", () => {
  const twice = readNameStamp("01112026013000.csv", "ddMMyyyyHHmmss", zone);
  expect(twice?.asOf).toBe("2026-11-01T05:30:00.000Z");
  expect(twice?.note).toContain("occurs twice");
});

test.each([
  ["", /the year once/],
  ["yyyyMMdd", /has no HH/],
  ["yyyyMMddHHmm yy", /the year once/],
  ["yyyyMMddHHmmdd", /dd twice/],
  ["yyyyMMddHHmmSSS", /SSS without ss/],
  ["yyyyMMddhhmmss", /"h"/],
  ["yyyy1MMddHHmm", /"1"/],
  ["(yyyy".repeat(20), /at most 40/],
])("the pattern %j is refused in words", (pattern, words) => {
  expect(nameStampFault(pattern)).toMatch(words);
  expect(() => readNameStamp("20261123-0400.csv", pattern, zone)).toThrow(RangeError);
});

test("whatever time is written by a pattern, in whatever surroundings, is read to the millisecond", () => {
  const anyTime = fc.date({
    min: new Date("2000-01-01T00:00:00Z"),
    max: new Date("2099-12-31T23:59:59.999Z"),
    noInvalidDate: true,
  });
  const beside = fc.stringMatching(/^[a-z_ .é-]{0,8}$/);
  const order = fc.shuffledSubarray(["yyyy", "MM", "dd", "HH", "mm", "ss", "SSS"], { minLength: 7, maxLength: 7 });
  fc.assert(
    fc.property(
      anyTime,
      beside,
      beside,
      order,
      fc.constantFrom("", "-", "_", "T"),
      (time, before, after, fields, between) => {
        const [yyyy = "", MM = "", dd = "", HH = "", mm = "", ss = "", SSS = ""] = time.toISOString().split(/\D/);
        const values: Record<string, string> = { yyyy, MM, dd, HH, mm, ss, SSS };
        const name = `${before}${fields.map((field) => values[field]).join(between)}${after}`;
        fc.pre(!/^z(?![a-zé])/.test(after));
        expect(readNameStamp(name, fields.join(between), "UTC")?.asOf).toBe(time.toISOString());
      },
    ),
  );
});

test("of any text and any pattern comes a time that can be kept, nothing, or a refusal of the pattern", () => {
  const pattern = fc
    .array(fc.constantFrom("yyyy", "yy", "MM", "dd", "HH", "mm", "ss", "SSS", "X", "T", "-", "'", "a"))
    .map((all) => all.join(""));
  const name = fc.array(fc.constantFrom("2026", "11", "0", "Z", "+03", "-", "T", "x")).map((all) => all.join(""));
  fc.assert(
    fc.property(name, pattern, (text, by) => {
      if (nameStampFault(by) !== undefined) return;
      const asOf = readNameStamp(text, by, zone)?.asOf;
      expect(asOf === undefined || new Date(asOf).toISOString() === asOf).toBe(true);
    }),
  );
});
