// Any interleaving of sales, counts, merges and undoings under two names ends with the levels of a model that keeps what was sent
// under each name and works them out from scratch: of two stores, and of two products of one store.
import {
  facilitySide,
  type MergeKind,
  mergeNames,
  productSide,
  reconcileFacility,
  unmergeNames,
} from "@inventory-sync/db";
import type { WireEvent } from "@inventory-sync/domain";
import { auditLevels, explainLevel, levelPlace } from "@inventory-sync/operator";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { event, onHand, reconcileOptions, send, stage } from "./ledger-driver.ts";
import { type OpenTestDatabase, openFresh } from "./support.ts";

type Side = "from" | "into";
type Arrival =
  | { readonly what: "sale"; readonly side: Side; readonly id: number; readonly minute: number; readonly units: number }
  | { readonly what: "count"; readonly side: Side; readonly minute: number; readonly count: number }
  | { readonly what: "merge" | "undo" };

const RUNS = 60;
const SIDES = ["from", "into"] as const;
const side = fc.constantFrom(...SIDES);
const minute = fc.integer({ min: 0, max: 59 });
const sale = fc.tuple(side, fc.integer({ min: 0, max: 5 })).map(([of, id]): Arrival => {
  return { what: "sale", side: of, id, minute: (id * 11 + (of === "from" ? 5 : 0)) % 60, units: 1 + (id % 3) };
});
const count = fc.record({ what: fc.constant("count" as const), side, minute, count: fc.integer({ min: 0, max: 50 }) });
const turn = fc.record({ what: fc.constantFrom("merge" as const, "undo" as const) });
const arrivals = fc.array(fc.oneof({ arbitrary: sale, weight: 4 }, count, { arbitrary: turn, weight: 2 }), {
  minLength: 1,
  maxLength: 20,
});

interface Count {
  readonly minute: number;
  readonly count: number;
}

/** On hand under each name; of one that is merged, or has never been heard of, undefined. */
function model(all: readonly Arrival[]): Record<Side, number | undefined> {
  const sold = { from: new Map<number, Extract<Arrival, { what: "sale" }>>(), into: new Map() } as Record<
    Side,
    Map<number, Extract<Arrival, { what: "sale" }>>
  >;
  const counts: Partial<Record<Side, Count | undefined>> = {};
  const known = new Set<Side>();
  let merged: { readonly before: Count | undefined; readonly adopted: Count | undefined } | undefined;
  for (const arrival of all) {
    if (arrival.what === "sale") {
      known.add(merged ? "into" : arrival.side);
      if (!sold[arrival.side].has(arrival.id)) sold[arrival.side].set(arrival.id, arrival);
    } else if (arrival.what === "count") {
      const at = merged ? "into" : arrival.side;
      known.add(at);
      if (!counts[at] || arrival.minute >= counts[at].minute) counts[at] = arrival;
    } else if (arrival.what === "merge" && !merged && known.size === 2) {
      const isNewer = counts.from !== undefined && (!counts.into || counts.from.minute > counts.into.minute);
      merged = { before: counts.into, adopted: isNewer ? counts.from : undefined };
      if (isNewer && counts.from) counts.into = counts.from;
    } else if (arrival.what === "undo" && merged) {
      if (merged.adopted && counts.into === merged.adopted) counts.into = merged.before;
      merged = undefined;
    }
  }
  const level = (at: Side, of: readonly Side[]) =>
    of
      .flatMap((each) => [...sold[each].values()])
      .filter((each) => !counts[at] || each.minute > counts[at].minute)
      .reduce((sum, each) => sum - each.units, counts[at]?.count ?? 0);
  if (merged) return { from: undefined, into: level("into", SIDES) };
  return {
    from: known.has("from") ? level("from", ["from"]) : undefined,
    into: known.has("into") ? level("into", ["into"]) : undefined,
  };
}

let database: OpenTestDatabase;
beforeAll(async () => {
  database = await openFresh();
});
afterAll(async () => {
  await database.drop();
});

const at = (minuteOfHour: number) => `10:${String(minuteOfHour).padStart(2, "0")}`;

/** Where a side stands, of the run of that number: another store, or another product of one store. */
function placeOf(kind: MergeKind, run: number, which: Side) {
  return kind === "facility"
    ? { facilityId: `${kind} ${run} ${which}`, sku: "X" }
    : { facilityId: `${kind} ${run}`, sku: `${which} ${run}` };
}

async function numberOf(kind: MergeKind, { facilityId, sku }: ReturnType<typeof placeOf>) {
  const { pool } = database;
  return (
    await (kind === "facility" ? facilitySide(pool, facilityId) : productSide(pool, { idType: "SKU", idValue: sku }))
  )?.id;
}

async function play(kind: MergeKind, run: number, all: readonly Arrival[]): Promise<boolean> {
  const who = { who: "test", reason: "test" };
  const wait = { lockWaitMsMax: 5_000 };
  let id: string | undefined;
  for (const arrival of all) {
    if (arrival.what === "sale") {
      const { facilityId, sku } = placeOf(kind, run, arrival.side);
      const lines = { [sku]: arrival.units };
      const sent: WireEvent = event(`${arrival.side} ${arrival.id}`, "sale", {
        at: at(arrival.minute),
        lines,
        facilityId,
      });
      await send(database, [sent]);
    } else if (arrival.what === "count") {
      // The test stages under numbers, so it says itself which store an id leads to.
      const { facilityId, sku } = placeOf(kind, run, id !== undefined && kind === "facility" ? "into" : arrival.side);
      const staged = await stage(database, { at: at(arrival.minute), facilityId, counts: { [sku]: arrival.count } });
      await reconcileFacility(database, staged, reconcileOptions);
    } else if (arrival.what === "merge" && id === undefined) {
      const from = await numberOf(kind, placeOf(kind, run, "from"));
      const into = await numberOf(kind, placeOf(kind, run, "into"));
      if (from && into) ({ id } = await mergeNames(database, { kind, from, into, ...who }, wait));
    } else if (arrival.what === "undo" && id !== undefined) {
      await unmergeNames(database, { id, ...who }, wait);
      id = undefined;
    }
  }
  return id !== undefined;
}

it.each(["facility", "product"] as const)("two names of a %s end with the levels of the model", async (kind) => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(arrivals, async (all) => {
      run += 1;
      const isMerged = await play(kind, run, all);
      const found: Partial<Record<Side, number | undefined>> = {};
      for (const which of SIDES) {
        const place = placeOf(kind, run, which);
        found[which] = isMerged && which === "from" ? undefined : await onHand(database, place.sku, place.facilityId);
      }
      expect(found).toEqual(model(all));
      const { facilityId, sku } = placeOf(kind, run, "into");
      if (found.into === undefined) return;
      const level = await levelPlace(database, { facilityId, names: [{ idType: "SKU", idValue: sku }] });
      const { lines } = await explainLevel(database, level);
      expect(lines.map((line) => line.what)).not.toContain("remainder");
    }),
    { numRuns: RUNS },
  );
  const { differences, listed } = await auditLevels(database);
  expect(differences, JSON.stringify(listed)).toBe(0);
});
