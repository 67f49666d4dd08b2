// Names that do not meet: what is found of stores and products that sell under one name and are counted under another, and what is not.
import {
  type Database,
  facilitySide,
  lookAtNames,
  mergeNames,
  nameLook,
  namePairs,
  openDatabase,
  sayNamesDiffer,
} from "@inventory-sync/db";
import { type NamePair, pairNameText } from "@inventory-sync/domain";
import { facilityStock, listFacilities } from "@inventory-sync/operator";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type FreshDatabase, freshDatabase } from "../../../tests/support/index.ts";
import { snapshot } from "./ledger-driver.ts";
import { apply, sale } from "./support.ts";

let fresh: FreshDatabase;
let database: Database;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = openDatabase({ url: fresh.url, name: "test" });
});
beforeEach(() =>
  database.pool.query(
    "truncate facility, product, product_identification, movement, level, facility_snapshot, reset, facility_reset, name_pair, name_look restart identity cascade",
  ),
);
afterAll(async () => {
  await database.close();
  await fresh.drop();
});

const HOUR_MS = 3_600_000;
const hoursAgo = (hours: number) => new Date(Date.now() - hours * HOUR_MS).toISOString();

let events = 0;
const sell = (facilityId: string, sku: string, quantity: number, hours = 1) =>
  apply(database, sale(`E${++events}`, facilityId, sku, quantity, hoursAgo(hours)));
const count = (hours: number, facilityId: string, counts: Record<string, number>) =>
  snapshot(database, { at: hoursAgo(hours), facilityId, counts });

/** Looks, and gives what waits for somebody. */
async function found(kind: NamePair["kind"] | null = null): Promise<NamePair[]> {
  await database.pool.query("update name_look set took_ms = 0");
  expect(await lookAtNames(database, 0)).toBeDefined();
  return (await namePairs(database, { kind, isSaidToDiffer: false, limit: 100 })).map(({ pair }) => pair);
}

const named = (pairs: readonly NamePair[]) => pairs.map(({ a, b }) => `${pairNameText(a)} | ${pairNameText(b)}`);

describe("stores", () => {
  it("are told of when one sells and was never counted, and one of like name is counted and sells nothing", async () => {
    await count(9, "001", { A1: 10, B2: 4 });
    await sell("1", "A1", 1, 3);
    await sell("1", "A1", 2, 2);
    expect(await found()).toMatchObject([
      {
        ...{ kind: "facility", form: "apart", likeness: "zeros", a: { facilityId: "1" }, b: { facilityId: "001" } },
        ...{ unitsOfA: 3, unitsOfB: 14 },
      },
    ]);
  });

  it("are told of when the till took another name and the counted one sold before that", async () => {
    await count(30, "001", { A1: 10 });
    await sell("001", "A1", 1, 20);
    await sell("1", "A1", 1, 2);
    expect(named(await found())).toEqual(["store 1 | store 001"]);
  });

  it("are two when both sell, when both are counted, or when the uncounted one has sold nothing for a week", async () => {
    await count(9, "001", { A1: 10 });
    await sell("1", "A1", 1, 3);
    await sell("001", "A1", 1, 2);
    await count(9, "S-2", { A1: 10 });
    await count(9, "S2", { A1: 10 });
    await sell("S2", "A1", 1);
    await count(9, "S3", { A1: 10 });
    await sell("3", "A1", 1, 24 * 8);
    expect(await found()).toEqual([]);
  });

  it("are not guessed by their number where two would do", async () => {
    await count(9, "S1", { A1: 10 });
    await sell("1", "A1", 1);
    expect(named(await found())).toEqual(["store 1 | store S1"]);
    await count(9, "W1", { A1: 10 });
    expect(await found()).toEqual([]);
  });

  it("are told of when one is counted no more, and one that is counted since has the same counts", async () => {
    const counts = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`A${at}`, at + 1]));
    await count(30, "12", counts);
    await count(30, "13", { ...counts, A1: 40 });
    await count(9, "NYC-FLAGSHIP", counts);
    await count(9, "13", counts);
    await sell("NYC-FLAGSHIP", "A5", 1);
    expect(await found()).toMatchObject([
      {
        ...{ kind: "facility", form: "renamed", likeness: "count", unitsOfA: 78, unitsOfB: 77 },
        ...{ a: { facilityId: "12" }, b: { facilityId: "NYC-FLAGSHIP" } },
      },
    ]);
  });

  it("are two when the new one has other counts, or the old one is counted beside it", async () => {
    const counts = (more: number) => Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`A${at}`, at + more]));
    await count(30, "12", counts(1));
    await count(30, "13", counts(5));
    await count(9, "NEW", counts(5));
    await count(9, "13", counts(5));
    expect(await found()).toEqual([]);
  });

  it("are counted when a count came with the store that was made one with them, and sell what they sold, whatever else changed their levels", async () => {
    await count(9, "GA2", { A1: 10 });
    await count(9, "GB1", { A1: 60 });
    await sell("GA1", "A1", 1, 3);
    const lines = [{ sku: "A1", quantity: 30 }];
    const about = { occurredAt: hoursAgo(2), reason: "found" };
    await apply(database, { eventId: "adj", facilityId: "GA1", type: "adjustment", ...about, lines });
    await found();
    expect((await nameLook(database))?.unmatched.facilities).toMatchObject([{ facilityId: "GA1", units: 1 }]);
    const [from, into] = [await facilitySide(database.pool, "GB1"), await facilitySide(database.pool, "GA1")];
    if (!from || !into) throw new Error("there is no such store");
    const pair = { kind: "facility", from: from.id, into: into.id, reason: "one", who: "ada" } as const;
    await mergeNames(database, pair, { lockWaitMsMax: 5_000 });
    expect(await found()).toEqual([]);
    expect((await nameLook(database))?.unmatched.facilities).toEqual([]);
    const { items } = await listFacilities(database, { limit: 9 });
    expect(items.find(({ facilityId }) => facilityId === "GA1")?.lastReset).toMatchObject({ state: "applied" });
    expect((await facilityStock(database, into.id)).snapshotAsOf).not.toBeNull();
  });

  it("without a partner are listed with what they sold, and alarm nobody", async () => {
    await count(9, "001", { A1: 10 });
    await sell("OUTLET", "A1", 5);
    expect(await found()).toEqual([]);
    expect((await nameLook(database))?.unmatched.facilities).toMatchObject([{ facilityId: "OUTLET", units: 5 }]);
  });
});

describe("products", () => {
  const barcode = { idType: "UPCA", idValue: "012345678905" };

  it("are told of when one barcode is written in two lengths, one sells and the other is counted", async () => {
    await count(9, "S001", { "0012345678905": 10 });
    const lines = [{ ...barcode, quantity: 1 }];
    await apply(database, { eventId: "E1", facilityId: "S001", type: "sale", occurredAt: hoursAgo(2), lines });
    expect(await found()).toMatchObject([
      {
        ...{
          kind: "product",
          form: "apart",
          likeness: "barcode",
          a: barcode,
          b: { idType: "SKU", idValue: "0012345678905" },
        },
        ...{ unitsOfA: 1, unitsOfB: 10, facilityId: "S001", facilities: 1 },
      },
    ]);
  });

  it("are told of when the newest count has one in place of the other", async () => {
    await count(30, "S001", { "007001": 10, TEE: 3 });
    await count(30, "S002", { "007001": 4, TEE: 3 });
    await count(9, "S001", { "7001": 10, TEE: 3 });
    await count(9, "S002", { "7001": 4, TEE: 3 });
    expect(await found()).toMatchObject([
      {
        ...{ form: "renamed", a: { idValue: "007001" }, b: { idValue: "7001" }, unitsOfA: 14, unitsOfB: 14 },
        ...{ facilityId: "S001", facilities: 2 },
      },
    ]);
  });

  it("are told of when three stores count one in place of another, whatever their ids, and as many of it", async () => {
    for (const [at, store] of ["S1", "S2", "S3"].entries()) {
      await count(30, store, { OLD: at + 3, ENDED: 1, TEE: 2 });
      await count(9, store, { NEW: at + 3, BEGUN: at === 2 ? 2 : 1, TEE: 2 });
    }
    expect(await found()).toMatchObject([
      { form: "renamed", likeness: "count", a: { idValue: "OLD" }, b: { idValue: "NEW" }, unitsOfA: 12, facilities: 3 },
    ]);
  });

  it("are two when both are counted, when both sell, and when one is at another store only", async () => {
    await count(30, "S001", { "A-1": 10, A1: 5, B1: 5 });
    await count(9, "S001", { "A-1": 10, A1: 5, B1: 5 });
    await count(9, "S002", { TEE: 1 });
    await sell("S001", "B-1", 1, 3);
    await sell("S001", "B1", 1, 2);
    await sell("S002", "a1", 1, 2);
    expect(await found()).toEqual([]);
  });

  it("that sell before their first count are listed, and are no pair", async () => {
    await count(9, "S001", { TEE: 3 });
    await sell("S001", "NEW", 2);
    expect(await found()).toEqual([]);
    expect((await nameLook(database))?.unmatched).toMatchObject({
      products: [{ idType: "SKU", idValue: "NEW", units: 2, facilityId: "S001" }],
      productCount: 1,
    });
  });
});

describe("a pair", () => {
  it("goes when it is no longer so, and comes back as a new one", async () => {
    await count(9, "001", { A1: 10 });
    await sell("1", "A1", 1, 3);
    expect(await found()).toHaveLength(1);
    await sell("001", "A1", 1, 2);
    expect(await found()).toEqual([]);
  });

  it("that somebody has said to differ is not told of again until that is taken back", async () => {
    await count(9, "001", { A1: 10 });
    await sell("1", "A1", 1, 3);
    await found();
    const { rows } = await database.pool.query<{ id: number }>("select id from facility order by id");
    const [one = 0, other = 0] = rows.map(({ id }) => id);
    const verdict = { kind: "facility", one: other, other: one, by: "ada", because: "two shops" } as const;
    expect(await sayNamesDiffer(database, verdict)).toBe(true);
    expect(await found()).toEqual([]);
    const said = await namePairs(database, { kind: null, isSaidToDiffer: true, limit: 10 });
    expect(said).toMatchObject([{ differBy: "ada", differBecause: "two shops" }]);
    expect(await sayNamesDiffer(database, { ...verdict, by: null, because: null })).toBe(true);
    expect(await found()).toHaveLength(1);
    expect(await sayNamesDiffer(database, { ...verdict, kind: "product" })).toBe(false);
  });
});

describe("a look", () => {
  it("is taken by one of two that would look at once, and not again until a while later", async () => {
    const looks = await Promise.all([lookAtNames(database), lookAtNames(database)]);
    expect(looks.filter((each) => each !== undefined)).toEqual([0]);
    expect(await lookAtNames(database)).toBeUndefined();
    await database.pool.query("update name_look set looked_at = looked_at - interval '61 seconds', took_ms = 2000");
    expect(await lookAtNames(database), "one that took 2 s is followed by a pause of 400").toBeUndefined();
    await database.pool.query("update name_look set took_ms = 3");
    expect(await lookAtNames(database)).toBe(0);
  });
});
