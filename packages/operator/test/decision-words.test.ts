// What a decision about a held store will do, in words.
import { expect, test } from "vitest";
import { listedText } from "../src/decision-words.ts";

const part = {
  facilityId: "S1",
  corrected: 0,
  unitsBefore: 0,
  unitsAfter: 0,
  listed: 1,
  stale: 1,
  absent: 1,
  unitsKept: 10,
};

test("of products that a count does not list, those that become 0 and those that keep their stock are told in one sentence", () => {
  expect(listedText([part], { absentRows: "zero" })).toBe(
    "0 of 2 products are listed: 0 → 0 units. Of the others 1 becomes 0 and 1 keeps its 10 units.",
  );
  expect(listedText([part], { absentRows: "keep" })).toContain("The other 2 keep their 10 units.");
  expect(listedText([{ ...part, listed: 0, stale: 0 }], { absentRows: "zero" })).toContain("The other one becomes 0.");
});
