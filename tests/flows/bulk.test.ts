// A day's sales of a whole retailer at once: everything that was accepted counts, and counts once.
import { afterAll, beforeAll, expect, test } from "vitest";
import { eachBackend, eventually, type System, startSystem } from "../support/index.ts";
import { type DatabaseClient, databaseClient } from "./database-client.ts";
import { ops } from "./operator.ts";
import { type Outside, outsideOf } from "./outside.ts";

const events = 20_000;
const perRequest = 500;
const facilities = 20;
const products = 50;
const requestsAtOnce = 4;
/** Every so many requests one is sent again, and every so many events one is sent once more in a later request. */
const requestAgainEvery = 8;
const eventAgainEvery = 37;
const drainMsMax = 120_000;

const sale = (index: number) => ({
  eventId: `bulk-${index}`,
  facilityId: `B${String(index % facilities).padStart(2, "0")}`,
  type: index % 10 === 9 ? "return" : "sale",
  occurredAt: new Date(Date.UTC(2026, 10, 1, 8) + index * 1_000).toISOString(),
  lines: [{ sku: `SKU-${(index * 7) % products}`, quantity: 1 + (index % 3) }],
});

/** What each facility must have in the end, worked out from the events alone. */
function wanted(): Map<string, Map<string, number>> {
  const levels = new Map<string, Map<string, number>>();
  for (let index = 0; index < events; index += 1) {
    const { facilityId, type, lines } = sale(index);
    const { sku, quantity } = lines[0] ?? { sku: "", quantity: 0 };
    const ofFacility = levels.get(facilityId) ?? new Map<string, number>();
    levels.set(
      facilityId,
      ofFacility.set(sku, (ofFacility.get(sku) ?? 0) + (type === "return" ? quantity : -quantity)),
    );
  }
  return levels;
}

function requests(): ReturnType<typeof sale>[][] {
  const all = Array.from({ length: events }, (_, index) => sale(index));
  const plain = Array.from({ length: events / perRequest }, (_, turn) =>
    all.slice(turn * perRequest, (turn + 1) * perRequest),
  );
  const again = plain.filter((_, turn) => turn % requestAgainEvery === 0);
  const mixed = all.filter((_, index) => index % eventAgainEvery === 0).reverse();
  return [...plain, ...again, mixed.slice(0, perRequest), mixed.slice(perRequest)];
}

eachBackend("twenty thousand events", ({ kind }) => {
  let system: System;
  let outside: Outside;
  let database: DatabaseClient;
  beforeAll(async () => {
    system = await startSystem({ backend: kind });
    outside = await outsideOf(system);
    database = await databaseClient(system);
  });
  afterAll(async () => {
    await database?.end();
    outside?.end();
    await system?.stop();
  });

  test(
    "are all in the levels once, some of them sent twice, and the audit finds nothing",
    async () => {
      const waiting = requests();
      const sendAll = async () => {
        for (let next = waiting.shift(); next; next = waiting.shift()) await outside.send(next);
      };
      await Promise.all(Array.from({ length: requestsAtOnce }, sendAll));
      const drained = async () => {
        const { counts } = await outside.jobs("events", "completed");
        return (
          ["waiting", "active", "delayed", "prioritized"].every((state) => !counts[state]) &&
          Number(counts.completed) > 0
        );
      };
      await eventually(drained, { withinMs: drainMsMax, everyMs: 250 });
      expect(await outside.failedCauses()).toEqual([]);

      for (const [facilityId, levels] of wanted()) {
        const response = await system.board(`/api/facilities/${facilityId}/inventory?limit=1000`);
        const { items } = (await response.json()) as { items: { idValue: string; onHand: number }[] };
        const seen = Object.fromEntries(items.map(({ idValue, onHand }) => [idValue, onHand]));
        expect(seen, facilityId).toEqual(Object.fromEntries(levels));
      }
      const audit = await ops(system, "audit");
      expect(audit.output).toContain(
        `${events} movements of ${facilities} facilities: every level is the sum of its movements`,
      );
      expect(audit.exitCode).toBe(0);
    },
    drainMsMax + 60_000,
  );

  test("a level that was changed behind the ledger's back is found by the audit", async () => {
    await outside.send({ ...sale(0), facilityId: "TAMPERED" });
    await outside.applied("TAMPERED", "bulk-0");
    await database.rows(
      "update level set on_hand = on_hand + 1 from facility f where f.id = level.facility_id and f.facility_id = 'TAMPERED'",
    );
    const audit = await ops(system, "audit");
    expect(audit.exitCode).toBe(1);
    expect(audit.output).toMatch(/1 levels differ[\s\S]*TAMPERED/);
  });
});
