// The kind adobe-commerce held against a simulated shop: what it maps, what it tells and reads back, and that the numbers are equal after every
// fault.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Shop, startShop } from "../../../tests/shops/start-shop.ts";
import { adobeCommerce } from "../src/channels/adobe-commerce/adobe-commerce.ts";
import type { Target } from "../src/channels/target.ts";
import { allItems, inShort, levelOf, openKind, readKind, secretFile, stopping, tellAll } from "./held-kind.ts";

let shop: Shop;
let target: Target;
let token: object;

const settings = (more: object = {}) => ({ baseUrl: shop.url, allowPrivateAddresses: true, token, ...more });
const skus = (count: number) => Array.from({ length: count }, (_, at) => `P${at + 1}`);
const told = (sku: string, onHand: number, place = "north") => levelOf(sku, onHand, { target: sku, place });
const all = (count: number, onHand: number) => skus(count).map((sku) => told(sku, onHand));
const stock = () => shop.control<Record<string, [number, number]>>("stock");
const numbers = async () => Object.values(await stock()).map(([quantity]) => quantity);
const calls = () => shop.control<string[]>("calls");
const sell = (count: number, more: object = {}) =>
  shop.control("catalogue", { skus: skus(count), codes: ["north", "south"], ...more });
const failure = (levels = all(3, 5)) => tellAll(target, levels).catch((error: unknown) => error);

beforeAll(async () => {
  shop = await startShop("adobe-commerce/adobe-commerce", { token: "secret-token" });
  token = await secretFile("secret-token");
});
afterAll(() => shop?.kill());
beforeEach(async () => {
  await target?.close();
  target = openKind(adobeCommerce, settings());
  await Promise.all([shop.control("fault", null), shop.control("rules", {})]);
  await calls();
});

describe("the map", () => {
  it.each([
    ["pages of 300", {}, 3],
    ["the smaller pages of a shop that limits them", { pageMax: 200 }, 5],
  ])("has every product, in %s", async (_, rules, expected) => {
    await sell(700);
    await shop.control("rules", rules);
    expect((await allItems(target)).map(({ idValue }) => idValue)).toEqual(skus(700));
    expect((await calls()).length).toBe(expected);
  });

  it("says what is made up of others, and ends where there is nothing", async () => {
    await sell(5, { types: { P1: "configurable", P2: "bundle", P3: "grouped", P4: "virtual" } });
    const problems = (await allItems(target)).map(({ problem }) => problem);
    expect(problems).toEqual(["BUNDLE", "BUNDLE", "BUNDLE", undefined, undefined]);
    await sell(0);
    expect(await allItems(target)).toEqual([]);
  });
});

it("the map and what is read back lack a row that is answered oddly, not its neighbours", async () => {
  const answer = (items: unknown[]) =>
    shop.control("fault", { kind: "status", status: 200, body: { items, total_count: items.length }, times: 1 });
  const row = (id: number, more: object = {}) => ({ id, sku: `P${id}`, type_id: "simple", ...more });
  await answer([row(1), row(2, { sku: null }), null, row(4, { type_id: 0 }), { sku: "P5" }]);
  expect((await allItems(target)).map(({ idValue }) => idValue)).toEqual(["P1", "P4"]);
  const item = (sku: string, quantity: unknown) => ({ sku, source_code: "north", quantity });
  await answer([item("P1", 3), item("P2", "3"), null]);
  expect(await target.held?.([told("P1", 1), told("P2", 1), told("P3", 1)], stopping)).toMatchObject([
    { number: 3 },
    { problem: "REFUSED" },
    { problem: "NOT_STOCKED" },
  ]);
});

describe("telling", () => {
  it("tells each source what is on hand there, with its decimals and never below nothing", async () => {
    await sell(3);
    const levels = [
      told("P1", 4),
      told("P1", 1.2345, "south"),
      told("P2", 0),
      told("P2", -3, "south"),
      told("P3", 0.5),
    ];
    expect((await tellAll(target, levels)).map(inShort)).toEqual(Array(5).fill("confirmed"));
    expect(await stock()).toEqual({
      ...{ "P1 north": [4, 1], "P1 south": [1.2345, 1], "P2 north": [0, 0], "P2 south": [0, 0], "P3 north": [0.5, 1] },
    });
    expect((await calls()).length).toBe(1);
  });

  it("leaves the neighbours of what is refused right", async () => {
    await sell(40);
    const bad = [told(" P41", 1), told("P42", 200_000_000)];
    const levels = [...all(20, 6), ...bad, ...all(40, 6).slice(20)];
    const fates = await tellAll(target, levels);
    expect(fates.flatMap((fate, at) => (fate.fate === "confirmed" ? [] : [at]))).toEqual([20, 21]);
    expect(fates.slice(20, 22)).toMatchObject([
      { code: "REFUSED", message: expect.stringContaining('"sku" can not contain leading or trailing spaces.') },
      { code: "REFUSED", message: "the target answered 400: Could not save Source Item" },
    ]);
    expect(await numbers()).toEqual(Array(40).fill(6));
  });

  it("sets aside what is at a source that is not there, in three calls", async () => {
    await sell(10);
    const levels = [...all(10, 2), told("P1", 2, "west"), told("P2", 2, "east"), told("P3", 2, "south")];
    const fates = await tellAll(target, levels);
    expect(fates.slice(9).map(inShort)).toEqual(["confirmed", "UNMAPPED_FACILITY", "UNMAPPED_FACILITY", "confirmed"]);
    expect(fates[10]).toMatchObject({
      message: expect.stringMatching(/^There is no source west\. The target has no place/),
    });
    expect((await calls()).length).toBe(3);
    expect(inShort((await tellAll(target, [told("P1", 2, "west")]))[0])).toBe("UNMAPPED_FACILITY");
  });

  it("is not kept from it by a save that met another one", async () => {
    await sell(4);
    await shop.control("rules", { deadlocks: 1 });
    expect((await tellAll(target, all(4, 8))).map(inShort)).toEqual(Array(4).fill("confirmed"));
    expect(await numbers()).toEqual([8, 8, 8, 8]);
  });

  it("goes in smaller calls once the shop says its limit", async () => {
    await sell(100);
    await shop.control("rules", { inputMax: 20 });
    expect((await tellAll(target, all(100, 4))).every(({ fate }) => fate === "confirmed")).toBe(true);
    expect(target.batchMax).toBe(20);
    await calls();
    await tellAll(target, all(100, 5));
    expect((await calls()).length).toBe(5);
    expect(target.batchMax).toBe(20);
  });
});

describe("a fault", () => {
  const noJson = "with what is not JSON";
  it.each([
    ["an answer that is lost", { kind: "drop" }, { kind: "unknown" }],
    ["a page for people", { kind: "html" }, { kind: "away", message: expect.stringContaining(`200 ${noJson}`) }],
    ["half of the JSON", { kind: "half" }, { kind: "away", message: expect.stringContaining(noJson) }],
    ["JSON of another form", { kind: "status", status: 200, body: { maintenance: true } }, { kind: "away" }],
    ["500", { kind: "status", status: 500, body: { message: "Internal Error." } }, { kind: "away" }],
    ["503", { kind: "status", status: 503, headers: { "retry-after": "60" } }, { kind: "away", retryAfterMs: 60_000 }],
    [
      "429",
      { kind: "status", status: 429, headers: { "retry-after": "9" } },
      { kind: "throttled", retryAfterMs: 9_000 },
    ],
    ["a wall before it", { kind: "status", status: 400, body: "blocked" }, { kind: "away" }],
  ])("%s: nothing is believed, and the numbers are equal after the next telling", async (_, fault, expected) => {
    await sell(3);
    await shop.control("fault", { ...fault, times: 1 });
    expect(await failure()).toMatchObject({ name: "TargetFailure", ...expected });
    expect((await tellAll(target, all(3, 5))).map(inShort)).toEqual(["confirmed", "confirmed", "confirmed"]);
    expect(await numbers()).toEqual([5, 5, 5]);
  });

  it("that lasts too long makes the calls smaller; one that is only slow does not", async () => {
    target = openKind(adobeCommerce, settings({ answerSecondsMax: 1, batchSize: 8 }));
    await sell(8);
    await shop.control("fault", { kind: "slow", delayMs: 100, times: 1 });
    await tellAll(target, all(8, 4));
    expect(target.batchMax).toBe(8);
    await shop.control("fault", { kind: "hang", times: 1 });
    expect(await failure(all(8, 5))).toMatchObject({ kind: "unknown", message: "there was no answer within 1000 ms" });
    expect(target.batchMax).toBe(4);
    await tellAll(target, all(8, 6));
    expect(await numbers()).toEqual(Array(8).fill(6));
  });

  it("of the token or the address is told in the shop's words", async () => {
    target = openKind(adobeCommerce, settings({ token: await secretFile("wrong") }));
    const words = "the target answered 401: The consumer isn't authorized to access Magento_InventoryApi::source.";
    expect(await failure()).toMatchObject({ kind: "away", message: words });
    target = openKind(adobeCommerce, settings({ baseUrl: `${shop.url}/shop` }));
    expect(await failure()).toMatchObject({
      kind: "away",
      message: expect.stringContaining("does not match any route"),
    });
  });
});

describe("reading back", () => {
  it.each([
    ["one page", {}],
    ["many pages", { pageMax: 7 }],
  ])("gives what each source has, in %s", async (_, rules) => {
    await sell(60);
    const places = (sku: string, at: number) => [told(sku, at), told(sku, at + 0.25, "south")];
    const levels = ["A,B", ...skus(59)].flatMap(places);
    await tellAll(target, levels);
    await shop.control("rules", rules);
    await calls();
    const none = [told("p7", 0), told("P60", 1), told("NONE", 1), told("P1", 1, "west")];
    const held = (await target.held?.([...levels, ...none], stopping)) ?? [];
    expect(held.slice(0, 120)).toEqual(levels.map(({ onHand }) => ({ number: onHand })));
    expect(held.slice(120)).toMatchObject([{ number: 7 }, ...Array(3).fill({ problem: "NOT_STOCKED" })]);
    expect((await calls()).every((call) => call.startsWith("GET"))).toBe(true);
  });
});

describe("its settings", () => {
  const read = (more: object) =>
    readKind(adobeCommerce, { baseUrl: "https://shop.example", token: { env: "T" }, ...more });

  it("name one place however it is written", () => {
    for (const baseUrl of ["https://shop.example", "https://SHOP.example/"])
      expect(read({ baseUrl })).toMatchObject({ place: "adobe-commerce https://shop.example" });
  });

  it.each([
    [{ baseUrl: "http://shop.example" }, "must begin with https://"],
    [{ token: "abc" }, "must say where the secret is"],
    [{ facilities: { S1: "north", S2: "north" } }, "another source for each facility"],
    [{ safetyStock: { default: 1, facilities: {}, products: {} } }, "Out-of-Stock Threshold"],
    [{ batchSize: 0 }, "1"],
  ])("%j have a fault in words", (more, words) => {
    expect(JSON.stringify(read(more))).toContain(words);
  });
});
