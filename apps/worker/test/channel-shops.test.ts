// Whole channels to simulated shops, from a sale in the ledger to the number in the shop, with the lane and the map between.
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type Shop, startShop } from "../../../tests/shops/start-shop.ts";
import { adobeCommerce } from "../src/channels/adobe-commerce/adobe-commerce.ts";
import type { ChannelKind, Target } from "../src/channels/target.ts";
import { woocommerce } from "../src/channels/woocommerce/woocommerce.ts";
import { type ChannelWorld, channelWorld } from "./channel-world.ts";
import { openKind, secretFile } from "./held-kind.ts";

let world: ChannelWorld;
const shops: Shop[] = [];
const targets: Target[] = [];
beforeAll(async () => {
  world = await channelWorld();
});
afterAll(async () => {
  await Promise.all([...targets.map((each) => each.close()), ...shops.map((each) => each.kill())]);
  await world?.close();
});
beforeEach(() => world.clear());

/** A channel of a kind to a shop of its own. */
async function channelTo(kind: ChannelKind, given: { entry: string; login: Record<string, string>; common: object }) {
  const shop = await startShop(given.entry, given.login);
  shops.push(shop);
  const names = Object.keys(given.login);
  const references = await Promise.all(Object.values(given.login).map(secretFile));
  const secrets = Object.fromEntries(names.map((name, at) => [name, references[at]]));
  const target = openKind(kind, { baseUrl: shop.url, allowPrivateAddresses: true, ...secrets, ...given.common });
  targets.push(target);
  const settings = await world.keep({ kind: kind.name, ...given.common });
  const work = () => world.work(settings, target, kind.tells);
  return { shop, settings, work };
}
const asides = async () =>
  (await world.items()).filter(({ problem }) => problem).map(({ facility, sku, problem }) => [facility, sku, problem]);

it("WooCommerce has the sum of two stores, less what each keeps, whatever answers were lost", async () => {
  const common = { facilities: ["S1", "S2"], safetyStock: { default: 0, facilities: { S2: 1 } } };
  const login = { key: "ck", secret: "cs" };
  const { shop, settings, work } = await channelTo(woocommerce, { entry: "woocommerce/woocommerce", login, common });
  const cap = { id: 3, sku: "CAP", manage_stock: false };
  const small = { id: 21, sku: "TEE-S", manage_stock: true };
  await shop.control("products", [
    { id: 1, sku: "MUG", manage_stock: true },
    { id: 2, sku: "TEE", type: "variable", variations: [small] },
    cap,
  ]);
  const number = async (sku: string) => (await shop.control<Record<string, [number]>>("stock"))[sku]?.[0];
  await Promise.all(
    ["MUG", "TEE-S", "CAP", "NEW"].flatMap((sku) => [
      world.sell(sku, -10),
      world.sell(sku, -5, "S2"),
      world.sell(sku, -99, "S3"),
    ]),
  );
  expect(await work()).toBe("told all");
  expect([await number("MUG"), await number("TEE-S")]).toEqual([14, 14]);
  expect(await asides()).toEqual([
    ["S1", "CAP", "UNTRACKED"],
    ["S2", "CAP", "UNTRACKED"],
    ["S1", "NEW", "UNMAPPED_PRODUCT"],
    ["S2", "NEW", "UNMAPPED_PRODUCT"],
  ]);

  await world.sell("MUG", 2, "S2");
  await shop.control("fault", { kind: "drop", method: "POST", times: 1 });
  expect(await work()).toBe("failing");
  await world.sell("MUG", 3);
  await world.tryNow();
  expect(await work()).toBe("told all");
  expect(await number("MUG")).toBe(9);

  await shop.control("products", [
    { id: 1, sku: "MUG", manage_stock: true, stock_quantity: 9 },
    { ...cap, manage_stock: true },
  ]);
  await shop.control("order", { id: 1, quantity: 4 });
  await world.begin("map", settings);
  await work();
  expect(await number("CAP")).toBe(14);
  // The four that were ordered there are not told again by a compare; what somebody raised is.
  await world.begin("compare", settings);
  await work();
  expect(await number("MUG")).toBe(5);
  expect((await world.record()).lastCompare).toMatchObject({ counts: { lowered: 1 } });
  await shop.control("order", { id: 1, quantity: -20 });
  await world.begin("compare", settings);
  await work();
  expect(await number("MUG")).toBe(9);
});

it("Adobe Commerce has what is on hand at each source, in calls of its own limit", async () => {
  const facilities = { S1: "north", S2: "south", S3: "west" };
  const login = { token: "secret-token" };
  const { shop, work } = await channelTo(adobeCommerce, {
    entry: "adobe-commerce/adobe-commerce",
    login,
    common: { facilities },
  });
  const skus = Array.from({ length: 30 }, (_, at) => `P${at}`);
  await shop.control("catalogue", { skus: [...skus, "SET"], types: { SET: "bundle" }, codes: ["north", "south"] });
  await shop.control("rules", { inputMax: 20 });
  for (const sku of skus) await world.sell(sku, -4);
  await Promise.all([
    world.sell("P1", -2.5, "S2"),
    world.sell("P2", 3, "S2"),
    world.sell("P3", -1, "S3"),
    world.sell("SET", -1),
  ]);
  expect(await work()).toBe("told all");
  const stock = await shop.control<Record<string, [number, number]>>("stock");
  expect(skus.map((sku) => stock[`${sku} north`]?.[0])).toEqual(Array(30).fill(4));
  expect([stock["P1 south"], stock["P2 south"]]).toEqual([
    [2.5, 1],
    [0, 0],
  ]);
  expect(await asides()).toEqual([
    ["S3", "P3", "UNMAPPED_FACILITY"],
    ["S1", "SET", "BUNDLE"],
  ]);

  await shop.control("fault", { kind: "half", method: "GET", times: 1 });
  await world.sell("P1", 1);
  expect(await work()).toBe("told all");
  expect(await shop.control("stock")).toMatchObject({ "P1 north": [3, 1] });
});
