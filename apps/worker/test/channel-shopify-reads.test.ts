// The kind `shopify`: its settings, what it reads of a shop, who it is to it, and how fast it asks.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Shop } from "../../../tests/shops/start-shop.ts";
import { openPace } from "../src/channels/shopify/pace.ts";
import type { Target, TargetItem } from "../src/channels/target.ts";
import { levelOf, NORTH, type OpenShopify, openShopify, SOUTH, startShopify, tellOnce } from "./shopify-parts.ts";

let shop: Shop;
const opened: OpenShopify[] = [];
const fresh = (changed: Readonly<Record<string, unknown>> = {}) => {
  const open = openShopify(shop, changed);
  opened.push(open);
  return open;
};
const never = new AbortController().signal;
interface Seen {
  readonly granted: number;
  readonly throttled: number;
  readonly spent: number;
  readonly atOnceMax: number;
}
const seen = () => shop.control<Seen>("seen");

beforeAll(async () => {
  shop = await startShopify();
  const plain = Array.from({ length: 600 }, (_, at) => ({ id: 10 + at, sku: `P${at}`, at: { [NORTH]: at } }));
  await shop.control("items", [
    { id: 1, sku: "TEE", barcode: "0123", at: { [NORTH]: 4, [SOUTH]: 0 } },
    { id: 2, sku: "tee", at: { [NORTH]: 5 } },
    { id: 3, sku: "SET", isBundle: true },
    { id: 4, sku: "GIFT", tracked: false, at: { [NORTH]: 0 } },
    { id: 5, sku: null, barcode: "0456" },
    { id: 6, sku: "", barcode: "0123" },
    { id: 7, sku: "TEE", at: { [NORTH]: 9 } },
    ...plain,
  ]);
});
afterAll(async () => {
  await Promise.all(opened.map(({ target }) => target.close()));
  await shop?.kill();
});
afterEach(() => shop.control("bucket", { maximumAvailable: 2_000, currentlyAvailable: 2_000, restoreRate: 100 }));

describe("the settings", () => {
  it.each([
    ["a plain shop name", { shop: "simulated" }, undefined],
    ["another host", { shop: "shop.example" }, "must be a shop"],
    ["a version before there were keys", { apiVersion: "2025-10" }, "2026-01 or newer"],
    ["no version", { apiVersion: "latest" }, "must be a version"],
    ["all facilities", { facilities: "*" }, "must be an object from our facility ids"],
    ["a place that is no location", { facilities: { S1: "shop floor" } }, "no location of Shopify's"],
    ["two credentials", { accessToken: { env: "X" } }, "not both"],
    ["no credentials", { clientId: undefined, clientSecret: undefined }, "must be given"],
    ["half of them", { clientSecret: undefined, accessToken: { env: "SHOPIFY_TEST_SECRET" } }, "must be given"],
    ["a secret in the file itself", { clientSecret: "abc" }, "must say where the secret is"],
    ["an address that is not https", { allowPrivateAddresses: false }, "https"],
    ["a field that Shopify has not", { match: "alu" }, "sku"],
  ])("with %s", (_name, changed, fault) => {
    const read = () => fresh(changed);
    if (fault === undefined) expect(read).not.toThrow();
    else expect(read).toThrow(fault);
  });
});

describe("the map", () => {
  const all = async (target: Target) => {
    const items: TargetItem[] = [];
    let pages = 0;
    for (let after: string | null = null; pages === 0 || after !== null; pages += 1) {
      const page: { items: readonly TargetItem[]; next: string | null } | undefined = await target.items?.(
        after,
        never,
      );
      items.push(...(page?.items ?? []));
      after = page?.next ?? null;
    }
    return { items, pages };
  };
  const item = (id: number) => `gid://shopify/InventoryItem/${id}`;

  it("has every variant by its SKU, as it is written, with why some can be told nothing", async () => {
    const { items, pages } = await all(fresh().target);
    expect(pages).toBe(3);
    expect(items.length).toBe(605);
    expect(new Set(items.map(({ target }) => target)).size).toBe(605);
    expect(items.slice(0, 5)).toEqual([
      { idValue: "TEE", target: item(1) },
      { idValue: "tee", target: item(2) },
      { idValue: "SET", target: item(3), problem: "BUNDLE" },
      { idValue: "GIFT", target: item(4), problem: "UNTRACKED" },
      { idValue: "TEE", target: item(7) },
    ]);
  });

  it("has them by their barcode where that is said", async () => {
    const { items } = await all(fresh({ match: "barcode" }).target);
    expect(items).toEqual([
      { idValue: "0123", target: item(1) },
      { idValue: "0456", target: item(5) },
      { idValue: "0123", target: item(6) },
    ]);
  });

  it("is not read in part: a page that fails fails the reading", async () => {
    await shop.control("fault", { on: "read", what: "half" });
    await expect(all(fresh().target)).rejects.toMatchObject({
      kind: "away",
      message: expect.stringContaining("cut off"),
    });
  });
});

describe("what the shop has", () => {
  it("is what is on hand of each level, or why it has none, in their order", async () => {
    await shop.control("order", { sku: "P7", location: NORTH, quantity: 2 });
    await shop.control("deactivate", { sku: "P8", location: NORTH });
    const many = Array.from({ length: 150 }, (_, at) => levelOf(20 + at, 0));
    const held = await fresh().target.held?.(
      [
        levelOf(17, 0),
        levelOf(18, 0),
        levelOf(1, 0, { place: String(SOUTH) }),
        levelOf(2, 0, { place: `gid://shopify/Location/${SOUTH}` }),
        levelOf(4, 0),
        levelOf(999_999, 0),
        levelOf(1, 0, { target: null }),
        levelOf(1, 0, { place: "elsewhere" }),
        ...many,
      ],
      never,
    );
    const short = held?.map((each) => ("number" in each ? each.number : each.problem));
    expect(short?.slice(0, 8)).toEqual([
      ...[7, "NOT_STOCKED", 0, "NOT_STOCKED", "UNTRACKED", "UNMAPPED_PRODUCT", "UNMAPPED_PRODUCT"],
      "UNMAPPED_FACILITY",
    ]);
    expect(short?.slice(8)).toEqual(many.map((_, at) => 10 + at));
  });
});

describe("who it is", () => {
  it("is one token for all calls, taken anew once it ends, early or in the middle", async () => {
    const { target } = fresh();
    const before = (await seen()).granted;
    await Promise.all([1, 2].map((at) => tellOnce(target, [levelOf(30 + at, 1)])));
    expect((await seen()).granted - before).toBe(1);
    await shop.control("fault", { on: "set", what: "revoke" });
    await tellOnce(target, [levelOf(31, 2)]);
    expect((await seen()).granted - before).toBe(2);
    await shop.control("tokens", { livesSeconds: 0.05 });
    const other = fresh().target;
    await tellOnce(other, [levelOf(31, 3)]);
    await new Promise((done) => setTimeout(done, 60)); // past the end that the shop said
    await shop.control("tokens", { livesSeconds: 86_399 });
    const beforeLast = (await seen()).granted;
    expect(beforeLast - before).toBeGreaterThan(2);
    await tellOnce(other, [levelOf(31, 4)]);
    expect((await seen()).granted - beforeLast).toBe(1);
  });

  it("may be a token that stands for good", async () => {
    process.env.SHOPIFY_TEST_TOKEN = "shpat_standing";
    const standing = { clientId: undefined, clientSecret: undefined, accessToken: { env: "SHOPIFY_TEST_TOKEN" } };
    expect(await tellOnce(fresh(standing).target, [levelOf(33, 1)])).toMatchObject([{ fate: "confirmed" }]);
    process.env.SHOPIFY_TEST_TOKEN = "shpat_other";
    const call = tellOnce(fresh(standing).target, [levelOf(33, 1)]);
    await expect(call).rejects.toMatchObject({ kind: "away", message: expect.stringContaining("access token") });
  });

  it("that the shop does not know fails in words, without the secret", async () => {
    process.env.SHOPIFY_TEST_OTHER = "the-wrong-secret";
    const call = tellOnce(fresh({ clientSecret: { env: "SHOPIFY_TEST_OTHER" } }).target, [levelOf(33, 1)]);
    await expect(call).rejects.toThrow("Shopify gives no access token (400, invalid_client): check clientId");
  });

  it("is told nothing at a private address, unless that is allowed", async () => {
    const call = tellOnce(fresh({ baseUrl: "https://localhost:1", allowPrivateAddresses: false }).target, [
      levelOf(33, 1),
    ]);
    await expect(call).rejects.toThrow("private network");
  });
});

describe("the pace", () => {
  it("keeps to the bucket: nothing is throttled, also with four calls at once", async () => {
    await shop.control("bucket", { maximumAvailable: 100, currentlyAvailable: 100, restoreRate: 400 });
    const { target } = fresh();
    await tellOnce(target, [levelOf(40, 1)]);
    const before = await seen();
    const startedAt = performance.now();
    const one = async (lane: number) => {
      for (let at = 0; at < 15; at += 1) await tellOnce(target, [levelOf(40 + lane, at)]);
    };
    await Promise.all([1, 2, 3, 4].map(one));
    const after = await seen();
    expect(after.throttled).toBe(before.throttled);
    expect(after.spent - before.spent).toBe(600);
    expect(performance.now() - startedAt).toBeGreaterThan(((600 - 100) / 400) * 1_000);
    expect(after.atOnceMax).toBeLessThanOrEqual(4);
  });

  it("asks after a while whatever the bucket was said to be", async () => {
    const pace = openPace({ waitMsMax: 20 });
    pace.settle(await pace.reserve(0, never), {
      maximumAvailable: 1_000,
      currentlyAvailable: -1e12,
      restoreRate: 1e-9,
    });
    expect(await pace.reserve(10, never)).toMatchObject({ points: 10 });
  });

  it.each([
    ["a fuller bucket of a request that was under way beside an emptier one does not count", "together", 10, 70, true],
    ["a fuller bucket of a later request counts", "after", 10, 70, false],
    ["an emptier bucket always counts", "together", 70, 10, true],
  ] as const)("%s", async (_name, when, first, second, isToWait) => {
    const pace = openPace();
    const status = (currentlyAvailable: number) => ({ maximumAvailable: 100, currentlyAvailable, restoreRate: 1e-9 });
    const one = await pace.reserve(10, never);
    const together = await pace.reserve(10, never);
    pace.settle(one, status(first));
    pace.settle(when === "together" ? together : { points: 10, at: performance.now() }, status(second));
    const stopping = new AbortController();
    const reserved = pace.reserve(50, stopping.signal).then(
      () => false,
      () => true,
    );
    stopping.abort();
    expect(await reserved).toBe(isToWait);
  });

  it("begins nothing once the worker stops", async () => {
    const { target } = fresh();
    const call = target.tell([levelOf(50, 1)], AbortSignal.abort());
    await expect(call).rejects.toMatchObject({ kind: "away", message: "the worker stops" });
  });

  it("that others of the same app have used up is throttled, with how long to wait", async () => {
    const { target } = fresh();
    await tellOnce(target, [levelOf(50, 9)]);
    await shop.control("bucket", { currentlyAvailable: 0, restoreRate: 5 });
    const call = tellOnce(target, [levelOf(50, 8, { told: 9 })]);
    await expect(call).rejects.toMatchObject({
      kind: "throttled",
      retryAfterMs: expect.toSatisfy((ms) => ms > 1_500 && ms <= 2_000),
    });
    await shop.control("bucket", { currentlyAvailable: 2_000, restoreRate: 1_000 });
    expect(await tellOnce(target, [levelOf(50, 7, { told: 9 })])).toMatchObject([{ fate: "confirmed" }]);
  });
});

describe("a version that has ended", () => {
  it("is said once in the log, and stands with the target; levels are told all the same", async () => {
    await shop.control("manners", { servedAs: "2026-04" });
    const { target, logged } = fresh({ apiVersion: "2026-01" });
    for (let at = 0; at < 3; at += 1)
      expect(await tellOnce(target, [levelOf(60, at)])).toMatchObject([{ fate: "confirmed" }]);
    expect(target.otherVersion?.()).toContain("Shopify answers by version 2026-04, not by 2026-01");
    expect(logged.filter((line) => line.includes('"warn"'))).toHaveLength(1);
    await shop.control("manners", {});
    const right = fresh({ apiVersion: "2026-01" });
    expect(await tellOnce(right.target, [levelOf(60, 1, { told: 2 })])).toMatchObject([{ fate: "confirmed" }]);
    expect(right.target.otherVersion?.()).toBeNull();
  });
});
