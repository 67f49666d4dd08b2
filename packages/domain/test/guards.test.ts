// The guard against products that come under other ids: what is held, and what goes through as a change of the assortment.
import { type GuardFigures, mayBeRenamed, type Renamed, trippedGuards } from "@inventory-sync/domain";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const limits = { rejectedPct: 100, zeroedPct: 100, missingPct: 100, unitsPct: 1e6, renamedPct: 5 };
const figures: GuardFigures = {
  ...{ rows: 9, rejected: 0, lastRows: 9, isRepair: false, stocked: 9, zeroed: 0, unitsBefore: 90, unitsAfter: 120 },
};
const held = (renamed: Renamed, stocked = 9) => trippedGuards({ ...figures, stocked, renamed }, limits);

describe("products that are new while like ones are missing", () => {
  it("hold a facility, in a sentence that shows which", () => {
    const examples = ["SKU 007001 → SKU 7001 (10)", "SKU 007002 → SKU 7002 (10)"];
    expect(held({ fresh: 3, gone: 3, byName: 3, byCount: 0, examples })).toEqual([
      "3 of 9 products with stock are missing, and as many new ones have like names or the same counts, so they may be the same under other ids: SKU 007001 → SKU 7001 (10), SKU 007002 → SKU 7002 (10) and 1 more (33.3 %, limit 5 %)",
    ]);
  });

  it("hold it also by their counts alone, where these are those of most of them", () => {
    expect(held({ fresh: 20, gone: 21, byName: 0, byCount: 14, examples: [] }, 200)).toHaveLength(1);
    expect(held({ fresh: 20, gone: 21, byName: 0, byCount: 9, examples: [] }, 200)).toEqual([]);
    expect(held({ fresh: 2, gone: 2, byName: 0, byCount: 2, examples: [] }), "two equal counts are chance").toEqual([]);
  });

  it("hold nothing where few of many are, or where the guard is not set", () => {
    expect(held({ fresh: 3, gone: 3, byName: 3, byCount: 0, examples: [] }, 60)).toEqual([]);
    const { renamedPct: _, ...others } = limits;
    const renamed = { fresh: 3, gone: 3, byName: 3, byCount: 0, examples: [] };
    expect(trippedGuards({ ...figures, renamed }, others)).toEqual([]);
  });

  it("are looked for wherever they could trip the guard", () => {
    const some = fc.nat(50);
    fc.assert(
      fc.property(some, some, some, some, fc.integer({ min: 1, max: 50 }), (fresh, gone, byName, byCount, stocked) => {
        const pairs = Math.min(fresh, gone);
        const renamed = { fresh, gone, examples: [], byName: Math.min(byName, pairs), byCount: 0 };
        const found = { ...renamed, byCount: Math.min(byCount, pairs - renamed.byName) };
        if (held(found, stocked).length > 0)
          expect(mayBeRenamed({ fresh, gone, stocked }, limits.renamedPct)).toBe(true);
      }),
    );
  });
});
