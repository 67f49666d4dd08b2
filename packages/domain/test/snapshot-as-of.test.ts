// When a snapshot was true, and where that was learned.
import { expect, test } from "vitest";
import { countAsOf, FileRefused, fileAsOf, stampInName } from "../src/index.ts";

const nowMs = Date.parse("2026-11-23T10:00:00Z");
const file = {
  name: "onhand.csv",
  modifiedAtMs: Date.parse("2026-11-23T09:30:00Z"),
  timeZone: "UTC",
  nowMs,
};

test("the manifest comes first, then the name, then the modification time", () => {
  const stamped = { ...file, name: "onhand_20261123T040000Z.csv" };
  expect(fileAsOf({ ...stamped, manifestAsOf: "2026-11-23T03:59:00.000Z" })).toEqual({
    asOf: "2026-11-23T03:59:00.000Z",
    asOfFrom: "manifest",
    note: null,
  });
  expect(fileAsOf(stamped)).toEqual({ asOf: "2026-11-23T04:00:00.000Z", asOfFrom: "name", note: null });
  expect(fileAsOf(file)).toEqual({ asOf: "2026-11-23T09:30:00.000Z", asOfFrom: "mtime", note: null });
});

test.each([
  ["all", { newest: "2026-11-21T14:00:00.000Z", without: 0 }, "2026-11-21T14:00:00.000Z", "row"],
  ["some", { newest: "2026-11-21T14:00:00.000Z", without: 1 }, "2026-11-23T09:30:00.000Z", "mtime"],
  ["none", { newest: "", without: 2 }, "2026-11-23T09:30:00.000Z", "mtime"],
  ["no rows, or no column", { newest: "", without: 0 }, "2026-11-23T09:30:00.000Z", "mtime"],
])(
  "of rows of which %s have their own time the count was true at the newest, or when the file says",
  (_, times, asOf, asOfFrom) => {
    expect(countAsOf(times, fileAsOf(file))).toEqual({ asOf, asOfFrom, note: null });
  },
);

test("five minutes ahead of now is taken, a millisecond more refuses the file with both times", () => {
  expect(fileAsOf({ ...file, modifiedAtMs: nowMs + 300_000 }).asOf).toBe("2026-11-23T10:05:00.000Z");
  const ahead = () => fileAsOf({ ...file, modifiedAtMs: nowMs + 300_001 });
  expect(ahead).toThrow(FileRefused);
  expect(ahead).toThrow(/2026-11-23T10:05:00\.001Z.*modification time.*2026-11-23T10:00:00\.000Z/);
});

test.each([
  ["onhand_20261123T040000Z.csv", "2026-11-23T04:00:00.000Z"],
  ["20261123-040000.csv.gz", "2026-11-23T09:00:00.000Z"],
  ["store-20260701-040000-full.csv", "2026-07-01T08:00:00.000Z"],
  ["onhand-20261123T040000.csv", "2026-11-23T09:00:00.000Z"],
  ["99999999-999999_20261123T040000Z.csv", "2026-11-23T04:00:00.000Z"],
])("in New York the stamp in %s is %s", (name, asOf) => {
  expect(stampInName(name, "America/New_York")).toEqual({ asOf, note: null });
});

test.each([
  "onhand.csv",
  "onhand_20261123.csv",
  "onhand_20261345-040000.csv",
  "20261123-250000.csv",
  "120261123-040000.csv",
  "20261123-0400001.csv",
])("%s has no stamp", (name) => {
  expect(stampInName(name, "America/New_York")).toBeUndefined();
});

test("a local time that the clock skips is read as far after the change, and said so", () => {
  const skipped = stampInName("20260308-023000.csv", "America/New_York");
  expect(skipped?.asOf).toBe("2026-03-08T07:30:00.000Z");
  expect(skipped?.note).toContain("does not exist");
});

test("a local time that occurs twice is read as the first, and said so", () => {
  const twice = stampInName("20261101-013000.csv", "America/New_York");
  expect(twice?.asOf).toBe("2026-11-01T05:30:00.000Z");
  expect(twice?.note).toContain("occurs twice");
});

test.each([
  ["2026-11-23T09:00:40Z", true],
  ["2026-11-23T08:56:00Z", true],
  ["2026-11-23T13:04:00Z", true],
  ["2026-11-23T09:06:00Z", false],
  ["2026-11-23T08:30:00Z", false],
  ["2026-11-23T08:02:00Z", false],
  ["2026-11-23T07:00:00Z", false],
  ["2026-11-24T07:30:00Z", false],
  ["2026-11-24T08:00:00Z", true],
  ["2026-11-25T08:00:00Z", false],
])("a file of 08:00 that is first seen at %s: is its time doubted? %s", (firstSeen, isDoubted) => {
  const modifiedAtMs = Date.parse("2026-11-23T08:00:00Z");
  const { note } = fileAsOf({ ...file, modifiedAtMs, firstSeenMs: Date.parse(firstSeen) });
  expect(note !== null).toBe(isDoubted);
  if (isDoubted) expect(note).toMatch(/almost exactly (?:1|5|24) hours? before the file was first seen/);
});

test.each([
  ["2026-11-19T07:00:00Z", "4 days"],
  ["1970-01-01T00:00:00Z", "20,780 days"],
])("a modification time of %s is doubted as %s old", (modified, days) => {
  const { note } = fileAsOf({ ...file, modifiedAtMs: Date.parse(modified), firstSeenMs: nowMs });
  expect(note).toMatch(new RegExp(`is ${days} before the file was first seen .* revert this reset`));
});

test("a stamp or a manifest is not doubted for the file's modification time", () => {
  const shifted = { ...file, modifiedAtMs: nowMs - 3_600_000, firstSeenMs: nowMs };
  expect(fileAsOf({ ...shifted, name: "onhand_20261123T040000Z.csv" }).note).toBeNull();
  expect(fileAsOf({ ...shifted, manifestAsOf: "2026-11-23T03:59:00.000Z" }).note).toBeNull();
});
