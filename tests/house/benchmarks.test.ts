/** The benchmarks' arithmetic: what a table of ratios rests on. How fast anything is, no test says. */
import { describe, expect, test } from "vitest";
import { measures } from "../../bench/catalog.ts";
import { figureOf, percentile, type Result, ratioOf, reaches } from "../../bench/support/measure.ts";

describe("the benchmarks", () => {
  test("have a measure for each of B1 to B22", () => {
    const wanted = Array.from({ length: 22 }, (_, index) => `B${index + 1}`);
    // A letter behind the number is another shape of the same.
    const ids = measures.flatMap((each) => each.ids.map((id) => id.replace(/[a-z]$/, "")));
    expect([...new Set(ids)].sort()).toEqual(wanted.sort());
  });

  test("take the median of an even number of rounds between the middle two, and tell the spread", () => {
    expect(figureOf([4, 1, 3, 2])).toMatchObject({ median: 2.5, min: 1, max: 4 });
    expect(figureOf([5, 1, 3])).toMatchObject({ median: 3 });
  });

  test("take a ratio round by round", () => {
    expect(ratioOf([10, 30], [10, 15]).rounds).toEqual([1, 2]);
  });

  test("take the second largest of a hundred values for their 99th percentile", () => {
    const values = Array.from({ length: 100 }, (_, index) => index + 1);
    expect(percentile(values, 0.99)).toBe(99);
    expect(percentile(values, 1)).toBe(100);
  });

  test("tell a result that misses its target, in either direction", () => {
    const result: Result = {
      ...{ id: "B0", what: "", unit: "", referenceIs: "", target: { ratioMin: 0.8 } },
      ...{ product: figureOf([7]), reference: figureOf([10]), ratio: figureOf([0.7]) },
    };
    expect(reaches(result)).toBe(false);
    expect(reaches({ ...result, target: { ratioMax: 0.8 } })).toBe(true);
    expect(reaches({ ...result, target: { ratioMax: 0.8, productMax: 6 } })).toBe(false);
  });
});
