// Flow 3 with a Shopify shop: from the first reading of its variants to a sale that it shows, and what a person changes there.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Shop, startShop } from "../shops/start-shop.ts";
import { eventually, type System, startSystem } from "../support/index.ts";
import { type Outside, outsideOf } from "./outside.ts";

const SECRET = "client-secret-of-a-flow";
const [NORTH, SOUTH] = [101, 102];

let system: System;
let outside: Outside;
let shop: Shop;

interface ShopLevel {
  readonly sku: string;
  readonly location: number;
  readonly available: number;
  readonly onHand: number;
}
const inShop = async (sku: string, location = NORTH) =>
  (await shop.control<ShopLevel[]>("levels")).find((level) => level.sku === sku && level.location === location);
const until = (sku: string, onHand: number, location = NORTH) =>
  eventually(async () => (await inShop(sku, location))?.onHand === onHand);
const problems = async () => {
  const { items } = (await (await system.board("/api/channels/shop/problems")).json()) as {
    items: { idValue: string; code: string }[];
  };
  return items.map(({ idValue, code }) => `${idValue} ${code}`).sort();
};
const sell = (eventId: string, sku: string, quantity: number) =>
  outside.send({
    ...{ eventId, facilityId: "S1", type: "sale", occurredAt: new Date().toISOString() },
    lines: [{ sku, quantity }],
  });

beforeAll(async () => {
  shop = await startShop("shopify/main", { locations: [NORTH, SOUTH], clientId: "flow", clientSecret: SECRET });
  await shop.control("items", [
    { id: 1, sku: "TEE", at: { [NORTH]: 0 } },
    { id: 2, sku: "CAP", at: { [NORTH]: 50 } },
    { id: 3, sku: "GIFT", tracked: false, at: { [NORTH]: 0 } },
    { id: 4, sku: "TWICE", at: { [NORTH]: 0 } },
    { id: 5, sku: "TWICE", at: { [NORTH]: 0 } },
    { id: 6, sku: "hat", at: { [NORTH]: 0 } },
  ]);
  system = await startSystem({ backend: "redis", env: { SHOPIFY_SECRET: SECRET } });
  outside = await outsideOf(system);
  const rows = ["S1,TEE,10", "S2,TEE,3", "S1,CAP,5", "S1,GIFT,1", "S1,TWICE,1", "S1,HAT,2"];
  await outside.runFile("first-20261101T090000Z.csv", `store,sku,qty\n${rows.join("\n")}\n`);
  const channel = {
    ...{ name: "shop", kind: "shopify", shop: "flow", baseUrl: shop.url, allowPrivateAddresses: true },
    ...{ clientId: "flow", clientSecret: { env: "SHOPIFY_SECRET" }, products: { idType: "SKU" } },
    ...{ facilities: { S1: String(NORTH), S2: String(SOUTH) }, safetyStock: { products: { CAP: 2 } } },
  };
  await writeFile(join(system.dataDir, "channels.json"), JSON.stringify({ channels: [channel] }));
});
afterAll(async () => {
  await system?.stop();
  outside?.end();
  await shop?.kill();
});

it("a shop is told all its levels once its variants are known, and stocks what it has to", async () => {
  await Promise.all([until("TEE", 10), until("CAP", 3), until("TEE", 3, SOUTH)]);
  await eventually(async () => (await problems()).length === 3);
  expect(await problems()).toEqual(["GIFT UNTRACKED", "HAT UNMAPPED_PRODUCT", "TWICE DUPLICATE_TARGET"]);
});

it("it shows a sale soon, and a web order is left to it", async () => {
  await shop.control("order", { sku: "TEE", location: NORTH, quantity: 2 });
  await sell("s1", "TEE", 4);
  await until("TEE", 6);
  expect(await inShop("TEE")).toMatchObject({ onHand: 6, available: 4 });
});

it("what a person changes in it stands until one here decides, and then is overwritten", async () => {
  await shop.control("edit", { sku: "TEE", location: NORTH, quantity: 60 });
  await sell("s2", "TEE", 1);
  await eventually(async () => (await problems()).includes("TEE TARGET_CHANGED"));
  expect((await inShop("TEE"))?.onHand).toBe(60);
  expect((await system.board("/api/channels/shop/again", { code: "TARGET_CHANGED" })).status).toBe(200);
  await until("TEE", 5);
});

it("a resync tells all levels again, through a shop that loses answers and throttles", async () => {
  await shop.control("fault", { on: "set", what: "drop" });
  await shop.control("bucket", { currentlyAvailable: 0, restoreRate: 50 });
  const before = await shop.control<{ sets: number }>("seen");
  expect((await system.board("/api/channels/shop/resync", {})).status).toBe(202);
  await sell("s3", "CAP", 1);
  await until("CAP", 2);
  await eventually(async () => {
    const seen = (await (await system.board("/api/channels/shop")).json()) as { pending: number; state: string };
    return seen.pending === 0 && seen.state === "live";
  });
  expect((await shop.control<{ sets: number }>("seen")).sets).toBeGreaterThan(before.sets);
  expect([await inShop("TEE"), await inShop("CAP"), await inShop("TEE", SOUTH)]).toMatchObject([
    { onHand: 5 },
    { onHand: 2 },
    { onHand: 3 },
  ]);
});

it("a shop that answers by another version of its API is told on, and its page says so until it fits again", async () => {
  const seen = async () =>
    (await (await system.board("/api/channels/shop")).json()) as { state: string; otherVersion: string | null };
  expect((await seen()).otherVersion).toBeNull();
  await shop.control("manners", { servedAs: "2026-04" });
  await sell("v1", "CAP", 1);
  await until("CAP", 1);
  await eventually(async () => (await seen()).otherVersion !== null);
  expect(await seen()).toMatchObject({
    state: "live",
    otherVersion: expect.stringMatching(/^Shopify answers by version 2026-04, not by 2026-07: .* Set apiVersion/),
  });
  expect(await (await system.board("/channels/shop")).text()).toContain("Shopify answers by version 2026-04");
  await shop.control("manners", {});
  await sell("v2", "CAP", 1);
  await eventually(async () => (await seen()).otherVersion === null);
});
