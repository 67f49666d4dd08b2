// Several sources of counts in one database: what one of them sends says nothing of the others. And one file a store.
import {
  claimRuns,
  deadlineKept,
  failedResets,
  missingFacilities,
  newestRunDueAt,
  openReset,
  seenBefore,
} from "@inventory-sync/db";
import { deadlineWindows, filesRefused } from "@inventory-sync/domain";
import { readMornings } from "@inventory-sync/operator";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { insertFacilityReset, insertReset, type OpenTestDatabase, openFresh } from "./support.ts";

let database: OpenTestDatabase;
beforeAll(async () => {
  database = await openFresh();
});
beforeEach(() => database.pool.query("truncate facility_reset, reset, scheduled_run cascade"));
afterAll(() => database.drop());

interface Given {
  readonly at: string;
  readonly stores?: readonly string[];
  readonly source?: string;
  readonly file?: string;
  readonly by?: string;
  readonly refused?: string;
  readonly open?: boolean;
}

async function reset(given: Given): Promise<string> {
  const { at, stores = [], source = "default", file = "stock.csv", by = "ann", refused, open = false } = given;
  const state = open ? "staging" : refused === undefined ? "completed" : "failed";
  const id = await insertReset(database, { file, state, createdAt: at, finishedAt: open ? null : at });
  const values = [id, source, by, refused ?? null, at];
  await database.pool.query(
    "update reset set source = $2, requested_by = $3, outcome = $4, touched_at = $5 where id = $1",
    values,
  );
  for (const facilityId of stores) {
    await database.pool.query("insert into facility (facility_id) values ($1) on conflict do nothing", [facilityId]);
    await insertFacilityReset(database, { resetId: id, facilityId, state: "applied" });
  }
  return id;
}

const deadlines = { times: ["06:00"], timeZone: "UTC" };
const missing = async (at: string, source = "default") => {
  const now = new Date(at);
  const mornings = deadlineWindows(deadlines, now, 16);
  return (await missingFacilities(database, now, { source, mornings })).map(({ facilityId }) => facilityId);
};

describe("one file for each store", () => {
  const day = async (date: string, stores: readonly string[]) => {
    for (const [index, store] of stores.entries())
      await reset({ at: `${date}T04:0${index}:00Z`, stores: [store], file: `${store}.csv` });
  };

  it("makes no store missing whose file came the same morning, also when the next evening has begun", async () => {
    await day("2026-11-22", ["S001", "S002", "S003"]);
    for (const at of ["2026-11-22T04:30:00Z", "2026-11-22T06:30:00Z", "2026-11-22T19:00:00Z", "2026-11-23T05:00:00Z"])
      expect(await missing(at), at).toEqual([]);
  });

  it("makes those missing whose file has not come, once the deadline has passed", async () => {
    await day("2026-11-22", ["S001", "S002", "S003"]);
    await day("2026-11-23", ["S001"]);
    expect(await missing("2026-11-23T05:59:00Z")).toEqual([]);
    expect(await missing("2026-11-23T06:01:00Z")).toEqual(["S002", "S003"]);
    expect(await missing("2026-11-23T20:00:00Z")).toEqual(["S002", "S003"]);
    await reset({ at: "2026-11-23T09:00:00Z", stores: ["S002"], file: "S002.csv" });
    expect(await missing("2026-11-23T09:01:00Z")).toEqual(["S003"]);
  });

  it("makes a store missing at once that stood yesterday in a file with stores of today", async () => {
    await reset({ at: "2026-11-22T04:00:00Z", stores: ["S001", "S002"] });
    await reset({ at: "2026-11-23T04:00:00Z", stores: ["S001"] });
    expect(await missing("2026-11-23T04:01:00Z")).toEqual(["S002"]);
  });
});

describe("several sources", () => {
  it("miss only stores of their own, and none that another has counted since", async () => {
    await reset({ at: "2026-11-22T04:00:00Z", stores: ["N1", "N2"], source: "north" });
    await reset({ at: "2026-11-22T05:00:00Z", stores: ["S1"], source: "south" });
    expect(await missing("2026-11-22T07:00:00Z", "north")).toEqual([]);
    expect(await missing("2026-11-22T07:00:00Z", "south")).toEqual([]);
    await reset({ at: "2026-11-23T04:00:00Z", stores: ["N1"], source: "north" });
    expect(await missing("2026-11-23T07:00:00Z", "north")).toEqual(["N2"]);
    await reset({ at: "2026-11-23T05:00:00Z", stores: ["S1", "N2"], source: "south" });
    expect(await missing("2026-11-23T07:00:00Z", "north")).toEqual([]);
  });

  it("keep deadlines and mornings of their own", async () => {
    await reset({ at: "2026-11-22T04:00:00Z", stores: ["N1"], source: "north" });
    await reset({ at: "2026-11-22T04:00:00Z", stores: ["S1"], source: "south" });
    await reset({ at: "2026-11-23T04:00:00Z", stores: ["N1"], source: "north", file: "north.csv" });
    const passed = { deadline: new Date("2026-11-23T06:00:00Z"), opens: new Date("2026-11-22T18:00:00Z") };
    expect(await deadlineKept(database, passed, "north")).toMatchObject({
      accepted: true,
      lastAccepted: { file: "north.csv" },
    });
    expect(await deadlineKept(database, passed, "south")).toMatchObject({ inUse: true, accepted: false });
    expect(await deadlineKept(database, passed, "west")).toMatchObject({ inUse: false });
    const today = async (source: string) =>
      (await readMornings(database, deadlines, new Date("2026-11-23T08:00:00Z"), source)).at(-1)?.state;
    expect([await today("north"), await today("south")]).toEqual(["applied", "none"]);
  });

  it("may send files of one name at once, and the same bytes", async () => {
    const file = { name: "stock.csv", size: 1, modifiedAt: new Date("2026-11-23T04:00:00Z") };
    const open = (source: string) => openReset(database, { ...file, source }, { requestedBy: "ann" });
    const [north, south] = [await open("north"), await open("south")];
    expect([north.already, south.already, (await open("south")).already]).toEqual([false, false, true]);
    await database.pool.query(
      "update reset set sha256 = 'abc', as_of = $2, state = 'completed', finished_at = created_at where id = $1",
      [north.resetId, file.modifiedAt],
    );
    const stamp = { sha256: "abc", asOf: file.modifiedAt, asOfFrom: "mtime", timeZone: "UTC" };
    expect(await seenBefore(database, { ...stamp, resetId: south.resetId })).toBeUndefined();
    const again = await open("north");
    expect(await seenBefore(database, { ...stamp, resetId: again.resetId })).toMatchObject({ id: north.resetId });
  });

  it("have runs of their own at the same time", async () => {
    const dueAt = new Date("2026-11-01T05:30:00Z");
    const key = (source: string) => `2026-11-01T01:30[America/New_York] of ${source}`;
    const claim = (source: string) => claimRuns(database, [{ runKey: key(source), dueAt }], source);
    expect([await claim("north"), await claim("south"), await claim("north")].map(({ length }) => length)).toEqual([
      1, 1, 0,
    ]);
    expect(await newestRunDueAt(database, "south")).toEqual(dueAt);
    expect(await newestRunDueAt(database, "west")).toBeUndefined();
  });
});

it("tells the files that one run refuses together, once the run is over or ten minutes old", async () => {
  const by = "schedule 2026-11-23T04:00[UTC]";
  const refuse = (index: number) =>
    reset({ at: `2026-11-23T04:00:${10 + index}Z`, file: `S${index}.txt`, by, refused: "MISSING_COLUMN: no facility" });
  for (const index of Array.from({ length: 40 }, (_, each) => each)) await refuse(index);
  const open = await reset({ at: "2026-11-23T04:00:55Z", by, open: true });
  const failed = (at: string) => failedResets(database, new Date(at));
  expect((await failed("2026-11-23T04:02:00Z")).every(({ isRunOpen }) => isRunOpen)).toBe(true);
  expect((await failed("2026-11-23T04:11:00Z")).some(({ isRunOpen }) => isRunOpen)).toBe(false);
  await database.pool.query("update reset set finished_at = created_at, state = 'completed' where id = $1", [open]);
  const [first, ...others] = await failed("2026-11-23T04:02:00Z");
  expect([first?.run, first?.isRunOpen, others.length]).toEqual([by, false, 39]);
  if (!first) return;
  const told = filesRefused([first, ...others], "UTC");
  expect(told).toMatchObject({ key: `file-refused:${first.resetId}`, size: 40 });
  expect(told.message).toMatch(
    /^40 files of one run were refused .*: S0\.txt, S1\.txt, .* and 35 more\. Of S0\.txt: MISSING_COLUMN/,
  );
});
