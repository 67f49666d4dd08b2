// The kind woocommerce held against a simulated shop: what it maps, what it tells and reads back, and that the numbers are equal after every fault.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Shop, startShop } from "../../../tests/shops/start-shop.ts";
import type { Target } from "../src/channels/target.ts";
import { someAtOnce } from "../src/channels/woocommerce/shop.ts";
import { woocommerce } from "../src/channels/woocommerce/woocommerce.ts";
import { allItems, inShort, levelOf, openKind, readKind, secretFile, stopping, tellAll } from "./held-kind.ts";

const login = { key: "ck_1234", secret: "cs_5678" };
let shop: Shop;
let target: Target;
let secrets: { key: object; secret: object };

const settings = (more: object = {}) => ({
  ...{ baseUrl: shop.url, allowPrivateAddresses: true },
  ...secrets,
  ...more,
});
const simple = (id: number, more: object = {}) => ({
  id,
  sku: `P${id}`,
  manage_stock: true,
  stock_quantity: 9,
  ...more,
});
const shirts = (id: number, count: number) => ({
  ...{ id, sku: `SHIRT${id}`, type: "variable", manage_stock: false },
  variations: Array.from({ length: count }, (_, at) => simple(id * 1_000 + at, { sku: `V${id}-${at}` })),
});
const products = (count: number) => Array.from({ length: count }, (_, at) => simple(at + 1));
const told = (id: number, number: number) => levelOf(`P${id}`, number, { target: `${id}` });
const all = (count: number, number: number) => products(count).map(({ id }) => told(id, number));
const stock = () => shop.control<Record<string, [number | null, string]>>("stock");
const numberOf = async (sku: string) => (await stock())[sku]?.[0];
const calls = () => shop.control<string[]>("calls");
const failure = (levels = all(3, 5)) => tellAll(target, levels).catch((error: unknown) => error);

beforeAll(async () => {
  shop = await startShop("woocommerce/woocommerce", login);
  secrets = { key: await secretFile(login.key), secret: await secretFile(login.secret) };
});
afterAll(() => shop?.kill());
beforeEach(async () => {
  await target?.close();
  target = openKind(woocommerce, settings());
  await Promise.all([shop.control("fault", null), shop.control("rules", {}), shop.control("products", [])]);
  await calls();
});

describe("the map", () => {
  it("has every product and every variation that is sold by itself, to the last page", async () => {
    await shop.control("products", [
      ...products(203),
      shirts(300, 130),
      shirts(301, 1),
      ...[302, 303, 304, 305].map((id) => shirts(id, 2)),
    ]);
    const items = await allItems(target);
    expect(items.length).toBe(203 + 130 + 1 + 8);
    expect(new Set(items.map((each) => each.target)).size).toBe(items.length);
    expect(items).toContainEqual({ idValue: "P203", target: "203" });
    expect(items).toContainEqual({ idValue: "V300-129", target: "300/300129" });
    // Three pages of products, two of the first shirt's variations, one of each other's.
    expect((await calls()).length).toBe(3 + 2 + 5);
  });

  it.each([
    ["a product whose stock is not managed", [simple(1, { manage_stock: false })], [["P1", "1", "UNTRACKED"]]],
    [
      "a variation whose parent has the stock",
      [{ ...shirts(2, 0), manage_stock: true, variations: [simple(21, { sku: "V", manage_stock: false })] }],
      [["V", "2/21", "UNTRACKED"]],
    ],
    ["a grouped product", [simple(3, { type: "grouped", manage_stock: false })], [["P3", "3", "BUNDLE"]]],
    ["a bundle", [simple(4, { type: "bundle" })], [["P4", "4", "BUNDLE"]]],
    ["a product without a SKU", [simple(5, { sku: "" })], []],
    ["a parent of variations", [shirts(6, 0)], []],
    [
      "variations without SKUs of their own",
      [{ ...shirts(7, 0), variations: [simple(71, { sku: "" }), simple(72, { sku: "" })] }],
      [
        ["SHIRT7", "7/71", undefined],
        ["SHIRT7", "7/72", undefined],
      ],
    ],
    [
      "a SKU that is there twice",
      [simple(8), simple(9, { sku: "P8" })],
      [
        ["P8", "8", undefined],
        ["P8", "9", undefined],
      ],
    ],
  ])("of %s", async (_, given, expected) => {
    await shop.control("products", given);
    expect((await allItems(target)).map(({ idValue, target: id, problem }) => [idValue, id, problem])).toEqual(
      expected,
    );
  });
});

it("the map and what is read back lack a product that is answered oddly, not its neighbours", async () => {
  const odd = [simple(2, { manage_stock: null }), simple(3, { sku: null }), { sku: "P4" }, null];
  const body = [simple(1, { stock_quantity: "7" }), ...odd, simple(6, { type: 4 })];
  const answer = { kind: "status", status: 200, body, headers: { "x-wp-totalpages": "1" }, times: 1 };
  await shop.control("fault", answer);
  expect(await allItems(target)).toEqual([
    { idValue: "P1", target: "1" },
    { idValue: "P2", target: "2", problem: "UNTRACKED" },
    { idValue: "P6", target: "6" },
  ]);
  await shop.control("fault", answer);
  expect(await target.held?.([told(1, 1), told(2, 1), told(5, 1), told(6, 1)], stopping)).toMatchObject([
    { problem: "REFUSED", message: expect.stringContaining("of another form") },
    { problem: "REFUSED" },
    { problem: "UNMAPPED_PRODUCT" },
    { number: 9 },
  ]);
});

describe("telling", () => {
  it("goes in one call for all products and one for each parent of variations", async () => {
    await shop.control("products", [...products(60), shirts(100, 20), shirts(101, 20)]);
    const variations = [100, 101].flatMap((id) =>
      Array.from({ length: 20 }, (_, at) => levelOf(`V${id}-${at}`, at, { target: `${id}/${id * 1_000 + at}` })),
    );
    const fates = await tellAll(target, [...all(60, 4), ...variations]);
    expect(fates.every(({ fate }) => fate === "confirmed")).toBe(true);
    expect((await calls()).sort()).toEqual(
      ["products/100/variations", "products/101/variations", "products"]
        .map((path) => `POST /wp-json/wc/v3/${path}/batch`)
        .sort(),
    );
    expect([await numberOf("P60"), await numberOf("V100-19"), await numberOf("V101-7")]).toEqual([4, 19, 7]);
  });

  it("leaves the neighbours of what is not taken right", async () => {
    const off = simple(3, { manage_stock: false, stock_quantity: null });
    await shop.control("products", [...products(2), off, ...[4, 5, 6].map((id) => simple(id))]);
    await shop.control("rules", { refuses: [4], adds: [5] });
    const levels = [
      told(1, 0),
      told(99, 2),
      told(2, 3.9),
      told(3, 3),
      told(4, 3),
      told(5, 3),
      told(6, -2),
      levelOf("NONE", 1),
    ];
    const fates = await tellAll(target, levels);
    expect(fates.map(inShort)).toEqual([
      "confirmed",
      "UNMAPPED_PRODUCT",
      "confirmed",
      "UNTRACKED",
      "REFUSED",
      "REFUSED",
      "confirmed",
      "UNMAPPED_PRODUCT",
    ]);
    expect(fates[4]).toMatchObject({
      message: expect.stringMatching(
        /^A plugin says no\. \(woocommerce_rest_product_not_created\)\. The target refused/,
      ),
    });
    expect(fates[5]).toMatchObject({ message: expect.stringContaining("The shop has 4 after it was told 3.") });
    expect(await stock()).toMatchObject({
      P1: [0, "outofstock"],
      P2: [3, "instock"],
      P3: [null, "instock"],
      P6: [0, "outofstock"],
    });
  });

  it("takes an answer in another order as it is, and sets aside what it leaves out, which may be all", async () => {
    await shop.control("products", products(4));
    await shop.control("rules", { leavesOut: [2] });
    expect(
      (
        await tellAll(
          target,
          [1, 2, 3, 4].map((id) => told(id, 7)),
        )
      ).map(inShort),
    ).toEqual([...["confirmed", "REFUSED", "confirmed", "confirmed"]]);
    expect((await tellAll(target, [told(2, 8)])).map(inShort)).toEqual(["REFUSED"]);
  });

  it("sets aside what the shop answers of in another form, and believes it of the neighbours", async () => {
    await shop.control("products", products(6));
    const now = (id: number, more: object = {}) => simple(id, { stock_quantity: 5, ...more });
    const update = [
      ...[now(1), now(2, { stock_quantity: "5" }), { id: 3, error: { message: "A plugin says no." } }, null],
      ...[{ id: 5, error: [] }, now(6, { error: null })],
    ];
    await shop.control("fault", { kind: "status", status: 200, body: { update }, method: "POST", times: 1 });
    const fates = await tellAll(target, all(6, 5));
    expect(fates.map(inShort)).toEqual(["confirmed", ...Array(4).fill("REFUSED"), "confirmed"]);
    expect(fates.slice(1, 5)).toMatchObject(
      ["answer for it is of another form", "A plugin says no. The target", "says nothing of it", "of another form"].map(
        (words) => ({ message: expect.stringContaining(words) }),
      ),
    );
  });

  it("corrects a status that does not follow its number, and leaves it to a shop with a threshold", async () => {
    const backordered = simple(3, { backorders: "notify", stock_status: "instock" });
    await shop.control("products", [simple(1, { stock_status: "outofstock" }), simple(2), backordered]);
    await shop.control("rules", { keepsStatus: true });
    await tellAll(target, [told(1, 8), told(2, 0), told(3, 0)]);
    expect(await stock()).toEqual({ P1: [8, "instock"], P2: [0, "outofstock"], P3: [0, "instock"] });
    await shop.control("rules", { noStockAmount: 2 });
    await calls();
    for (const number of [1, 2]) expect((await tellAll(target, [told(1, number)])).map(inShort)).toEqual(["confirmed"]);
    expect(await numberOf("P1")).toBe(2);
    expect((await calls()).length).toBe(3);
  });

  it("goes in smaller calls once the shop takes fewer, or has too much to say", async () => {
    await shop.control("products", products(100));
    await shop.control("rules", { batchMax: 20 });
    expect((await tellAll(target, all(100, 4))).every(({ fate }) => fate === "confirmed")).toBe(true);
    expect(target.batchMax).toBe(20);
    await calls();
    await tellAll(target, all(100, 5));
    expect((await calls()).length).toBe(5);
    target = openKind(woocommerce, settings());
    await shop.control("rules", { descriptionCharacters: 30_000 });
    expect(await failure(all(100, 6))).toMatchObject({ kind: "unknown", message: "the target's answer is too long" });
    expect(target.batchMax).toBe(50);
    expect((await tellAll(target, all(100, 6))).every(({ fate }) => fate === "confirmed")).toBe(true);
  });

  it("of a parent that is gone sets its variations aside, and tells the others", async () => {
    await shop.control("products", products(2));
    const gone = levelOf("V", 3, { target: "77/771" });
    expect((await tellAll(target, [told(1, 3), gone, told(2, 3)])).map(inShort)).toEqual([
      "confirmed",
      "UNMAPPED_PRODUCT",
      "confirmed",
    ]);
    expect(await target.held?.([told(1, 3), gone], stopping)).toMatchObject([
      { number: 3 },
      { problem: "UNMAPPED_PRODUCT" },
    ]);
  });

  it("finds the product at which a plugin dies, unless the whole shop has died", async () => {
    await shop.control("products", products(40));
    await shop.control("rules", { dies: [23] });
    const fates = await tellAll(target, all(40, 7));
    expect(fates.flatMap((fate, at) => (fate.fate === "confirmed" ? [] : [at + 1]))).toEqual([23]);
    const numbers = Object.values(await stock()).map(([number]) => number);
    expect(numbers.filter((number) => number === 7).length).toBe(39);
    await shop.control("fault", {
      kind: "status",
      status: 500,
      body: { code: "internal_server_error", message: "critical" },
    });
    expect(await failure()).toMatchObject({
      kind: "away",
      message: "the target answered 500: critical (internal_server_error)",
    });
  });
});

describe("a fault", () => {
  const noJson = "with what is not JSON";
  it.each([
    ["an answer that is lost", { kind: "drop" }, { kind: "unknown" }],
    ["half of the JSON", { kind: "half" }, { kind: "away", message: expect.stringContaining(`200 ${noJson}`) }],
    ["a page for people", { kind: "html" }, { kind: "away", message: expect.stringContaining(`200 ${noJson}`) }],
    ["JSON of another form", { kind: "status", status: 200, body: { data: [] } }, { kind: "away" }],
    ["500", { kind: "status", status: 500 }, { kind: "away" }],
    [
      "503",
      { kind: "status", status: 503, headers: { "retry-after": "120" } },
      { kind: "away", retryAfterMs: 120_000 },
    ],
    [
      "429",
      { kind: "status", status: 429, headers: { "retry-after": "7" } },
      { kind: "throttled", retryAfterMs: 7_000 },
    ],
    [
      "a wall before it",
      { kind: "status", status: 403, body: "blocked" },
      { kind: "away", message: expect.stringContaining("answered 403") },
    ],
    [
      "a redirect",
      { kind: "status", status: 302, headers: { location: "/elsewhere" } },
      { kind: "away", message: expect.stringContaining("a redirect to /elsewhere") },
    ],
  ])("%s: nothing is believed, and the numbers are equal after the next telling", async (_, fault, expected) => {
    await shop.control("products", products(3));
    await shop.control("fault", { ...fault, times: 1 });
    expect(await failure()).toMatchObject({ name: "TargetFailure", ...expected });
    expect((await tellAll(target, all(3, 5))).map(inShort)).toEqual(["confirmed", "confirmed", "confirmed"]);
    expect(Object.values(await stock()).map(([number]) => number)).toEqual([5, 5, 5]);
  });

  it("that lasts too long makes the calls smaller, and calls that go well make them larger again", async () => {
    target = openKind(woocommerce, settings({ answerSecondsMax: 1, batchSize: 8 }));
    await shop.control("products", products(20));
    await shop.control("fault", { kind: "hang", times: 1 });
    expect(await failure(all(8, 5))).toMatchObject({ kind: "unknown", message: "there was no answer within 1000 ms" });
    expect(target.batchMax).toBe(4);
    await shop.control("fault", { kind: "slow", delayMs: 100, times: 1 });
    for (let round = 0; round < 6; round += 1) await tellAll(target, all(20, round));
    expect(target.batchMax).toBe(8);
  });

  it("of the key is told in the shop's words", async () => {
    target = openKind(woocommerce, settings({ secret: await secretFile("wrong") }));
    expect(await failure()).toMatchObject({
      kind: "away",
      message: "the target answered 401: Consumer secret is invalid. (woocommerce_rest_authentication_error)",
    });
    target = openKind(woocommerce, settings({ baseUrl: `${shop.url}/blog/` }));
    expect(await failure()).toMatchObject({ kind: "away", message: expect.stringContaining("No route was found") });
  });
});

it("a failure of one call is told once the others that were begun have ended, so that none lands behind the next telling", async () => {
  const ended: number[] = [];
  const calls = someAtOnce([1, 2, 3, 4, 5, 6], async (call) => {
    if (call === 2) throw new Error("away");
    await sleep(20);
    ended.push(call);
  });
  await expect(calls).rejects.toThrow("away");
  expect(ended).toEqual([1, 3, 4]);
});

describe("reading back", () => {
  it("gives the number, or why there is none, and sees what customers ordered", async () => {
    await shop.control("products", [simple(1), simple(2, { manage_stock: false }), shirts(3, 150)]);
    await shop.control("order", { id: 3, variation: 3_149, quantity: 4 });
    const variations = Array.from({ length: 150 }, (_, at) => levelOf(`V3-${at}`, 9, { target: `3/${3_000 + at}` }));
    const [first, second, gone, none, ...rest] =
      (await target.held?.([told(1, 1), told(2, 1), told(99, 1), levelOf("X", 1), ...variations], stopping)) ?? [];
    expect([first, second, gone, none]).toMatchObject([
      { number: 9 },
      { problem: "UNTRACKED" },
      { problem: "UNMAPPED_PRODUCT" },
      { problem: "UNMAPPED_PRODUCT" },
    ]);
    expect(rest.length).toBe(150);
    expect(rest.at(-1)).toEqual({ number: 5 });
    expect((await calls()).every((call) => call.startsWith("GET"))).toBe(true);
  });
});

describe("its settings", () => {
  const read = (more: object) =>
    readKind(woocommerce, { baseUrl: "https://shop.example", key: { env: "K" }, secret: { env: "S" }, ...more });

  it("name one place however it is written", () => {
    for (const baseUrl of ["https://shop.example", "https://SHOP.example/", "https://shop.example:443"])
      expect(read({ baseUrl })).toMatchObject({ place: "woocommerce https://shop.example" });
  });

  it.each([
    [{ baseUrl: "http://shop.example" }, "must begin with https://"],
    [{ baseUrl: "https://shop.example/?x=1" }, "without ? and #"],
    [{ key: "ck_1234" }, "must say where the secret is"],
    [{ batchSize: 101 }, "100"],
    [{ match: "barcode" }, "sku"],
  ])("%j have a fault in words", (more, words) => {
    expect(JSON.stringify(read(more))).toContain(words);
  });

  it("tell what may be sold, of all facilities together", () => {
    expect(woocommerce.tells.isSum).toBe(true);
    expect(woocommerce.tells.numberOf?.(levelOf("P1", 3.7))).toBe(3);
  });
});
