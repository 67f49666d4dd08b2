// A count in which a point stands between thousands reads as a thousandth of what is there: it is held. What is sold by weight is not.
import { type ReconcileOptions, reconcileFacility } from "@inventory-sync/db";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { event, onHand, reconcileOptions, send, snapshot, stage } from "./ledger-driver.ts";
import { type OpenTestDatabase, openFresh } from "./support.ts";

const guards = { rejectedPct: 5, zeroedPct: 100, missingPct: 90, unitsPct: 100_000_000, renamedPct: 100 };
const guarded: ReconcileOptions = { ...reconcileOptions, guards };

let database: OpenTestDatabase;
let stores = 0;

beforeAll(async () => {
  database = await openFresh();
});
afterAll(() => database.drop());

interface Second {
  readonly before: Readonly<Record<string, number>>;
  /** Sold of each product between the two counts, one sale each. */
  readonly sales?: readonly number[];
  readonly after: Readonly<Record<string, number>>;
}

/** How a facility's second count ends, what was sold in between. */
async function second({ before, sales = [], after }: Second) {
  const facilityId = `F${++stores}`;
  await snapshot(database, { at: "08:00", counts: { ...before }, facilityId });
  const sold = sales.map((quantity, index) => {
    const lines = Object.fromEntries(Object.keys(before).map((sku) => [sku, quantity]));
    return event(`${facilityId}-${index}`, "sale", { at: "09:00", lines, facilityId });
  });
  if (sold.length > 0) await send(database, sold);
  const { resetId, facility } = await stage(database, { at: "2 08:00", counts: { ...after }, facilityId });
  return { facilityId, ...(await reconcileFacility(database, { resetId, facility }, guarded)) };
}

const pieces = Array.from({ length: 12 }, () => 1);

describe("a product of whole numbers", () => {
  it("that becomes exactly a thousandth of itself holds the facility, in a sentence that shows it", async () => {
    const { facilityId, ...ended } = await second({ before: { TAPE: 1200, TEE: 40 }, after: { TAPE: 1.2, TEE: 40 } });
    expect(ended).toMatchObject({
      ended: "held",
      because:
        "1 product that was a whole number would be a fraction, or a thousandth of what it was, as when the file writes 1.200 for 1,200: SKU TAPE 1,200 → 1.2",
    });
    expect(await onHand(database, "TAPE", facilityId)).toBe(1200);
  });

  it.each([
    ["a whole thousandth, as 2.000 of 2,000", { before: { TAPE: 2000 }, after: { TAPE: 2 } }],
    ["nearly a thousandth, because some were sold unseen", { before: { TAPE: 1200 }, after: { TAPE: 1.15 } }],
    ["a thousandth of what the sales have left", { before: { TAPE: 1212 }, sales: pieces, after: { TAPE: 1.2 } }],
    ["half a piece after many whole sales", { before: { CARTON: 40 }, sales: pieces, after: { CARTON: 2.5 } }],
    ["a thousandth below zero", { before: { TAPE: -1200 }, after: { TAPE: -1.2 } }],
  ])("is held when it becomes %s", async (_, counts) => {
    expect(await second(counts)).toMatchObject({ ended: "held" });
  });
});

describe("an ordinary change", () => {
  it.each([
    ["of what is sold by weight, and stood at a whole number", { before: { HAM: 10 }, after: { HAM: 9.75 } }],
    ["of what was sold by weight", { before: { HAM: 50 }, sales: [...pieces, 0.5, 0.5], after: { HAM: 36.255 } }],
    ["down to little", { before: { TAPE: 1200 }, sales: pieces, after: { TAPE: 2 } }],
    ["to none", { before: { TAPE: 1200 }, after: { TAPE: 0 } }],
  ])("%s is applied", async (_, counts) => {
    expect(await second(counts)).toMatchObject({ ended: "applied" });
  });

  it("of whole numbers into whole numbers that are no thousandth is never held", async () => {
    const stock = fc.integer({ min: -3000, max: 3000 });
    const pairs = fc.array(fc.tuple(stock, stock), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(pairs, async (found) => {
        const ordinary = found.filter(([before, after]) => after === 0 || after * 1000 !== before);
        const named = (which: 0 | 1) => ({
          BASE: 5,
          ...Object.fromEntries(ordinary.map((pair, index) => [`P${index}`, pair[which]])),
        });
        const ended = await second({ before: named(0), after: named(1) });
        expect(ended.ended === "held" ? ended.because : "").not.toContain("a fraction");
      }),
      { numRuns: 12 },
    );
  });
});
