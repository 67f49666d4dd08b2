/** `npm run simulate` in small: a day of a chain on real processes, and the arithmetic of that day. */
import { describe, expect, inject, test } from "vitest";
import { type Chain, receiptsOf } from "../../bench/simulate/day.ts";
import { expectedOf } from "../../bench/simulate/model.ts";
import { simulate } from "../../bench/simulate/simulate.ts";
import { openStand } from "../../bench/support/stand.ts";
import { randomOf } from "../faults/random.ts";

const withRedis = inject("redisUrl") === null ? " (skipped: no redis-server here)" : "";

describe("a simulated day", () => {
  test.each([1, 2, 3])("has the receipts, the lines and the busiest hour that the model says (seed %i)", (seed) => {
    const chain: Chain = { stores: 200, products: 5_000, listed: 800, linesPerStore: 110 };
    const receipts = [...receiptsOf(chain, randomOf(seed))].flat();
    const expected = expectedOf(chain);
    expect(receipts.length / expected.receipts).toBeCloseTo(1, 1);
    expect(receipts.flatMap(({ products }) => products).length / expected.lines).toBeCloseTo(1, 1);
    const busiest = receipts.filter(({ minute }) => Math.floor(minute / 60) === 17).length;
    expect(busiest / 3_600 / expected.busiestHour).toBeCloseTo(1, 1);
    for (const { products } of receipts) for (const product of products) expect(product).toBeGreaterThanOrEqual(0);
    expect(Math.max(...receipts.flatMap(({ products }) => products))).toBeLessThan(chain.products);
  });

  test("is the same day for the same seed", () => {
    const chain: Chain = { stores: 5, products: 50, listed: 20, linesPerStore: 60 };
    const day = (seed: number) => [...receiptsOf(chain, randomOf(seed))];
    expect(day(7)).toEqual(day(7));
    expect(day(7)).not.toEqual(day(8));
  });

  test.skipIf(withRedis)(`ends with every receipt in the ledger once and two counts applied${withRedis}`, async () => {
    const stand = await openStand();
    try {
      const chain: Chain = { stores: 6, products: 60, listed: 40, linesPerStore: 60 };
      const day = await simulate(stand, { chain, speed: 30_000, perRequest: 1, seed: 1 });
      expect(day.receipts).toBe(day.hours.reduce((sum, { receipts }) => sum + receipts, 0));
      expect(day.receipts).toBeGreaterThan(100);
      expect(day.hours).toHaveLength(24);
      expect(day.firstNight.corrected).toBe(chain.stores * chain.listed);
      expect(day.nextNight.corrected).toBeGreaterThanOrEqual((chain.stores * chain.listed) / 20);
      expect(day.audited).toBe(day.lines + day.firstNight.corrected + day.nextNight.corrected);
      expect(day.onHandP99).toBeGreaterThan(0);
    } finally {
      await stand.close();
    }
  });
});
