// The kind `shopify` against a simulated shop: whatever happens to a call, the shop's numbers become ours, and never an older one after a newer.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Fault } from "../../../tests/shops/shopify/faults.ts";
import type { Written } from "../../../tests/shops/shopify/set-quantities.ts";
import type { Shop } from "../../../tests/shops/start-shop.ts";
import { eventually } from "../../../tests/support/index.ts";
import {
  levelOf,
  NORTH,
  type OpenShopify,
  onHandOf,
  openShopify,
  SOUTH,
  startShopify,
  tellOnce,
  tellUntilTaken,
} from "./shopify-parts.ts";

let shop: Shop;
let open: OpenShopify;
let ids = 1_000;
const opened: OpenShopify[] = [];

interface Seen {
  readonly sets: number;
  readonly refused: number;
  readonly activations: number;
  readonly largest: number;
  readonly throttled: number;
  readonly repeatedKeys: number;
  readonly granted: number;
  readonly atOnceMax: number;
}
const seen = () => shop.control<Seen>("seen");
const writtenTo = async (id: number) =>
  (await shop.control<Written[]>("written")).filter(({ item }) => item === id).map(({ quantity }) => quantity);
/** A channel of its own, so that what one has learned of the shop is not the next one's. */
const fresh = (changed: Readonly<Record<string, unknown>> = {}) => {
  open = openShopify(shop, changed);
  opened.push(open);
  return open.target;
};
const put = async (more: object = {}) => {
  ids += 1;
  await shop.control("items", [{ id: ids, sku: `SKU-${ids}`, at: { [NORTH]: 10 }, ...more }]);
  return ids;
};
const confirmed = (id: number) => ({ fate: "confirmed", target: `gid://shopify/InventoryItem/${id}` });

beforeAll(async () => {
  shop = await startShopify();
});
afterAll(async () => {
  await Promise.all(opened.map(({ target }) => target.close()));
  await shop?.kill();
});
afterEach(async () => {
  await shop.control("manners", {});
  await shop.control("keys", { areHonoured: true });
  await shop.control("bucket", { maximumAvailable: 2_000, currentlyAvailable: 2_000, restoreRate: 100 });
  // Its numbers are what was confirmed: nothing that was told is in a log, and no secret is.
  expect(open.logged.join("")).not.toMatch(/a-client-secret|shpat_|shpca_/);
});

const faults: readonly (readonly [string, Omit<Fault, "on">])[] = [
  ["cut before anything is done", { what: "cut" }],
  ["done, and its answer lost", { what: "drop" }],
  ["cut, and done much later", { what: "late", ms: 400 }],
  ["left without an answer", { what: "hang", ms: 200 }],
  ["answered 429", { what: "status", status: 429, headers: { "retry-after": "1" } }],
  ["answered 500", { what: "status", status: 500 }],
  ["answered 502 three times", { what: "status", status: 502, times: 3 }],
  ["done, and answered 503", { what: "status", status: 503, isDone: true }],
  ["done, and answered 504", { what: "status", status: 504, isDone: true, times: 2 }],
  ["done, and half of its answer lost", { what: "half" }],
  ["done, and answered with a page", { what: "html" }],
  ["done, and answered with nothing", { what: "empty" }],
  ["answered slowly", { what: "drip", ms: 200 }],
  ["an internal error", { what: "internal" }],
  ["done, and an internal error", { what: "internal", isDone: true }],
  ["met by the end of the token", { what: "revoke" }],
];

describe("a set that is", () => {
  for (const areHonoured of [true, false])
    it.each(faults)(
      `%s leaves the newest number${areHonoured ? "" : ", also where keys are not honoured"}`,
      async (_name, fault) => {
        await shop.control("keys", { areHonoured });
        const id = await put();
        const target = fresh();
        expect(await tellOnce(target, [levelOf(id, 9)])).toEqual([confirmed(id)]);
        await shop.control("fault", { on: "set", ...fault });
        // Between two tries the level changes, as it does in a store that sells.
        const { fates, failures } = await tellUntilTaken(target, (attempt) => [levelOf(id, 7 - attempt, { told: 9 })]);
        expect(fates).toEqual([confirmed(id)]);
        const last = 7 - failures.length;
        expect(await onHandOf(shop, id)).toBe(last);
        if (fault.what === "late") {
          // The one that was late came to its end, and changed nothing.
          const before = await seen();
          await eventually(async () => (await seen()).sets + (await seen()).repeatedKeys > before.sets, {
            withinMs: 3_000,
          });
          await new Promise((done) => setTimeout(done, fault.ms));
          expect(await onHandOf(shop, id)).toBe(last);
        }
        expect(await tellOnce(target, [levelOf(id, 1, { told: last })])).toEqual([confirmed(id)]);
        const numbers = await writtenTo(id);
        expect(numbers).toEqual([...numbers].sort((one, other) => other - one));
        expect(await onHandOf(shop, id)).toBe(1);
      },
    );

  it("the first one of a level, cut and done much later, does not come after a newer one", async () => {
    const id = await put();
    const target = fresh();
    await shop.control("fault", { on: "set", what: "late", ms: 300 });
    const { fates } = await tellUntilTaken(target, (attempt) => [levelOf(id, 8 - attempt)]);
    expect(fates).toEqual([confirmed(id)]);
    const { repeatedKeys } = await seen();
    await eventually(async () => (await seen()).repeatedKeys > repeatedKeys);
    expect(await onHandOf(shop, id)).toBe(7);
  });
});

describe("one call", () => {
  it("with bad entries of every sort tells the other 240 of 250 right, and sets those aside with why", async () => {
    const good = Array.from({ length: 240 }, (_, at) => 5_000 + at);
    await shop.control(
      "items",
      good.map((id) => ({ id, sku: `SKU-${id}`, at: { [NORTH]: 3 } })),
    );
    const bundle = await put({ isBundle: true });
    const changed = await put();
    const alreadyRight = await put();
    const away = await put({ at: { [SOUTH]: 4 } });
    const mine = await put();
    const inactive = await put();
    await shop.control("deactivate", { sku: `SKU-${inactive}`, location: NORTH });
    const target = fresh();
    const bad = [
      levelOf(bundle, 5),
      levelOf(999_999, 5),
      levelOf(changed, 5, { told: 7 }),
      levelOf(alreadyRight, 10, { told: 7 }),
      levelOf(away, 6),
      levelOf(mine, 2, { told: 7, mayOverwrite: true }),
      levelOf(inactive, 8, { told: null }),
      levelOf(changed, 5, { place: "999" }),
      levelOf(changed, 5, { target: null }),
      levelOf(changed, 5, { place: "gid://elsewhere/Location/1" }),
    ];
    const fates = await tellOnce(target, [...good.map((id) => levelOf(id, id - 4_900)), ...bad]);
    expect(fates.slice(0, 240)).toEqual(good.map(confirmed));
    expect(fates.slice(240).map((each) => (each.fate === "set-aside" ? each.code : each.fate))).toEqual([
      ...["BUNDLE", "UNMAPPED_PRODUCT", "TARGET_CHANGED", "confirmed", "confirmed", "confirmed", "confirmed"],
      ...["UNMAPPED_FACILITY", "UNMAPPED_PRODUCT", "UNMAPPED_FACILITY"],
    ]);
    expect(fates[242]).toMatchObject({ message: expect.stringContaining("Shopify has 10 on hand, it was told 7") });
    const levels = await shop.control<{ id: number; location: number; onHand: number }[]>("levels");
    const there = new Map(levels.filter(({ location }) => location === NORTH).map(({ id, onHand }) => [id, onHand]));
    expect(good.map((id) => there.get(id))).toEqual(good.map((id) => id - 4_900));
    expect([changed, alreadyRight, away, mine, inactive].map((id) => there.get(id))).toEqual([10, 10, 6, 2, 8]);
    expect((await seen()).largest).toBeLessThanOrEqual(250);
  });

  it("tells a number again that it has told before, and the shop takes it", async () => {
    const id = await put();
    const target = fresh();
    for (const [number, told] of [
      [5, 10],
      [3, 5],
      [5, 3],
    ] as const)
      expect(await tellOnce(target, [levelOf(id, number, { told })])).toEqual([confirmed(id)]);
    expect([await writtenTo(id), await onHandOf(shop, id)]).toEqual([[5, 3, 5], 5]);
  });

  it("tells the same item twice once only, and says so", async () => {
    const id = await put();
    const other = await put();
    const fates = await tellOnce(fresh(), [levelOf(id, 1), levelOf(other, 2), levelOf(id, 3)]);
    expect(fates).toMatchObject([{ code: "DUPLICATE_TARGET" }, { fate: "confirmed" }, { code: "DUPLICATE_TARGET" }]);
    expect([await onHandOf(shop, id), await onHandOf(shop, other)]).toEqual([10, 2]);
  });

  it("is refused as a whole where one number is none of Shopify's, so that halves find it", async () => {
    const id = await put();
    const call = tellOnce(fresh(), [levelOf(id, 2), levelOf(await put(), 3_000_000_000)]);
    await expect(call).rejects.toMatchObject({ kind: "refused", message: expect.stringContaining("INVALID_VARIABLE") });
    expect(await tellOnce(open.target, [levelOf(id, 2)])).toEqual([confirmed(id)]);
    expect(await tellOnce(open.target, [levelOf(id, 2_000_000_000)])).toMatchObject([{ code: "REFUSED" }]);
  });

  it("that Shopify is still at is asked for again with the same key", async () => {
    const id = await put();
    const target = fresh();
    await tellOnce(target, [levelOf(id, 9)]);
    await shop.control("manners", { setMs: 700 });
    const { sets } = await seen();
    // The connection goes while the shop is at it.
    await shop.control("fault", { on: "set", what: "late", ms: 0 });
    const { fates, failures } = await tellUntilTaken(target, () => [levelOf(id, 4, { told: 9 })]);
    expect(failures.map(({ kind }) => kind)).toContain("throttled");
    expect(fates).toEqual([confirmed(id)]);
    // The one that was lost, and the one that told the same again.
    expect((await seen()).sets - sets).toBe(2);
    expect(await writtenTo(id)).toEqual([9, 4, 4]);
  });
});

describe("a web order", () => {
  it("moves what is available, and a set of what is on hand leaves it so", async () => {
    const id = await put();
    const target = fresh();
    await tellOnce(target, [levelOf(id, 10)]);
    await shop.control("order", { sku: `SKU-${id}`, location: NORTH, quantity: 3 });
    expect(await tellOnce(target, [levelOf(id, 8, { told: 10 })])).toEqual([confirmed(id)]);
    const levels = await shop.control<{ id: number }[]>("levels");
    expect(levels.find((level) => level.id === id)).toMatchObject({ available: 5, committed: 3, onHand: 8 });
  });

  it("that was sent before we know of it is not added again; once we do, both agree", async () => {
    const id = await put();
    const target = fresh();
    await tellOnce(target, [levelOf(id, 10)]);
    await shop.control("order", { sku: `SKU-${id}`, location: NORTH, quantity: 3 });
    await shop.control("fulfil", { sku: `SKU-${id}`, location: NORTH, quantity: 3 });
    expect(await tellOnce(target, [levelOf(id, 9, { told: 10 })])).toMatchObject([{ code: "TARGET_CHANGED" }]);
    expect(await onHandOf(shop, id)).toBe(7);
    expect(await tellOnce(target, [levelOf(id, 7, { told: 10 })])).toEqual([confirmed(id)]);
    expect(await tellOnce(target, [levelOf(id, 6, { told: 7 })])).toEqual([confirmed(id)]);
    expect(await onHandOf(shop, id)).toBe(6);
  });

  it("that is sent while the answer of our own set is lost is not added again either", async () => {
    const id = await put();
    const target = fresh();
    await tellOnce(target, [levelOf(id, 10)]);
    await shop.control("order", { sku: `SKU-${id}`, location: NORTH, quantity: 3 });
    await shop.control("fault", { on: "set", what: "drop" });
    await expect(tellOnce(target, [levelOf(id, 9, { told: 10 })])).rejects.toMatchObject({ kind: "unknown" });
    await shop.control("fulfil", { sku: `SKU-${id}`, location: NORTH, quantity: 3 });
    expect(await tellOnce(target, [levelOf(id, 8, { told: 10 })])).toMatchObject([{ code: "TARGET_CHANGED" }]);
    expect(await onHandOf(shop, id)).toBe(6);
  });
});
