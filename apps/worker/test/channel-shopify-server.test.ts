// The simulated Shopify itself: its frames, word for word those of a real shop's answers of 2026, and its odd ways. A server that is kinder
// than its original would prove nothing.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Shop } from "../../../tests/shops/start-shop.ts";
import { NORTH, SOUTH, startShopify } from "./shopify-parts.ts";

let shop: Shop;
const item = (id: number) => `gid://shopify/InventoryItem/${id}`;
const location = (id: number) => `gid://shopify/Location/${id}`;

interface Problem {
  readonly code?: string;
  readonly field: string[];
  readonly message: string;
}
/** Of it an answer has what was asked for. */
interface Data {
  readonly inventorySetQuantities: {
    readonly inventoryAdjustmentGroup: { readonly id: string; readonly changes: object[] } | null;
    readonly userErrors: Problem[];
  };
  readonly inventoryActivate: {
    readonly inventoryLevel: { readonly quantities: { readonly quantity: number }[] } | null;
    readonly userErrors: Problem[];
  };
  readonly inventoryItem: { readonly inventoryLevel: object | null };
  readonly productVariants: { readonly nodes: object[] };
}
interface Answer {
  readonly status: number;
  readonly version: string | null;
  readonly errors?: readonly { message: string; path?: unknown; locations?: unknown[]; extensions: { code: string } }[];
  readonly data: Data;
  readonly extensions?: { cost: { requestedQueryCost: number; actualQueryCost: number | null } };
}
async function ask(
  query: string,
  variables: object = {},
  { version = "2026-04", token = "shpat_standing" } = {},
): Promise<Answer> {
  const response = await fetch(`${shop.url}/admin/api/${version}/graphql.json`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-shopify-access-token": token },
    body: JSON.stringify({ query, variables }),
  });
  const body = (await response.json()) as object;
  return { status: response.status, version: response.headers.get("x-shopify-api-version"), ...body } as Answer;
}

const group = "inventoryAdjustmentGroup { id changes { name delta quantityAfterChange item { id } location { id } } }";
const SET = `mutation Set($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) { ${group} userErrors { field message code } }
}`;
const WITHOUT_KEY = SET.replace(", $key: String!", "").replace(" @idempotent(key: $key)", "");
let keys = 0;
const key = () => {
  keys += 1;
  return `key-${keys}`;
};
const entry = (quantity: number, more: object = {}) => {
  return { inventoryItemId: item(1), locationId: location(NORTH), quantity, changeFromQuantity: null, ...more };
};
const input = (quantities: object[], more: object = {}) => ({
  name: "on_hand",
  reason: "correction",
  quantities,
  ...more,
});
const set = (quantities: object[], more: object = {}, asked: { version?: string; key?: string } = {}) =>
  ask(
    SET,
    { input: input(quantities, more), key: asked.key ?? key() },
    asked.version ? { version: asked.version } : {},
  );

beforeAll(async () => {
  shop = await startShopify();
  await shop.control("items", [
    { id: 1, sku: "ONE", at: { [NORTH]: 5 } },
    { id: 2, sku: "TWO", at: { [NORTH]: 5 } },
    { id: 3, sku: "SET", isBundle: true, at: { [NORTH]: 5 } },
  ]);
});
afterAll(() => shop?.kill());

describe("a request that is wrong", () => {
  it("without a key is refused from 2026-04 on, at HTTP 200, and costs ten points", async () => {
    const answer = await ask(WITHOUT_KEY, { input: input([entry(5)]) });
    expect(answer).toMatchObject({
      status: 200,
      data: { inventorySetQuantities: null },
      errors: [
        {
          message: "The @idempotent directive is required for this mutation but was not provided.",
          path: ["inventorySetQuantities"],
          extensions: { code: "BAD_REQUEST" },
        },
      ],
      extensions: { cost: { requestedQueryCost: 13, actualQueryCost: 10 } },
    });
    const old = await ask(WITHOUT_KEY, { input: input([entry(5)]) }, { version: "2026-01" });
    expect([old.version, old.errors, old.data.inventorySetQuantities.userErrors]).toEqual(["2026-01", undefined, []]);
  });

  it("that does not say what it changes from is refused before anything else, at two places", async () => {
    const quantities = [{ inventoryItemId: item(1), locationId: location(NORTH), quantity: 5 }];
    const answer = await ask(WITHOUT_KEY, { input: input(quantities) });
    expect(answer.errors?.[0]).toMatchObject({
      message: "InventoryQuantityInput must include the following argument: changeFromQuantity.",
      path: ["inventorySetQuantities"],
      extensions: { code: "INVALID_FIELD_ARGUMENTS" },
    });
    expect(answer.errors?.[0]?.locations).toHaveLength(2);
    const old = await ask(SET, { input: input(quantities), key: key() }, { version: "2026-01" });
    expect(old.data.inventorySetQuantities.userErrors[0]?.code).toBe("COMPARE_QUANTITY_REQUIRED");
  });

  it("with a field that has gone is an invalid variable, without data", async () => {
    const given = input([entry(5)], { ignoreCompareQuantity: true });
    const answer = await ask(SET, { input: given, key: key() });
    const explanation = "Field is not defined on InventorySetQuantitiesInput";
    expect(answer.data).toBeUndefined();
    expect(answer.errors).toMatchObject([
      {
        message: `Variable $input of type InventorySetQuantitiesInput! was provided invalid value for ignoreCompareQuantity (${explanation})`,
        extensions: {
          code: "INVALID_VARIABLE",
          value: given,
          problems: [{ path: ["ignoreCompareQuantity"], explanation }],
        },
      },
    ]);
  });

  it.each([
    [
      "the directive at the wrong place",
      'mutation @idempotent(key: "a") { inventoryActivate(inventoryItemId: "x", locationId: "y") { userErrors { message } } }',
      "directiveCannotBeApplied",
    ],
    ["a directive that does not exist", "{ shop @once { id } }", "undefinedDirective"],
    ["a field that does not exist", "{ shop { stock } }", "undefinedField"],
    [
      "a code where errors have none",
      'mutation { inventoryActivate(inventoryItemId: "x", locationId: "y") { userErrors { code } } }',
      "undefinedField",
    ],
    ["a key that is blank", SET.replace("$key)", '" ")').replace(", $key: String!", ""), "BAD_REQUEST"],
  ])("by %s", async (_name, query, code) => {
    const answer = await ask(query, query.includes("$input") ? { input: input([entry(5)]) } : {});
    expect(answer.errors?.[0]?.extensions.code).toBe(code);
  });

  it("with more than 250 entries, or too dear, is not begun", async () => {
    const many = await set(Array.from({ length: 251 }, () => entry(1)));
    expect(many).toMatchObject({
      errors: [
        { path: ["inventorySetQuantities", "input", "quantities"], extensions: { code: "MAX_INPUT_SIZE_EXCEEDED" } },
      ],
      extensions: { cost: { actualQueryCost: null } },
    });
    const dear =
      "{ inventoryItems(first: 250) { nodes { inventoryLevels(first: 250) { nodes { location { id } item { id } } } } } }";
    expect((await ask(dear)).errors?.[0]?.extensions).toMatchObject({ code: "MAX_COST_EXCEEDED", maxCost: 1_000 });
  });

  it("that the bucket does not hold is throttled at HTTP 200, and does nothing", async () => {
    await shop.control("bucket", { currentlyAvailable: 5, restoreRate: 1 });
    expect(await set([entry(77)])).toMatchObject({
      status: 200,
      errors: [{ message: "Throttled", extensions: { code: "THROTTLED" } }],
      extensions: { cost: { actualQueryCost: null, throttleStatus: { maximumAvailable: 2_000, restoreRate: 1 } } },
    });
    await shop.control("bucket", { currentlyAvailable: 2_000, restoreRate: 100 });
    const levels = await shop.control<{ onHand: number }[]>("levels");
    expect(levels.map(({ onHand }) => onHand)).not.toContain(77);
  });

  it("by a wrong token, version or method", async () => {
    expect((await ask("{ shop { id } }", {}, { token: "wrong" })).status).toBe(401);
    expect((await ask("{ shop { id } }", {}, { version: "2031-01" })).status).toBe(404);
    expect(await ask("{ shop { id } }", {}, { version: "2024-01" })).toMatchObject({ status: 200, version: "2026-01" });
  });
});

describe("a set", () => {
  const at = (index: number, name: string) => ["input", "quantities", String(index), name];
  it.each([
    [
      "a negative number",
      [entry(-5)],
      {},
      [["INVALID_QUANTITY_NEGATIVE", at(0, "quantity"), "The quantity can't be negative."]],
    ],
    [
      "a number too high",
      [entry(1_000_000_001)],
      {},
      [["INVALID_QUANTITY_TOO_HIGH", at(0, "quantity"), "The quantity can't be higher than 1,000,000,000."]],
    ],
    [
      "one too low",
      [entry(-2_000_000_000)],
      { name: "available" },
      [["INVALID_QUANTITY_TOO_LOW", at(0, "quantity"), "The quantity can't be lower than -1,000,000,000."]],
    ],
    [
      "an item and a location that do not exist",
      [entry(1), entry(1, { inventoryItemId: item(42), locationId: location(9) })],
      {},
      [
        ["INVALID_INVENTORY_ITEM", at(1, "inventoryItemId"), "The specified inventory item could not be found."],
        ["INVALID_LOCATION", at(1, "locationId"), "The specified location could not be found."],
      ],
    ],
    [
      "a pair twice",
      [entry(1), entry(2)],
      {},
      [0, 1].map((index) => [
        "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR",
        at(index, "locationId"),
        "The combination of inventoryItemId and locationId must be unique.",
      ]),
    ],
    [
      "a bundle beside a good one",
      [entry(1), entry(1, { inventoryItemId: item(3) })],
      {},
      [
        [
          "NON_MUTABLE_INVENTORY_ITEM",
          at(1, "inventoryItemId"),
          "The specified inventory item is not allowed to be adjusted via API.",
        ],
      ],
    ],
    [
      "a place where it is not stocked",
      [entry(1, { locationId: location(SOUTH) })],
      {},
      [
        [
          "ITEM_NOT_STOCKED_AT_LOCATION",
          at(0, "locationId"),
          "The specified inventory item is not stocked at the location.",
        ],
      ],
    ],
    [
      "another reason",
      [entry(1)],
      { reason: "sale" },
      [["INVALID_REASON", ["input", "reason"], expect.stringContaining("correction, cycle_count_available")]],
    ],
    ["another name", [entry(1)], { name: "committed" }, [["INVALID_NAME", ["input", "name"], expect.anything()]]],
    [
      "half a document",
      [entry(1)],
      { referenceDocumentUri: "gid://app/Thing" },
      [["INVALID_REFERENCE_DOCUMENT", ["input", "referenceDocumentUri"], expect.anything()]],
    ],
  ])("of %s does nothing at all, and costs ten points", async (_name, quantities, more, errors) => {
    const before = await shop.control("levels");
    const { data, extensions } = await set(quantities, more);
    expect(data.inventorySetQuantities).toEqual({
      inventoryAdjustmentGroup: null,
      userErrors: errors.map(([code, field, message]) => ({ code, field, message })),
    });
    expect(extensions?.cost).toMatchObject({ requestedQueryCost: 13, actualQueryCost: 10 });
    expect(await shop.control("levels")).toEqual(before);
  });

  it("of another number moves what is available, and does not say what it became; of the same one it is nothing", async () => {
    await set([entry(5)]);
    const { data, extensions } = await set([entry(8, { changeFromQuantity: 5 })]);
    const change = { delta: 3, quantityAfterChange: null, item: { id: item(1) }, location: { id: location(NORTH) } };
    const { inventoryAdjustmentGroup, userErrors } = data.inventorySetQuantities;
    expect([inventoryAdjustmentGroup?.changes, userErrors]).toEqual([
      [
        { name: "available", ...change },
        { name: "on_hand", ...change },
      ],
      [],
    ]);
    expect(extensions?.cost).toMatchObject({ requestedQueryCost: 13, actualQueryCost: 13 });
    expect((await set([entry(8)])).data.inventorySetQuantities).toEqual({
      inventoryAdjustmentGroup: null,
      userErrors: [],
    });
    const stale = await set([entry(9, { changeFromQuantity: 5 })]);
    expect(stale.data.inventorySetQuantities.userErrors[0]?.code).toBe("CHANGE_FROM_QUANTITY_STALE");
  });

  it("with a key that was used is not done again; other numbers under it are a mismatch, and after a day it is new", async () => {
    const once = key();
    const first = await set([entry(20)], {}, { key: once });
    const id = first.data.inventorySetQuantities.inventoryAdjustmentGroup?.id;
    await set([entry(21)]);
    const second = await set([entry(20)], {}, { key: once });
    expect(second.data.inventorySetQuantities).toMatchObject({ inventoryAdjustmentGroup: { id }, userErrors: [] });
    const other = await set([entry(22)], {}, { key: once });
    expect(other.data.inventorySetQuantities).toMatchObject({
      inventoryAdjustmentGroup: { id },
      userErrors: [{ code: "IDEMPOTENCY_KEY_PARAMETER_MISMATCH", field: null }],
    });
    const read = async () =>
      (await shop.control<{ id: number; onHand: number }[]>("levels")).find((level) => level.id === 1)?.onHand;
    expect(await read()).toBe(21);
    await shop.control("clock", { aheadMs: 86_400_001 });
    await set([entry(20)], {}, { key: once });
    expect(await read()).toBe(20);
  });

  it("with a key whose first call failed inside wants another key", async () => {
    const once = key();
    await shop.control("fault", { on: "set", what: "internal" });
    expect((await set([entry(30)], {}, { key: once })).errors?.[0]?.extensions.code).toBe("INTERNAL_SERVER_ERROR");
    const again = await set([entry(30)], {}, { key: once });
    expect(again.data.inventorySetQuantities.userErrors[0]?.code).toBe("IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED");
  });
});

describe("stocking an item", () => {
  const ACTIVATE = `mutation Activate($item: ID!, $at: ID!, $available: Int, $onHand: Int, $key: String!) {
    inventoryActivate(inventoryItemId: $item, locationId: $at, available: $available, onHand: $onHand) @idempotent(key: $key) {
      inventoryLevel { isActive quantities(names: ["available", "on_hand"]) { name quantity updatedAt } } userErrors { field message }
    }
  }`;
  const activate = async (id: number, more: object = {}) =>
    (await ask(ACTIVATE, { item: item(id), at: location(SOUTH), key: key(), ...more })).data.inventoryActivate;

  it("takes no two quantities, ignores what is available, and takes none where it is stocked", async () => {
    const both = await activate(2, { available: 1, onHand: 2 });
    expect(both.inventoryLevel).toBeNull();
    expect(both.userErrors.map(({ field }) => field)).toEqual([["available"], ["onHand"]]);
    const first = await activate(2, { available: 9 });
    expect(first.inventoryLevel?.quantities).toEqual([
      { name: "available", quantity: 0, updatedAt: expect.any(String) },
      { name: "on_hand", quantity: 0, updatedAt: null },
    ]);
    expect((await activate(2, { onHand: 5 })).userErrors).toEqual([
      {
        field: ["onHand"],
        message: "Not allowed to set an on_hand quantity when the item is already active at the location.",
      },
    ]);
    expect((await activate(2)).userErrors).toEqual([]);
    expect((await activate(1, { onHand: 50 })).inventoryLevel?.quantities[1]?.quantity).toBe(50);
  });

  it("again brings its old numbers back, which are not seen meanwhile", async () => {
    const LEVEL = `query Level($at: ID!) { inventoryItem(id: "${item(1)}") { inventoryLevel(locationId: $at) { isActive } } }`;
    await shop.control("deactivate", { sku: "ONE", location: SOUTH });
    expect((await ask(LEVEL, { at: location(SOUTH) })).data.inventoryItem.inventoryLevel).toBeNull();
    expect((await activate(1)).inventoryLevel?.quantities[1]?.quantity).toBe(50);
  });
});

it("totals and searches by SKU lag behind; levels do not", async () => {
  await shop.control("items", [{ id: 9, sku: "NEW", at: { [NORTH]: 4 } }]);
  await set([entry(6, { inventoryItemId: item(9) })]);
  const LAG = `{ productVariants(first: 1, query: "sku:new") { nodes { inventoryQuantity product { totalInventory } } } }`;
  const { nodes } = (await ask(LAG)).data.productVariants;
  expect(nodes).toEqual([{ inventoryQuantity: 6, product: { totalInventory: 4 } }]);
});
