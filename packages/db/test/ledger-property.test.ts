// Whatever arrives, in whatever order and how often: the levels end as an independent model says, and each level is the
// sum of its effects (R1–R6).

import { NotRevertible, reconcileFacility, revertReset } from "@inventory-sync/db";
import type { WireEvent } from "@inventory-sync/domain";
import { explainLevel, levelPlace, NotFound } from "@inventory-sync/operator";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { event, onHand, reconcileOptions, send, stage } from "./ledger-driver.ts";
import { type Arrival, modelLevels } from "./ledger-model.ts";
import { type OpenTestDatabase, openFresh } from "./support.ts";

const PRODUCTS = 3;
const RUNS = 120;

let database: OpenTestDatabase;

beforeAll(async () => {
  database = await openFresh();
});

afterAll(async () => {
  await database.drop();
});

const minute = fc.integer({ min: 0, max: 59 });

// What an id stands for is a function of the id, so that the same id always comes with the same content.
const movement = fc.integer({ min: 0, max: 11 }).map((id): Arrival => {
  const kind = (["sale", "return", "adjustment", "shipment"] as const)[id % 4] ?? "sale";
  return { kind, id, minute: (id * 17) % 60, units: 1 + (id % 3), product: (id >> 2) % PRODUCTS };
});
const acknowledgement = fc
  .integer({ min: 0, max: 5 })
  .map((id): Arrival => ({ kind: "acknowledgement", id, minute: (id * 23) % 60, shipment: 3 + 4 * (id % 3) }));
const row = fc.record({
  count: fc.integer({ min: -5, max: 50 }),
  minute: fc.option(minute, { freq: 3, nil: undefined }),
});
// Most files say of most products what they have; some leave one out or give a row a time of its own.
const counted = fc.record({
  kind: fc.constant("snapshot" as const),
  minute,
  counts: fc
    .array(fc.option(row, { freq: 4 }), { minLength: PRODUCTS, maxLength: PRODUCTS })
    .filter((rows) => rows.some((each) => each !== null)),
  zeroesAbsent: fc.boolean(),
});
const arrivals = fc.array(
  fc.oneof({ arbitrary: movement, weight: 5 }, acknowledgement, counted, fc.constant({ kind: "revert" as const })),
  {
    minLength: 1,
    maxLength: 25,
  },
);

const sku = (product: number) => `P${product}`;
const at = (minuteOfHour: number) => `10:${String(minuteOfHour).padStart(2, "0")}`;

function toEvent(arrival: Exclude<Arrival, { kind: "snapshot" | "revert" }>, facilityId: string): WireEvent {
  const when = at(arrival.minute);
  if (arrival.kind === "acknowledgement") {
    return event(`acknowledgement ${arrival.id}`, "shipment-acknowledged", {
      at: when,
      of: `shipment ${arrival.shipment}`,
      facilityId,
    });
  }
  const lines = { [sku(arrival.product)]: arrival.units };
  return event(`${arrival.kind} ${arrival.id}`, arrival.kind, { at: when, lines, facilityId });
}

/** Sends what arrives; events between two snapshots go in one batch unless one of them is in it already. */
async function play(all: readonly Arrival[], facilityId: string): Promise<void> {
  let batch: WireEvent[] = [];
  const flush = async () => {
    if (batch.length > 0) await send(database, batch);
    batch = [];
  };
  let latest: string | undefined;
  for (const arrival of all) {
    if (arrival.kind === "snapshot") {
      await flush();
      const staged = await stage(database, { at: at(arrival.minute), facilityId, ...rowsOf(arrival.counts) });
      const absentRows = arrival.zeroesAbsent ? "zero" : "keep";
      const { ended } = await reconcileFacility(database, staged, { ...reconcileOptions, absentRows });
      if (ended === "applied") latest = staged.resetId;
    } else if (arrival.kind === "revert") {
      await flush();
      if (latest !== undefined) await revertOnce(latest);
    } else {
      const next = toEvent(arrival, facilityId);
      if (batch.some((each) => each.eventId === next.eventId)) await flush();
      batch.push(next);
    }
  }
  await flush();
}

function rowsOf(listed: Extract<Arrival, { kind: "snapshot" }>["counts"]) {
  const rows = listed.flatMap((each, product) => (each ? [{ ...each, sku: sku(product) }] : []));
  return {
    counts: Object.fromEntries(rows.map((each) => [each.sku, each.count])),
    times: Object.fromEntries(rows.flatMap(({ sku: of, minute: own }) => (own === undefined ? [] : [[of, at(own)]]))),
  };
}

async function revertOnce(resetId: string): Promise<void> {
  try {
    await revertReset(database, { resetId, decidedBy: "test" }, { lockWaitMsMax: 5_000 });
  } catch (error) {
    if (!(error instanceof NotRevertible)) throw error;
  }
}

/** What a level rests on and everything since add up to it, with nothing that the ledger cannot explain. */
async function expectExplained(facilityId: string, idValue: string): Promise<void> {
  const explained = await levelPlace(database, { facilityId, names: [{ idType: "SKU", idValue }] })
    .then((place) => explainLevel(database, place))
    .catch((error: unknown) => {
      if (!(error instanceof NotFound)) throw error;
    });
  if (!explained) return;
  expect(explained.lines.map((line) => line.what)).not.toContain("remainder");
  expect(explained.lines.reduce((sum, line) => sum + line.quantity, 0)).toBe(explained.onHand);
}

describe("the ledger", () => {
  it("agrees with the model for any events, acknowledgements, snapshots, reverts and repetitions in any order", async () => {
    let facilities = 0;
    await fc.assert(
      fc.asyncProperty(arrivals, async (all) => {
        facilities += 1;
        const facilityId = `F${facilities}`;
        await play(all, facilityId);
        const levels = await Promise.all(
          Array.from({ length: PRODUCTS }, (_, product) => onHand(database, sku(product), facilityId)),
        );
        expect(levels.map((level) => level ?? null)).toEqual(modelLevels(all, PRODUCTS));
        await expectExplained(facilityId, sku(facilities % PRODUCTS));
      }),
      { numRuns: RUNS },
    );
    const sums = await database.pool.query(
      `select l.facility_id, l.product_id from level l
         left join lateral (select sum(effect) as total from movement m
                             where (m.facility_id, m.product_id) = (l.facility_id, l.product_id)) m on true
        where l.on_hand <> coalesce(m.total, 0)`,
    );
    expect(sums.rows, "levels that are not the sum of their effects").toEqual([]);
  });
});
