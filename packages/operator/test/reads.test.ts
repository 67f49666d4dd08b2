// What the board reads: levels, ledger, events, facilities, resets.
import {
  type LedgerEntry,
  type LedgerPlace,
  type LevelPlace,
  levelPlace,
  listFacilities,
  listLedger,
  listLevels,
  listResets,
  readEvent,
  readLevel,
  readResetWithParts,
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

const hostile = "<script>alert(1)</script> =1+1 ../.. \u{1F455}";

describe("what people read", () => {
  let database: OpenTestDatabase;
  beforeAll(async () => {
    database = await openFresh();
  });
  afterAll(() => database.drop());

  const place = (facilityId: string, idType: string, idValue: string): Promise<LevelPlace> =>
    levelPlace(database, { facilityId, names: [{ idType, idValue }] });

  it("shows levels as JSON numbers, page by page, hostile names included", async () => {
    await apply(database, sale("l1", "LEVELS", hostile, 1.25));
    await apply(database, sale("l2", "LEVELS", "B", 2));
    await apply(database, sale("l3", "LEVELS", "C", 3));
    const level = await place("LEVELS", "sku", "B");
    const first = await listLevels(database, level, { limit: 2 });
    expect(first.items).toMatchObject([
      { facilityId: "LEVELS", idType: "SKU", idValue: hostile, onHand: -1.25, asOf: null },
      { facilityId: "LEVELS", idType: "SKU", idValue: "B", onHand: -2, asOf: null },
    ]);
    const second = await listLevels(database, level, { after: first.next, limit: 2 });
    expect([second.items.map(({ idValue }) => idValue), second.next]).toEqual([["C"], undefined]);
  });

  it("says which part of a level's name is not known", async () => {
    await expect(place("NOWHERE", "SKU", "B")).rejects.toMatchObject({ what: "facility" });
    await expect(place("LEVELS", "SKU", "nothing")).rejects.toMatchObject({ what: "product" });
    await apply(database, sale("elsewhere", "ELSEWHERE", "D", 1));
    const never = await place("LEVELS", "SKU", "D");
    await expect(readLevel(database, never)).rejects.toThrow("Store LEVELS has never had SKU D");
  });

  it("knows a level as it was at any time", async () => {
    await apply(database, sale("t1", "TIMES", "A", 1));
    await apply(database, sale("t2", "TIMES", "A", 2));
    await database.pool.query("update movement set recorded_at = '2026-11-01T10:00:00Z' where event_id = 't1'");
    await database.pool.query("update movement set recorded_at = '2026-11-02T10:00:00Z' where event_id = 't2'");
    const level = await place("TIMES", "SKU", "A");
    expect(await readLevel(database, level)).toMatchObject({ onHand: -3 });
    const at = async (time: string) => readLevel(database, level, new Date(time));
    expect(await at("2026-11-01T09:59:59.999Z")).toMatchObject({ onHand: 0, updatedAt: null, asOf: null });
    expect(await at("2026-11-01T10:00:00Z")).toMatchObject({ onHand: -1, updatedAt: "2026-11-01T10:00:00.000Z" });
    expect(await at("2026-11-03T00:00:00Z")).toMatchObject({ onHand: -3 });
  });

  it("pages through a ledger with the running sum of the order of recording", async () => {
    for (let each = 1; each <= 7; each += 1) await apply(database, sale(`p${each}`, "LEDGER", "A", each));
    const level = await place("LEDGER", "SKU", "A");
    const all: LedgerEntry[] = [];
    let before: LedgerPlace | undefined;
    const sizes: number[] = [];
    do {
      const page = await listLedger(database, level, { before, limit: 3 });
      all.push(...page.items);
      sizes.push(page.items.length);
      before = page.next;
    } while (before);
    expect(sizes).toEqual([3, 3, 1]);
    expect(all.map((entry) => entry.eventId)).toEqual(["p7", "p6", "p5", "p4", "p3", "p2", "p1"]);
    expect(all.map((entry) => entry.onHandAfter)).toEqual([-28, -21, -15, -10, -6, -3, -1]);
    expect(all[0]).toMatchObject({ type: "sale", line: 1, quantity: -7, effect: -7, absorbed: false, resetId: null });
  });

  it("tells what became of an event and what an acknowledgement acknowledges", async () => {
    await apply(database, { ...sale("ship", "EVENTS", "A", 2), type: "shipment" });
    const occurredAt = "2026-11-20T12:00:00Z";
    await apply(database, {
      eventId: "ack",
      facilityId: "EVENTS",
      type: "shipment-acknowledged",
      shipmentEventId: "ship",
      occurredAt,
    });
    const { facility } = await place("EVENTS", "SKU", "A");
    const read = (eventId: string) => readEvent(database, { facility, facilityId: "EVENTS", eventId });
    expect(await read("ship")).toMatchObject({
      type: "shipment",
      leftOut: [],
      acknowledges: null,
      movements: [
        { idType: "SKU", idValue: "A", quantity: -2, effect: -2, acknowledgedAt: "2026-11-20T12:00:00.000Z" },
      ],
    });
    expect(await read("ack")).toMatchObject({
      type: "shipment-acknowledged",
      movements: [],
      acknowledges: { shipmentEventId: "ship" },
    });
    await expect(read("never came")).rejects.toMatchObject({ what: "event" });
  });

  it("shows a facility's state from the latest reset that reached it, previews aside", async () => {
    await apply(database, sale("s1", "STATE", "A", 1, "2026-11-18T08:00:00Z"));
    await apply(database, sale("s2", "STATE", "A", 1, "2026-11-19T08:00:00Z"));
    const state = async () => (await listFacilities(database, { after: "STATD", limit: 1 })).items[0];
    expect(await state()).toEqual({
      facilityId: "STATE",
      name: null,
      retiredAt: null,
      state: "open",
      lastReset: null,
      lastEventAt: "2026-11-19T08:00:00.000Z",
    });
    const steps: [ResetState: string, seen: string, preview: boolean][] = [
      ["held", "held", false],
      ["applied", "open", false],
      ["pending", "open", false],
      ["reconciling", "reconciling", false],
      ["held", "reconciling", true],
    ];
    for (const [index, [part, seen, preview]] of steps.entries()) {
      const resetId = await insertReset(database, { createdAt: `2026-11-2${index}T04:00:00Z`, preview });
      await insertFacilityReset(database, { resetId, facilityId: "STATE", state: part });
      expect((await state())?.state).toBe(seen);
      if (!preview)
        expect((await state())?.lastReset).toMatchObject({ resetId, state: part, asOf: "2026-11-23T04:00:00.000Z" });
    }
  });

  it("shows resets newest first, with their facilities by name", async () => {
    const older = await insertReset(database, { createdAt: "2027-01-01T04:00:00Z" });
    const newer = await insertReset(database, {
      createdAt: "2027-01-02T04:00:00Z",
      file: hostile,
      state: "reconciling",
      finishedAt: null,
    });
    await insertFacilityReset(database, { resetId: newer, facilityId: "STATE", state: "applied" });
    await insertFacilityReset(database, { resetId: newer, facilityId: "EVENTS", state: "pending" });
    const first = await listResets(database, { after: undefined, limit: 1 });
    expect(first.resets.map((reset) => reset.id)).toEqual([newer]);
    const second = await listResets(database, { after: first.next, limit: 1 });
    expect(second.resets.map((reset) => reset.id)).toEqual([older]);
    expect(await readResetWithParts(database, newer)).toMatchObject({
      file: hostile,
      asOf: "2026-11-23T04:00:00.000Z",
      asOfFrom: "name",
      timings: { totalMs: 4000 },
      facilities: 2,
      facilitiesDone: 1,
      facilityCounts: { applied: 1, pending: 1 },
      ...{ corrected: 1, unitsBefore: 10, unitsAfter: 12.5 },
      parts: [
        { facilityId: "EVENTS", state: "pending" },
        { facilityId: "STATE", state: "applied", unitsAfter: 12.5, unexplained: 2.5, lockedMs: 17, heldBecause: null },
      ],
    });
  });
});
