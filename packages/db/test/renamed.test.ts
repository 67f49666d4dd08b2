// A count in which products come under other ids is held; one that brings new products and leaves others out is not.
import { type ReconcileOptions, reconcileFacility } from "@inventory-sync/db";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { event, onHand, reconcileOptions, send, snapshot, stage } from "./ledger-driver.ts";
import { type OpenTestDatabase, openFresh } from "./support.ts";

const guards = { rejectedPct: 5, zeroedPct: 90, missingPct: 90, unitsPct: 100_000, renamedPct: 5 };
const guarded: ReconcileOptions = { ...reconcileOptions, guards };

let database: OpenTestDatabase;
let stores = 0;

beforeAll(async () => {
  database = await openFresh();
});
afterAll(() => database.drop());

type Counts = Readonly<Record<string, number>>;

/** How a facility's second count ends. */
async function second(before: Counts, after: Counts, options: Partial<ReconcileOptions> = {}) {
  const facilityId = `R${++stores}`;
  await snapshot(database, { at: "08:00", counts: { ...before }, facilityId });
  const { resetId, facility } = await stage(database, { at: "2 08:00", counts: { ...after }, facilityId });
  return { facilityId, ...(await reconcileFacility(database, { resetId, facility }, { ...guarded, ...options })) };
}

const plain = { P1: 3, P2: 8, P3: 5, P4: 2, P5: 7, P6: 4 };
const zeros = { "007001": 10, "007002": 10, "007003": 10 };
const noZeros = { "7001": 10, "7002": 10, "7003": 10 };
const season = (name: string, from: number, count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`${name}${at}`, from + 7 * at]));

describe("a count in which products come under other ids", () => {
  it.each([["keep"], ["zero"]] as const)(
    "is held when a spreadsheet took their zeros (ABSENT_ROWS=%s)",
    async (absentRows) => {
      const ended = await second({ ...plain, ...zeros }, { ...plain, ...noZeros }, { absentRows });
      expect(ended).toMatchObject({
        ended: "held",
        because: expect.stringContaining(
          "3 of 9 products with stock are missing, and as many new ones have like names or the same counts, so they may be the same under other ids: SKU 007001 → SKU 7001 (10), SKU 007002 → SKU 7002 (10), SKU 007003 → SKU 7003 (10) (33.3 %, limit 5 %)",
        ),
      });
      expect(await onHand(database, "7001", ended.facilityId)).toBeUndefined();
    },
  );

  it("is held also when the tills sold under the new ids before", async () => {
    const facilityId = `R${stores + 1}`;
    await send(database, [event("E1", "sale", { at: "09:00", lines: { "7001": 1 }, facilityId })]);
    expect(await second({ ...plain, ...zeros }, { ...plain, ...noZeros })).toMatchObject({ ended: "held" });
  });

  it("is held when the ids are quite different and the counts are those of the missing ones", async () => {
    const ended = await second({ ...plain, ...season("old", 20, 8) }, { ...plain, ...season("new", 20, 8) });
    expect(ended).toMatchObject({ ended: "held", because: expect.stringContaining("SKU old0 → SKU new0 (20)") });
  });
});

describe("a count of another assortment", () => {
  it.each([
    ["that brings new products only", plain, { ...plain, ...season("new", 20, 8) }],
    ["that leaves out what is sold out", { ...plain, ...season("old", 0, 1) }, { ...plain, ...season("new", 20, 8) }],
    ["in which others come than go", { ...plain, ...season("old", 20, 8) }, { ...plain, ...season("new", 23, 8) }],
    [
      "in which all come with 12 and all go with 12",
      { ...plain, a1: 12, a2: 12, a3: 12 },
      { ...plain, b1: 12, b2: 12, b3: 12 },
    ],
  ])("%s is applied", async (_, before, after) => {
    expect(await second(before, after)).toMatchObject({ ended: "applied" });
  });
});
