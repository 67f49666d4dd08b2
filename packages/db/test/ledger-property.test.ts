// Whatever arrives, in whatever order and how often: the levels end as an independent model says, and each level is the
// sum of its effects (R1–R6).

import {
  facilityNumber,
  NotRevertible,
  partitionLedger,
  reconcileFacility,
  reconcileTogether,
  revertReset,
} from "@inventory-sync/db";
import type { WireEvent } from "@inventory-sync/domain";
import { explainLevel, levelPlace, NotFound } from "@inventory-sync/operator";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshFolder } from "../../../tests/support/index.ts";
import { archiveAll, restoreAll } from "./archive-driver.ts";
import { event, onHand, reconcileOptions, send, stage } from "./ledger-driver.ts";
import { type Arrival, modelLevels } from "./ledger-model.ts";
import { type OpenTestDatabase, openFresh } from "./support.ts";

const PRODUCTS = 3;
const RUNS = 70;

let database: OpenTestDatabase;
let folder: string;
/** Movements that went to files in all runs. */
let archived = 0;

beforeAll(async () => {
  database = await openFresh();
  folder = await freshFolder("archive");
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
  // Half of them late, so that one follows another.
  minute: fc.oneof(minute, fc.integer({ min: 40, max: 59 })),
  counts: fc
    .array(fc.option(row, { freq: 4 }), { minLength: PRODUCTS, maxLength: PRODUCTS })
    .filter((rows) => rows.some((each) => each !== null)),
  zeroesAbsent: fc.boolean(),
});
// Until when is archived is known once it is done; null puts everything back.
const archive = fc.constantFrom(0, 0, 0, null).map((minute): Arrival => ({ kind: "archive", minute }));
const arrivals = fc.array(
  fc.oneof(
    { arbitrary: movement, weight: 5 },
    acknowledgement,
    { arbitrary: counted, weight: 2 },
    fc.constant({ kind: "revert" as const }),
    { arbitrary: archive, weight: 2 },
  ),
  // As long as it may be: only what was counted twice can be archived.
  { minLength: 1, maxLength: 25, size: "max" },
);

const sku = (product: number) => `P${product}`;
const at = (minuteOfHour: number) => `10:${String(minuteOfHour).padStart(2, "0")}`;

function toEvent(
  arrival: Exclude<Arrival, { kind: "snapshot" | "revert" | "archive" }>,
  facilityId: string,
): WireEvent {
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

/**
 * Sends what arrives; events between two snapshots go in one batch unless one of them is in it already. Returns what arrived, with until
 * when was archived.
 */
async function play(all: readonly Arrival[], facilityId: string): Promise<readonly Arrival[]> {
  const played: Arrival[] = [];
  let batch: WireEvent[] = [];
  const flush = async () => {
    if (batch.length > 0) await send(database, batch);
    batch = [];
  };
  let latest: string | undefined;
  for (const arrival of all) {
    if (arrival.kind === "archive") {
      await flush();
      played.push({ kind: "archive", minute: await archiveOrRestore(arrival.minute === null, facilityId) });
      continue;
    }
    played.push(arrival);
    if (arrival.kind === "snapshot") {
      await flush();
      const resetId = await count(arrival, facilityId);
      if (resetId !== undefined) latest = resetId;
    } else if (arrival.kind === "revert") {
      await flush();
      if (latest !== undefined) await revertOnce(latest, facilityId);
    } else {
      const next = toEvent(arrival, facilityId);
      if (batch.some((each) => each.eventId === next.eventId)) await flush();
      batch.push(next);
    }
  }
  await flush();
  return played;
}

/** Returns the minute until which is archived now. */
async function archiveOrRestore(isRestore: boolean, facilityId: string): Promise<number | null> {
  if (isRestore) await restoreAll(database, { facilityId, folder });
  const { until, moved } = isRestore ? { until: null, moved: 0 } : await archiveAll(database, { facilityId, folder });
  archived += moved;
  return until === null ? null : until.getUTCMinutes();
}

function rowsOf(listed: Extract<Arrival, { kind: "snapshot" }>["counts"]) {
  const rows = listed.flatMap((each, product) => (each ? [{ ...each, sku: sku(product) }] : []));
  return {
    counts: Object.fromEntries(rows.map((each) => [each.sku, each.count])),
    times: Object.fromEntries(rows.flatMap(({ sku: of, minute: own }) => (own === undefined ? [] : [[of, at(own)]]))),
  };
}

/** The same count is true of this one, too, with every other one: there it comes before and after other counts. */
const BESIDE = "beside";

/** One count, alone or together with another facility's. Returns the reset's id where it was applied. */
async function count(counted: Extract<Arrival, { kind: "snapshot" }>, facilityId: string): Promise<string | undefined> {
  const options = { ...reconcileOptions, absentRows: counted.zeroesAbsent ? "zero" : "keep" } as const;
  const facilityIds = counted.minute % 2 === 0 ? [facilityId] : [facilityId, BESIDE];
  const { resetId, facilities } = await stage(database, {
    ...{ at: at(counted.minute), facilityIds },
    ...rowsOf(counted.counts),
  });
  const facility = (await facilityNumber(database, facilityId)) ?? 0;
  if (facilities.length === 1) {
    const { ended } = await reconcileFacility(database, { resetId, facility }, options);
    return ended === "applied" ? resetId : undefined;
  }
  const ended = await reconcileTogether(database, { resetId, facilities }, options);
  expect([...ended.values()].map((each) => each.ended)).not.toContain("apart");
  return ended.get(facility)?.ended === "applied" ? resetId : undefined;
}

async function revertOnce(resetId: string, facilityId: string): Promise<void> {
  const wanted = { resetId, facilityIds: [facilityId], decidedBy: "test" };
  try {
    await revertReset(database, wanted, { lockWaitMsMax: 5_000 });
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
  it("agrees with the model for any events, acknowledgements, snapshots, reverts, repetitions, archives and restores in any order", async () => {
    let facilities = 0;
    await fc.assert(
      fc.asyncProperty(arrivals, async (all) => {
        facilities += 1;
        // The second half of them happens to a ledger in partitions.
        if (facilities === RUNS / 2) await partitionLedger(String(database.pool.options.connectionString));
        const facilityId = `F${facilities}`;
        const played = await play(all, facilityId);
        const levels = await Promise.all(
          Array.from({ length: PRODUCTS }, (_, product) => onHand(database, sku(product), facilityId)),
        );
        expect(levels.map((level) => level ?? null)).toEqual(modelLevels(played, PRODUCTS));
        await expectExplained(facilityId, sku(facilities % PRODUCTS));
      }),
      { numRuns: RUNS },
    );
    expect(archived).toBeGreaterThan(0);
    const sums = await database.pool.query(
      `select l.facility_id, l.product_id from level l
         left join lateral (select sum(effect) as total from movement m
                             where (m.facility_id, m.product_id) = (l.facility_id, l.product_id)) m on true
        where l.on_hand <> coalesce(m.total, 0)`,
    );
    expect(sums.rows, "levels that are not the sum of their effects").toEqual([]);
  });
});
