// The same bytes again: when they are the same count, and when a new one (docs/snapshot-files.md).
import { seenBefore } from "@inventory-sync/db";
import { afterAll, beforeAll, expect, test } from "vitest";
import { insertReset, type OpenTestDatabase, openFresh } from "./support.ts";

const sha256 = "a".repeat(64);
let newReset: string;
let database: OpenTestDatabase;
beforeAll(async () => {
  database = await openFresh();
  const [id, at] = [await insertReset(database, { file: "stock.csv", state: "completed" }), "2026-11-23T02:00:00Z"];
  await database.pool.query("update reset set sha256 = $2, as_of = $3, as_of_from = 'mtime' where id = $1", [
    id,
    sha256,
    at,
  ]);
  newReset = await insertReset(database, { file: "stock.csv" });
});
afterAll(() => database.drop());

test.each([
  ["put there again in the same morning", "mtime", "2026-11-23T05:00:00Z", "UTC", "a duplicate"],
  ["put there again in the afternoon", "mtime", "2026-11-23T23:00:00Z", "UTC", "a duplicate"],
  ["put there anew the next night", "mtime", "2026-11-24T01:50:00Z", "UTC", "a new count"],
  [
    "put there anew when it is the next day in the store's zone alone",
    "mtime",
    "2026-11-23T16:00:00Z",
    "Asia/Tokyo",
    "a new count",
  ],
  [
    "put there shortly after the midnight of the store's zone",
    "mtime",
    "2026-11-23T06:00:00Z",
    "America/New_York",
    "a duplicate",
  ],
  ["put there with an older time", "mtime", "2026-11-20T02:00:00Z", "UTC", "a duplicate"],
  ["with another stamp in its name", "name", "2026-11-23T02:30:00Z", "UTC", "a new count"],
  ["with a manifest of the same time", "manifest", "2026-11-23T02:00:00Z", "UTC", "a duplicate"],
  ["with times in its rows, which are the same", "row", "2026-11-30T02:00:00Z", "UTC", "a duplicate"],
])("the same bytes %s (%s, %s, %s) are %s", async (_what, asOfFrom, asOf, timeZone, right) => {
  const seen = await seenBefore(database, { resetId: newReset, sha256, asOf: new Date(asOf), asOfFrom, timeZone });
  expect(seen === undefined ? "a new count" : "a duplicate").toBe(right);
});
