// What names in the inbox say, and the names that files get.
import { expect, test } from "vitest";
import { archiveFolder, isPlainFileName, snapshotNameTest, uniqueName } from "../src/index.ts";

const isSnapshot = snapshotNameTest("*.csv, *.csv.gz,*.txt");

test.each([
  "onhand.csv",
  "ONHAND.CSV",
  "a b.csv.gz",
  "x.txt",
  "onhand.csv.rejects.csv",
  "Mon Nov 23 2026 04:00:00 GMT-InventoryItemExport.csv",
])("%s is a snapshot", (name) => {
  expect(isSnapshot(name)).toBe(true);
});

test.each([
  ...["onhand.csv.part", "onhand.csv.tmp", "onhand.csv.FILEPART", ".onhand.csv", "onhand.csvx", "onhand.xlsx", "csv"],
  ...["onhand.csv.manifest.json", "onhand.csv.sha256", "onhand.csv.reason.txt"],
])("%s is not", (name) => {
  expect(isSnapshot(name)).toBe(false);
});

test("even a glob for everything takes no uploads in progress and no sidecars, and its characters mean themselves", () => {
  const all = snapshotNameTest("*");
  expect(["a", "a.csv.part", "a.sha256", "a.manifest.json"].filter(all)).toEqual(["a"]);
  expect(["on+hand.1", "onnhand.1", "on+hand11"].filter(snapshotNameTest("on+hand.?"))).toEqual(["on+hand.1"]);
  expect(snapshotNameTest("")("a.csv")).toBe(false);
});

test.each([
  ["onhand.csv", "onhand.42.csv"],
  ["onhand.csv.gz", "onhand.42.csv.gz"],
  ["onhand", "onhand.42"],
  ["a.b.txt", "a.b.42.txt"],
])("%s becomes unique as %s and is still a snapshot's name", (name, unique) => {
  expect(uniqueName(name, "42")).toBe(unique);
});

test("an archived file lies under its date", () => {
  expect(archiveFolder("2026-11-03")).toBe("archive/2026/11/03");
  expect(uniqueName("a.csv", "../42")).toBe("a.---42.csv");
  expect(() => archiveFolder("03.11.2026")).toThrow(RangeError);
});

test.each(["", ".", "..", "../a.csv", "a/b.csv", "a\\b.csv", "a\u0000.csv", "a\n.csv", "ü".repeat(128)])(
  "%j is no plain file name",
  (name) => {
    expect(isPlainFileName(name)).toBe(false);
  },
);
