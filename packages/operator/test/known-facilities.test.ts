// Which facilities and products there are, as an operator says it.
import { missingFacilities, silentFacilities } from "@inventory-sync/db";
import {
  addFacilities,
  addingFacilities,
  facilitiesToAdd,
  facilityToAdd,
  listFacilities,
  makeProductKnown,
  namedFacilities,
  nameFacility,
  productToAdd,
  Refusal,
  retireFacility,
  surveyFacilities,
} from "@inventory-sync/operator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  apply,
  insertFacilityReset,
  insertReset,
  type OpenTestDatabase,
  openFresh,
  sale,
} from "../../db/test/support.ts";

let database: OpenTestDatabase;
beforeAll(async () => {
  database = await openFresh();
});
afterAll(() => database.drop());

const outcomes = async (...facilities: { facilityId: string; name?: string }[]) =>
  (await addFacilities(database, facilities)).map(({ facilityId, outcome }) => `${facilityId} ${outcome}`);

describe("facilities", () => {
  it("are made known once, in the order given, and take a new name when asked for again", async () => {
    expect(await outcomes({ facilityId: "K2", name: "Second" }, { facilityId: "K1" })).toEqual([
      "K2 added",
      "K1 added",
    ]);
    const again = await addFacilities(database, [{ facilityId: "K1", name: "First" }, { facilityId: "K2" }]);
    expect(addingFacilities.outcome(again)).toBe("1 facility renamed, 1 facility known already");
    const { items } = await listFacilities(database, { after: "", limit: 10 });
    expect(items.map(({ facilityId, name, retiredAt }) => [facilityId, name, retiredAt])).toEqual([
      ["K1", "First", null],
      ["K2", "Second", null],
    ]);
    await nameFacility(database, "K1", "");
    expect((await listFacilities(database, { after: "", limit: 1 })).items[0]?.name).toBeNull();
    await expect(nameFacility(database, "nowhere", "x")).rejects.toThrow("There is no store nowhere");
  });

  it("have ids and names that can be seen, each once in a list", () => {
    expect(facilityToAdd.parse({ facilityId: " S1 ", name: " Main Street " })).toEqual({
      facilityId: "S1",
      name: "Main Street",
    });
    for (const given of [{ facilityId: "" }, { facilityId: "S\u00ad1" }, { facilityId: "S1", name: "a\u202eb" }])
      expect(facilityToAdd.safeParse(given).success).toBe(false);
    const twice = facilitiesToAdd.safeParse({ facilities: [{ facilityId: "S1" }, { facilityId: "S1" }] });
    expect(twice.error?.issues[0]?.message).toBe("must name each facility once");
  });

  it("are neither missing nor silent once they are retired, keep what they had and take what still comes", async () => {
    const now = new Date();
    const before = (days: number, minutes = 0) =>
      new Date(now.getTime() - days * 86_400_000 - minutes * 60_000).toISOString();
    for (let day = 1; day <= 7; day += 1) {
      for (const minutes of [50, 10]) {
        await apply(database, sale(`r${day}-${minutes}`, "R1", "A", 1, before(day, minutes)));
      }
    }
    await apply(database, sale("x", "X1", "A", 1));
    const listed = { state: "completed", createdAt: before(2), finishedAt: before(2) };
    const first = await insertReset(database, listed);
    for (const facilityId of ["R1", "X1"])
      await insertFacilityReset(database, { resetId: first, facilityId, state: "applied" });
    const second = await insertReset(database, { ...listed, createdAt: before(1), finishedAt: before(1) });
    await insertFacilityReset(database, { resetId: second, facilityId: "X1", state: "applied" });
    const told = async () => ({
      missing: (await missingFacilities(database, now)).map(({ facilityId }) => facilityId),
      silent: (await silentFacilities(database, { now, minutes: 60 })).map(({ facilityId }) => facilityId),
    });
    expect(await told()).toEqual({ missing: ["R1"], silent: ["R1"] });

    const retired = await retireFacility(database, "R1");
    expect(retired).toMatchObject({ facilityId: "R1", units: -14 });
    expect((await retireFacility(database, "R1")).retiredAt).toBe(retired.retiredAt);
    expect(await told()).toEqual({ missing: [], silent: [] });
    await apply(database, sale("after", "R1", "A", 1, now.toISOString()));
    expect(await retireFacility(database, "R1")).toMatchObject({ units: -15 });

    const survey = await surveyFacilities(database, { text: "", kind: "all", skip: 0, limit: 10 });
    expect(survey.facilities.at(-1)).toMatchObject({ facilityId: "R1", retiredAt: retired.retiredAt });
    expect(survey.counts).toMatchObject({ all: 4, retired: 1, uncounted: 2 });
    expect(await outcomes({ facilityId: "R1" })).toEqual(["R1 restored"]);
    expect(await told()).toMatchObject({ missing: ["R1"] });
  });

  it("that are named and not known are listed with what names them, and no more once they are added", async () => {
    const resetId = await insertReset(database, { file: "night.csv", createdAt: new Date().toISOString() });
    await database.pool.query(
      `insert into rejected_row (reset_id, line, facility_id, code, reason, fields)
       values ($1, 2, 'N1', 'UNKNOWN_FACILITY', '', '{}'), ($1, 3, 'N1', 'UNKNOWN_FACILITY', '', '{}'), ($1, 4, 'N3', 'BAD_QUANTITY', '', '{}')`,
      [resetId],
    );
    const failed = new Map([
      ["N2", 3],
      ["K1", 2],
    ]);
    const { unknown, known } = await namedFacilities(database, failed);
    expect(unknown).toEqual([
      { facilityId: "N2", failedJobs: 3, rejectedRows: 0, resetId: null, file: null },
      { facilityId: "N1", failedJobs: 0, rejectedRows: 2, resetId, file: "night.csv" },
    ]);
    expect(known).toEqual([{ facilityId: "K1", failedJobs: 2 }]);
    await outcomes({ facilityId: "N1" }, { facilityId: "N2" });
    expect(await namedFacilities(database, failed)).toEqual({
      unknown: [],
      known: [
        { facilityId: "N2", failedJobs: 3 },
        { facilityId: "K1", failedJobs: 2 },
      ],
    });
  });
});

describe("products", () => {
  const add = (idValue: string, otherIds: object[] = [], idType = "sku") =>
    makeProductKnown(database, productToAdd.parse({ idType, idValue, otherIds }));

  it("are made known under all of their ids, and get further ones later", async () => {
    const upc = { idType: "upc", idValue: "012345678905" };
    expect(await add("P-1", [upc])).toEqual({ idType: "SKU", idValue: "P-1", outcome: "added", added: 2 });
    expect(await add("P-1", [upc])).toMatchObject({ outcome: "unchanged", added: 0 });
    expect(await add("P-1-ALIAS", [upc])).toMatchObject({ outcome: "ids added", added: 1 });
    const reached = await database.pool.query<{ id_value: string }>(
      "select id_value from product_identification where product_id = (select product_id from product_identification where id_value = 'P-1') order by 1",
    );
    expect(reached.rows.map(({ id_value }) => id_value)).toEqual(["012345678905", "P-1", "P-1-ALIAS"]);
  });

  it("are left alone where the ids belong to several, and refused with ids that cannot be", async () => {
    await add("P-2");
    await expect(
      add("P-1", [
        { idType: "SKU", idValue: "P-2" },
        { idType: "EAN", idValue: "7" },
      ]),
    ).rejects.toThrow(Refusal);
    expect((await database.pool.query("select from product_identification where id_value = '7'")).rowCount).toBe(0);
    expect(() => add("", [])).toThrow();
    expect(() => add("P-3", [{ idType: "\u00df", idValue: "1" }])).toThrow(/ASCII/);
  });
});
