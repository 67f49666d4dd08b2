// A facility whose tills say times that are wrong by a known number of minutes: what counts from then on, and what was absorbed before.
import {
  applyEvents,
  clockWindows,
  listTimeOffsets,
  previewTimeOffset,
  recordClocks,
  revertReset,
  setTimeOffset,
} from "@inventory-sync/db";
import { clockFault, type EventFate, fromWire, type WireEvent } from "@inventory-sync/domain";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { event, instant, onHand, snapshot } from "./ledger-driver.ts";
import { type OpenTestDatabase, openFresh } from "./support.ts";

const policy = { facility: "create", product: "create" } as const;
const by = { setBy: "ann", lockWaitMsMax: 1_000 };

let database: OpenTestDatabase;

beforeAll(async () => {
  database = await openFresh();
});
afterAll(() => database?.drop());

const send = async (wire: WireEvent, receivedAt: string): Promise<EventFate | undefined> =>
  (await applyEvents(database, [fromWire(wire, new Date(instant(receivedAt)))], policy))[0];

const inMs = (time: string) => new Date(instant(time)).toISOString();

const idOf = async (facilityId: string): Promise<number> =>
  (await database.prisma.facility.findUniqueOrThrow({ where: { facilityId } })).id;

const applied = { fate: "done", applied: 1, absorbed: 0 };
const absorbed = { fate: "done", applied: 0, absorbed: 1 };
const sale = (id: string, at: string, facilityId: string) => event(id, "sale", { at, lines: { X: 1 }, facilityId });

/** The ledger's own clock says when a movement was recorded; a test's events are of another day. */
const recordedAsReceived = (facility: number) =>
  database.pool.query("update movement set recorded_at = '2026-11-01T20:00:00Z' where facility_id = $1", [facility]);

describe("an offset of six hours, from 15:00 on", () => {
  let facility: number;
  beforeAll(async () => {
    await snapshot(database, { at: "10:00", counts: { X: 100 }, facilityId: "WEST" });
    facility = await idOf("WEST");
    await setTimeOffset(database, { facility, from: new Date(instant("15:00")), minutes: 360 }, by);
  });

  it.each([
    ["received before it: what the till says counts", sale("o1", "08:59", "WEST"), "14:59", absorbed, 0],
    ["received after it: six hours are added", sale("o2", "09:01", "WEST"), "15:01", applied, -1],
    ["… and the same again is a duplicate", sale("o2", "09:01", "WEST"), "15:02", { fate: "done", duplicate: 1 }, 0],
    ["… and with another time another event", sale("o2", "09:02", "WEST"), "15:02", { code: "EVENT_ID_REUSED" }, 0],
    ["a late one from before the count stays absorbed", sale("o3", "03:30", "WEST"), "15:03", absorbed, 0],
    [
      "one that was right already would lie ahead: it happened when it came",
      sale("o4", "15:04", "WEST"),
      "15:04",
      applied,
      -1,
    ],
    [
      "a shipment is not the till's",
      event("o5", "shipment", { at: "09:00", lines: { X: 1 }, facilityId: "WEST" }),
      "15:05",
      applied,
      -1,
    ],
    ["another facility is not concerned", sale("o6", "09:00", "EAST"), "15:06", applied, 0],
  ])("%s", async (_what, wire, receivedAt, fate, moves) => {
    const had = await onHand(database, "X", "WEST");
    expect(await send(wire, receivedAt)).toMatchObject(fate);
    expect(await onHand(database, "X", "WEST")).toBe((had ?? 0) + moves);
  });

  it("leaves on the movement what the till said beside what was made of it", async () => {
    const found = await database.prisma.movement.findMany({ where: { facilityId: facility }, orderBy: { seq: "asc" } });
    const times = Object.fromEntries(found.map(({ eventId, saidAt, occurredAt }) => [eventId, [saidAt, occurredAt]]));
    expect(times).toMatchObject({
      o1: [null, new Date(instant("08:59"))],
      o2: [new Date(instant("09:01")), new Date(instant("15:01"))],
      o4: [new Date(instant("15:04")), new Date(instant("15:04"))],
      o5: [null, new Date(instant("09:00"))],
    });
  });

  it("is ended by another of 0", async () => {
    await setTimeOffset(database, { facility, from: new Date(instant("16:00")), minutes: 0 }, by);
    expect(await send(sale("o7", "09:59", "WEST"), "16:01")).toMatchObject(absorbed);
    expect(await listTimeOffsets(database, facility)).toMatchObject([
      { from: inMs("16:00"), minutes: 0, setBy: "ann" },
      { from: inMs("15:00"), minutes: 360 },
    ]);
  });
});

describe("what was absorbed before the offset was known", () => {
  const counted = { at: "10:00", counts: { X: 100 }, facilityId: "BACK" };
  let facility: number;
  const asked = () => ({ facility, from: new Date(instant("10:00")), minutes: 360 });
  beforeAll(async () => {
    await snapshot(database, counted);
    facility = await idOf("BACK");
    for (const [id, at] of [
      ["b1", "09:30"],
      ["b2", "09:40"],
      ["late", "03:30"],
    ] as const)
      await send(sale(id, at, "BACK"), "15:45");
    await send(event("b3", "return", { at: "09:45", lines: { X: 3 }, facilityId: "BACK" }), "15:45");
    await recordedAsReceived(facility);
  });

  it("is shown first, and changes nothing", async () => {
    expect(await previewTimeOffset(database, asked())).toEqual({
      products: [{ idType: "SKU", idValue: "X", movements: 3, quantity: 1 }],
      ...{ productCount: 1, movements: 3, units: 1, firstAt: inMs("09:30"), lastAt: inMs("09:45") },
    });
    expect(await onHand(database, "X", "BACK")).toBe(100);
  });

  it("is booked once, however often and by however many it is asked for", async () => {
    const both = await Promise.all([setTimeOffset(database, asked(), by), setTimeOffset(database, asked(), by)]);
    expect(both.map(({ movements }) => movements).toSorted()).toEqual([0, 3]);
    expect(await onHand(database, "X", "BACK")).toBe(101);
    expect(await setTimeOffset(database, asked(), by)).toMatchObject({ movements: 0, units: 0 });
    expect(await send(sale("b1", "09:30", "BACK"), "15:50")).toMatchObject({ duplicate: 1 });
    expect(await onHand(database, "X", "BACK")).toBe(101);
  });

  it("counts on top of a later count by its corrected time", async () => {
    await snapshot(database, { ...counted, at: "15:35", counts: { X: 90 } });
    expect(await onHand(database, "X", "BACK"), "b2 at 15:40 and b3 at 15:45 came after it").toBe(92);
    const second = await database.prisma.facilitySnapshot.findUniqueOrThrow({ where: { facilityId: facility } });
    await revertReset(database, { resetId: second.resetId ?? "", decidedBy: "ann" }, { lockWaitMsMax: 1_000 });
    expect(await onHand(database, "X", "BACK"), "as it was").toBe(101);
  });

  it("keeps on hand the sum of effects", async () => {
    const sums = await database.pool.query<{ differs: boolean }>(
      `select l.on_hand <> (select sum(effect) from movement m where m.facility_id = l.facility_id and m.product_id = l.product_id) as differs
         from level l`,
    );
    expect(sums.rows.filter(({ differs }) => differs)).toEqual([]);
  });
});

it("a booked movement is not applied once more when the count that absorbed it is reverted", async () => {
  const facilityId = "UNDO";
  await snapshot(database, { at: "08:00", counts: { X: 50 }, facilityId });
  await snapshot(database, { at: "10:00", counts: { X: 100 }, facilityId });
  const facility = await idOf(facilityId);
  const { resetId } = await database.prisma.facilitySnapshot.findUniqueOrThrow({ where: { facilityId: facility } });
  await send(sale("u1", "09:30", facilityId), "15:30");
  await send(sale("u2", "03:30", facilityId), "15:30");
  await recordedAsReceived(facility);
  await setTimeOffset(database, { facility, from: new Date(instant("10:00")), minutes: 360 }, by);
  expect(await onHand(database, "X", facilityId)).toBe(99);
  await revertReset(database, { resetId: resetId ?? "", decidedBy: "ann" }, { lockWaitMsMax: 1_000 });
  expect(await onHand(database, "X", facilityId), "50, less u1 once").toBe(49);
});

it("the watch reads the newest ten events of each facility, of all workers together", async () => {
  const now = new Date();
  const slot = (minutesAgo: number, events: number, lag: number) => ({
    ...{ facilityId: "WEST", slot: new Date(now.getTime() - minutesAgo * 60_000), events, absorbed: events },
    ...{ lagMinMs: lag, lagMaxMs: lag + 5_000 },
    ...{ lateEvents: lag < 1_000 ? 0 : events, zoneEvents: lag < 1_000 ? 0 : events, zoneHalfHours: 12 },
  });
  const [old, middle, newest] = [slot(65, 30, 100), slot(15, 4, 21_600_000), slot(5, 5, 21_602_000)];
  await recordClocks(database, [slot(2_000, 9, 0), old, middle]);
  const other = { events: 3, absorbed: 3, lateEvents: 3, zoneEvents: 3 };
  await recordClocks(database, [{ ...middle, ...other, lagMaxMs: 21_606_500 }, newest]);
  const [west, ...others] = await clockWindows(database, { now });
  expect(others).toEqual([]);
  expect(west).toMatchObject({
    facilityId: "WEST",
    events: 12,
    absorbed: 12,
    lagMinMs: 21_600_000,
    lagMaxMs: 21_607_000,
  });
  expect(west).toMatchObject({ offsetMinutes: 0, allEvents: 42, allAbsorbed: 42, allMinutes: 60 });
  expect(west).toMatchObject({ lateEvents: 12, zoneEvents: 12, zoneSlots: 2, zoneHalfHours: 12 });
  expect(west && clockFault(west)).toBe("zone");
  expect(await clockWindows(database, { now, facilityId: "EAST" })).toEqual([]);
  expect(await clockWindows(database, { now: new Date(now.getTime() + 7 * 3_600_000) })).toEqual([]);
  await recordClocks(database, [newest]);
  expect(await database.prisma.facilityClock.count(), "what is older than a day is gone").toBe(3);
  await recordClocks(database, [{ ...slot(25, 9, 5), lateEvents: 2, zoneEvents: 2 }]);
  const otherTill = { ...slot(25, 20, 5), lateEvents: 7, zoneEvents: 6, zoneHalfHours: -2 };
  await recordClocks(database, [otherTill]);
  const [both] = await clockWindows(database, { now });
  expect(both, "most of a slot's are kept").toMatchObject({
    lateEvents: 26,
    zoneEvents: 17,
    zoneSlots: 2,
    zoneHalfHours: 12,
  });
});
