// Sales never wait for a reset: while snapshots of a store are applied its events go on arriving, out of order, twice, and dated to
// the millisecond on both sides of what was counted. Whatever the order, on hand ends exact to the unit.
import { afterAll, beforeAll, expect, test } from "vitest";
import { eachBackend, eventually, type System, startSystem } from "../support/index.ts";
import { type DatabaseClient, databaseClient } from "./database-client.ts";
import { ops } from "./operator.ts";
import { type Outside, outsideOf } from "./outside.ts";
import { type Day, makeDay, onHandAfter, rowsOf, type SentEvent, snapshotsPerDay } from "./sales-model.ts";

/** To see a failure again, put its seed in place of the clock. */
const firstSeed = Date.now() % 1_000_000;
const archives = process.env.TEST_SETUP === "archived";
const days = { redis: 20, postgres: 6 };
const sendersAtOnce = 3;
const eventsPerRequestMax = 8;
const drainMsMax = 120_000;
const noGuards = {
  GUARD_REJECTED_PCT: "100",
  GUARD_ZEROED_PCT: "100",
  GUARD_MISSING_PCT: "100",
  GUARD_UNITS_PCT: "1000000",
  GUARD_RENAMED_PCT: "100",
};

eachBackend("sales during the resets of their store", ({ kind }) => {
  let system: System;
  let outside: Outside;
  let database: DatabaseClient;
  let sent = 0;
  const all = Array.from({ length: days[kind] }, (_, index) => makeDay(firstSeed + index, archives));
  beforeAll(async () => {
    system = await startSystem({ backend: kind, env: noGuards });
    outside = await outsideOf(system);
    database = await databaseClient(system);
  });
  afterAll(async () => {
    await database?.end();
    outside?.end();
    await system?.stop();
  });

  /** Sends requests, several at once. */
  async function sendAll(requests: readonly (readonly SentEvent[])[]): Promise<void> {
    const waiting = requests.values();
    const sender = async (): Promise<void> => {
      for (const request of waiting) {
        await outside.send(request);
        sent += 1;
      }
    };
    await Promise.all(Array.from({ length: sendersAtOnce }, sender));
  }

  /** Applies the stores' next snapshot, all in one file. */
  async function count(number: number): Promise<void> {
    const name = `count-${number}.csv`;
    await outside.files.upload(name, ["store,sku,qty,asOf", ...rowsOf(all, number), ""].join("\n"));
    const before = sent;
    const seen = await outside.ended(await outside.beginReset(name));
    expect(seen, `seeds from ${firstSeed}`).toMatchObject({ state: "completed", rejected: 0, asOfFrom: "row" });
    expect(sent - before, "requests sent while the reset ran").toBeGreaterThan(0);
  }

  const ledgerHas = async () =>
    (
      await database.rows<{ lines: number; acknowledged: number }>(
        `select ((select count(*) from movement where type in ('sale', 'return', 'adjustment', 'shipment'))
                 + (select coalesce(sum(cardinality(lines)), 0) from archived_event a
                     where not exists (select from shipment_acknowledgement s where s.facility_id = a.facility_id
                                          and a.key = substring(sha256(convert_to(s.event_id, 'UTF8')) for 16))))::int as lines,
                (select count(*) from shipment_acknowledgement)::int as acknowledged`,
      )
    )[0];

  const levels = async (facilityId: string): Promise<Record<string, number>> => {
    const answer = await system.board(`/api/facilities/${facilityId}/inventory?limit=1000`);
    const { items } = (await answer.json()) as { items: { idValue: string; onHand: number }[] };
    return Object.fromEntries(items.map(({ idValue, onHand }) => [idValue, onHand]));
  };

  test(
    "on hand is what was counted and everything after it, whatever the order",
    async () => {
      const requests = requestsOf(all);
      const part = Math.ceil(requests.length / (snapshotsPerDay + 1));
      await sendAll(requests.slice(0, part));
      for (let number = 0; number < snapshotsPerDay; number += 1)
        await Promise.all([sendAll(requests.slice((number + 1) * part, (number + 2) * part)), count(number)]);

      const events = all.flatMap((day) => day.events);
      const wanted = {
        lines: events.reduce((sum, { lines = [] }) => sum + lines.length, 0),
        acknowledged: events.filter(({ type }) => type === "shipment-acknowledged").length,
      };
      const isThere = async (): Promise<true> => {
        expect(await ledgerHas()).toEqual(wanted);
        return true;
      };
      await eventually(isThere, { withinMs: drainMsMax });
      if (archives)
        expect(await database.rows("select sum(rows)::int > 0 as some from ledger_archive")).toEqual([{ some: true }]);
      for (const day of all) expect(await levels(day.facilityId), `seed ${day.seed}`).toEqual(onHandAfter(day));
    },
    3 * drainMsMax,
  );

  test("the ledger adds up, and no job failed", async () => {
    expect(await ops(system, "audit")).toMatchObject({ exitCode: 0 });
    expect(await outside.failedCauses()).toEqual([]);
  });
});

/** All that arrives, in requests of one store each, the stores in turns. */
function requestsOf(all: readonly Day[]): SentEvent[][] {
  const ofDays = all.map(({ arrivals }) => {
    const requests: SentEvent[][] = [];
    for (let at = 0; at < arrivals.length; at += requests.at(-1)?.length ?? 1)
      requests.push(arrivals.slice(at, at + 1 + (requests.length % eventsPerRequestMax)));
    return requests;
  });
  const longest = Math.max(...ofDays.map(({ length }) => length));
  return Array.from({ length: longest }, (_, index) =>
    ofDays.flatMap((requests) => (requests[index] ? [requests[index]] : [])),
  ).flat();
}
