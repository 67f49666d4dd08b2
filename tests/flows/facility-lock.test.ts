// A facility that is being reset (R8): its sales wait where people see them, use no attempt, harm nobody else, and follow at
// once. The reset is held open by a session of the test that takes the facility's lock as a reset does.
import { afterAll, beforeAll, expect, test } from "vitest";
import { eachBackend, eventually, type System, startSystem } from "../support/index.ts";
import { type DatabaseClient, databaseClient } from "./database-client.ts";
import { eventOf, noGuards, type Outside, outsideOf } from "./outside.ts";

const waitingSales = 200;
const otherSales = 50;
/** Generous for a machine that is busy with other tests, alone it takes a fraction; or so many times as long as sales that wait for nothing. */
const othersMsMax = 3_000;
const followMsMax = 3_000;
const timesMax = 5;

eachBackend("a facility that is being reset", ({ kind }) => {
  let system: System;
  let outside: Outside;
  let database: DatabaseClient;
  beforeAll(async () => {
    system = await startSystem({ backend: kind, env: noGuards });
    outside = await outsideOf(system);
    database = await databaseClient(system);
    const facilities = ["BUSY", "OPEN-1", "OPEN-2", "ALONE-1", "ALONE-2", "AFTER"];
    await outside.send(facilities.map((facilityId) => eventOf("first", { facilityId, at: "09:00" })));
    for (const facilityId of facilities) await outside.applied(facilityId, "first");
  });
  afterAll(async () => {
    await database?.end();
    outside?.end();
    await system?.stop();
  });

  const recorded = async (facilityId: string): Promise<{ count: number; last: Date | null }> => {
    const [row] = await database.rows<{ count: number; last: Date | null }>(
      `select count(*)::int as count, max(m.recorded_at) as last
         from movement m join facility f on f.id = m.facility_id where f.facility_id = $1 and m.event_id <> 'first'`,
      [facilityId],
    );
    return row ?? { count: 0, last: null };
  };
  const sales = (facilityId: string, count: number) =>
    Array.from({ length: count }, (_, index) => eventOf(`${facilityId}-${index}`, { facilityId, at: "10:00" }));

  /** One request for each sale, as tills send them: one job each. */
  const sendSales = async (facilityId: string, count: number): Promise<void> => {
    for (const some of inTurns(sales(facilityId, count), 20))
      await Promise.all(some.map((event) => outside.send(event)));
  };

  /** When the last of so many sales of a facility was in the ledger. */
  const lastOf = (facilityId: string, count: number): Promise<number> =>
    eventually(async () => {
      const seen = await recorded(facilityId);
      return seen.count === count ? Number(seen.last) : undefined;
    });

  /** Sends sales of some facilities, and gives how long it took until the last of them was in the ledger. */
  const timeOf = async (facilityIds: readonly string[], count: number): Promise<number> => {
    const sentAt = Date.now();
    await Promise.all(facilityIds.map((facilityId) => sendSales(facilityId, count)));
    return Math.max(...(await Promise.all(facilityIds.map((facilityId) => lastOf(facilityId, count))))) - sentAt;
  };

  test("its sales wait visibly without using an attempt, other facilities go on, and afterwards all follow at once", async () => {
    const aloneMs = await timeOf(["ALONE-1", "ALONE-2"], otherSales / 2);
    await database.lockFacility("BUSY");
    await sendSales("BUSY", waitingSales);
    await eventually(async () => {
      const { counts } = await outside.jobs("events", "delayed");
      return (
        Number(counts.delayed) + Number(counts.active) === waitingSales && Number(counts.delayed) > waitingSales / 4
      );
    });

    expect(await timeOf(["OPEN-1", "OPEN-2"], otherSales / 2)).toBeLessThan(Math.max(othersMsMax, timesMax * aloneMs));

    // Each is tried again every few hundred milliseconds, so at one moment none of them may be waiting.
    const { jobs, counts } = await eventually(async () => {
      const seen = await outside.jobs("events", "delayed");
      return seen.jobs.length > 0 ? seen : undefined;
    });
    expect(jobs.map(({ attemptsMade, attempts }) => attemptsMade ?? attempts).every((made) => made === 0)).toBe(true);
    expect(counts.failed).toBe(0);
    expect((await recorded("BUSY")).count).toBe(0);
    expect(await outside.onHand("BUSY", "X")).toBe(-1);

    const releasedAt = Date.now();
    await database.release();
    // As many sales that wait for nothing, in the same moments, tell how fast this machine is now.
    const [last, afterMs] = await Promise.all([lastOf("BUSY", waitingSales), timeOf(["AFTER"], waitingSales)]);
    expect(last - releasedAt).toBeLessThan(Math.max(followMsMax, timesMax * afterMs));
    expect(await outside.onHand("BUSY", "X")).toBe(-1 - waitingSales);
    const after = await eventually(async () => {
      const seen = (await outside.jobs("events", "completed")).counts;
      return Number(seen.delayed) + Number(seen.active) + Number(seen.waiting) === 0 ? seen : undefined;
    });
    expect(after.failed).toBe(0);
    const done = (await outside.jobs("events", "completed")).jobs.filter(({ name }) =>
      name.startsWith("sale BUSY BUSY-"),
    );
    expect(done).toHaveLength(waitingSales);
    expect(done.every(({ attemptsMade, attempts }) => (attemptsMade ?? attempts) === 1)).toBe(true);
  });

  test("a job of many events of it waits as a whole", async () => {
    await database.lockFacility("BUSY");
    await outside.send(sales("BUSY", 30).map((event) => ({ ...event, eventId: `many-${event.eventId}` })));
    await eventually(async () => Number((await outside.jobs("events", "delayed")).counts.delayed) > 0);
    expect((await recorded("BUSY")).count).toBe(waitingSales);
    await database.release();
    await eventually(async () => (await recorded("BUSY")).count === waitingSales + 30);
    expect(await outside.failedCauses()).toEqual([]);
  });

  test("a snapshot of it waits for the lock, is seen at work, and then applies", async () => {
    await outside.files.upload("busy-20261101T120000Z.csv", "store,sku,qty\nBUSY,X,70\nOPEN-1,X,71\n");
    await database.lockFacility("BUSY");
    const id = await outside.beginReset();
    await eventually(async () => (await outside.reset(id)).facilities.some(({ state }) => state === "applied"));
    const open = await eventually(async () => {
      const { facilities } = await outside.reset(id);
      return facilities.find(({ facilityId, state }) => facilityId === "BUSY" && state === "reconciling");
    });
    expect(open).toBeDefined();
    const listed = (await (await system.board("/api/facilities")).json()) as {
      items: { facilityId: string; state: string }[];
    };
    expect(listed.items).toContainEqual(expect.objectContaining({ facilityId: "BUSY", state: "reconciling" }));
    expect(await outside.onHand("OPEN-1", "X")).toBe(71);
    expect(await outside.onHand("BUSY", "X")).not.toBe(70);
    await database.release();
    expect(await outside.ended(id)).toMatchObject({ state: "completed" });
    expect(await outside.onHand("BUSY", "X")).toBe(70);
  });
});

function inTurns<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}
