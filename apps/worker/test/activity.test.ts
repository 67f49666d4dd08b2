// The history of minutes: what workers count reaches it as a sum, and is read as points and as what goes on now.

import { type Database, openDatabase, recordClocks } from "@inventory-sync/db";
import { type EventFate, latencyBucket, type StockEvent } from "@inventory-sync/domain";
import { currentActivity, readActivity } from "@inventory-sync/operator";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type FreshDatabase, freshDatabase } from "../../../tests/support/index.ts";
import { createActivity } from "../src/activity.ts";
import { writeActivity } from "../src/upkeep/activity.ts";
import { watchClocks } from "../src/upkeep/alarm-watches.ts";

let fresh: FreshDatabase;
let database: Database;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = openDatabase({ url: fresh.url, name: "test", poolMax: 2 });
});

afterAll(async () => {
  await database.close();
  await fresh.drop();
});

beforeEach(() => database.pool.query("truncate activity_minute"));

const minute = (hhmm: string) => Date.parse(`2026-11-26T${hhmm}:00Z`);
const fate = (counts: Partial<Extract<EventFate, { fate: "done" }>>): EventFate => ({
  ...{ fate: "done", applied: 0, duplicate: 0, absorbed: 0, skipped: 0 },
  ...counts,
});

function event(type: StockEvent["type"], receivedMs: number, occurredMs = receivedMs): StockEvent {
  const [receivedAt, occurredAt] = [receivedMs, occurredMs].map((ms) => new Date(ms).toISOString());
  return {
    eventId: "e",
    facilityId: "S1",
    type,
    receivedAt: receivedAt ?? "",
    occurredAt: occurredAt ?? null,
    lines: [],
  };
}

describe("the history", () => {
  test("is the sum of what several workers counted, whichever writes first", async () => {
    const at = minute("10:00") + 30_000;
    const workers = [createActivity(), createActivity()];
    for (const worker of workers) {
      worker.count(
        [event("sale", at - 40, at - 3_000), event("return", at - 40), event("sale", at), event("sale", at)],
        [
          fate({ applied: 2 }),
          fate({ absorbed: 1 }),
          fate({ duplicate: 3 }),
          { fate: "rejected", code: "X", message: "x" },
        ],
        at,
      );
      worker.note({ waiting: worker === workers[0] ? 7 : 3, deferred: 1, failed: 2 }, at);
    }
    await Promise.all(workers.map((activity) => writeActivity({ database, activity })));
    await Promise.all(workers.map((activity) => writeActivity({ database, activity })));
    const [point, ...more] = await readActivity(database, {
      ...{ from: new Date(at), until: new Date(at + 60_000), minutesPerPoint: 5 },
    });
    expect(more).toEqual([]);
    expect(point).toMatchObject({
      ...{ at: new Date(minute("10:00")), events: 6, sales: 2, absorbed: 2, duplicates: 6 },
      ...{ waiting: 7, deferred: 1, failed: 2 },
    });
    expect(latencyBucket(point?.latencyMsP95 ?? 0)).toBe(latencyBucket(40));
    expect(latencyBucket(point?.saleToStockMsP95 ?? 0)).toBe(latencyBucket(3_000));
  });

  test("has a point also where nothing was done, and forgets after 8 days", async () => {
    const activity = createActivity();
    activity.count([event("sale", minute("09:00"))], [fate({ applied: 1 })], minute("09:00") - 8 * 86_400_000 - 60_000);
    activity.count([event("sale", minute("10:01"))], [fate({ applied: 1 })], minute("10:01"));
    activity.count([event("sale", minute("10:09"))], [fate({ applied: 1 })], minute("10:09") + 59_999);
    await writeActivity({ database, activity });
    const range = { from: new Date(minute("10:00")), until: new Date(minute("10:15")), minutesPerPoint: 5 };
    const points = await readActivity(database, range);
    expect(points.map(({ at, sales, waiting }) => [at.toISOString().slice(11, 16), sales, waiting])).toEqual([
      ...[["10:00", 1, null] as const, ["10:05", 1, null] as const, ["10:10", 0, null] as const],
    ]);
    expect(points[2]).toMatchObject({ events: 0, latencyMsP50: null, saleToStockMsP95: null });
    expect((await database.pool.query("select from activity_minute")).rowCount).toBe(2);
  });

  test("says how many sales a minute there are now", async () => {
    const activity = createActivity();
    for (const hhmm of ["10:00", "10:01", "10:03", "10:05"]) {
      const sold = Array.from({ length: 9 }, () => event("sale", minute(hhmm)));
      activity.count(
        sold,
        sold.map(() => fate({ applied: 1 })),
        minute(hhmm),
      );
    }
    await writeActivity({ database, activity });
    const current = await currentActivity(database, new Date(minute("10:05") + 30_000));
    expect(current).toMatchObject({ sales: 27, salesPerMinute: 6, eventsPerMinute: 6 });
  });

  test("keeps what could not be written for the next time", async () => {
    const activity = createActivity();
    activity.count([event("sale", minute("10:00"))], [fate({ applied: 1 })], minute("10:00"));
    activity.note({ waiting: 5, deferred: 0, failed: 0 }, minute("10:00"));
    const closed = openDatabase({ url: "postgres://nobody@127.0.0.1:1/none", name: "test" });
    await expect(writeActivity({ database: closed, activity })).rejects.toThrow();
    await closed.close();
    activity.count([event("sale", minute("10:00"))], [fate({ applied: 1 })], minute("10:00"));
    await writeActivity({ database, activity });
    const range = { from: new Date(minute("10:00")), until: new Date(minute("10:01")), minutesPerPoint: 1 };
    expect(await readActivity(database, range)).toMatchObject([{ sales: 2, waiting: 5 }]);
  });
});

describe("how late the events of a store come", () => {
  const six = 6 * 3_600_000;
  const sent = (facilityId: string, lagMs: number, receivedMs: number, type: StockEvent["type"] = "sale") => ({
    ...event(type, receivedMs, receivedMs - lagMs),
    facilityId,
  });

  test("is kept by store and ten minutes, of what is new and says when it happened", () => {
    const { count, clocks } = createActivity();
    const at = minute("10:00");
    const events = [
      sent("S1", six, at),
      sent("S1", six + 4_000, at + 60_000, "return"),
      sent("S1", six + 1_000, at + 600_000),
      sent("S2", -20_000, at),
      sent("S2", six, at, "shipment"),
      { ...sent("S2", six, at), occurredAt: null },
      sent("S2", six, at),
      sent("S2", six, at),
    ];
    count(events, [
      ...[fate({ absorbed: 2 }), fate({ absorbed: 1, applied: 1 }), fate({ absorbed: 1 }), fate({ applied: 1 })],
      ...[fate({ applied: 1 }), fate({ applied: 1 }), fate({ duplicate: 1 })],
      { fate: "rejected", code: "X", message: "x" },
    ]);
    const late = (events: number) => ({ lateEvents: events, zoneEvents: events, zoneHalfHours: 12 });
    const second = { slot: new Date(at + 600_000), lagMinMs: six + 1_000, lagMaxMs: six + 1_000 };
    const inTime = { lateEvents: 0, zoneEvents: 0, zoneHalfHours: 0 };
    expect(clocks.take()).toEqual([
      {
        facilityId: "S1",
        slot: new Date(at),
        events: 2,
        absorbed: 1,
        lagMinMs: six,
        lagMaxMs: six + 4_000,
        ...late(2),
      },
      { facilityId: "S1", events: 1, absorbed: 1, ...second, ...late(1) },
      { facilityId: "S2", slot: new Date(at), events: 1, absorbed: 0, lagMinMs: -20_000, lagMaxMs: -20_000, ...inTime },
    ]);
    expect(clocks.take()).toEqual([]);
  });

  test("raises an alarm when ten of them come six hours late, and none with the offset that corrects them", async () => {
    const { count, clocks } = createActivity();
    const now = new Date();
    await database.pool.query("insert into facility (facility_id) values ('S014')");
    for (let n = 0; n < 10; n += 1)
      count([sent("S014", six + n * 100, now.getTime() - n * 20_000)], [fate({ absorbed: 1 })]);
    await recordClocks(database, clocks.take());
    const parts = { database, config: { RESET_TIME_ZONE: "UTC" } } as unknown as Parameters<typeof watchClocks>[0];
    const { judged, causes } = await watchClocks(parts, now);
    expect(judged).toEqual(["clock-wrong"]);
    expect(causes).toMatchObject([{ key: "clock-wrong:S014", facilityId: "S014" }]);
    expect(causes[0]?.message).toContain(
      "The last 10 sales of S014 arrived 6 h after they say they happened, 10 of 10 were absorbed",
    );
    await database.pool.query(
      "insert into time_offset (facility_id, from_at, minutes, set_by) select id, now() - interval '1 minute', 360, 'ann' from facility",
    );
    expect((await watchClocks(parts, new Date())).causes).toEqual([]);
  });
});
