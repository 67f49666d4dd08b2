// The simulated Shopify's own webhooks, as whoever listens to a real shop meets them. The product does not: it reads back what it told.
import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { Shop } from "../../../tests/shops/start-shop.ts";
import { eventually } from "../../../tests/support/index.ts";
import { NORTH, startShopify } from "./shopify-parts.ts";

interface Told {
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

let shop: Shop;
let listener: Server;
let url: string;
let told: Told[] = [];
/** Calls that are refused before one is taken. */
let refusals = 0;

beforeAll(async () => {
  listener = createServer(async (request, response) => {
    told.push({ body: await text(request), headers: request.headers });
    refusals -= 1;
    response.writeHead(refusals >= 0 ? 503 : 200).end();
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  shop = await startShopify();
});
beforeEach(async () => {
  // A new item is a change, too.
  await shop.control("subscribe", null);
  await shop.control("items", [{ id: 1, sku: "ONE", at: { [NORTH]: 5 } }]);
  told = [];
  refusals = 0;
});
afterAll(async () => {
  await shop?.kill();
  listener?.close();
});

const edit = (quantity: number) => shop.control("edit", { sku: "ONE", location: NORTH, quantity });
const bodies = () => told.map(({ body }) => JSON.parse(body) as Readonly<Record<string, unknown>>);
const available = () => bodies().map((each) => each.available);

it("tells what is available, and nothing of what is on hand or of who changed it, signed with the app's secret", async () => {
  await shop.control("subscribe", { url });
  await shop.control("order", { sku: "ONE", location: NORTH, quantity: 2 });
  await eventually(() => told.length === 1);
  expect(bodies()).toEqual([
    {
      inventory_item_id: 1,
      location_id: NORTH,
      available: 3,
      updated_at: expect.any(String),
      admin_graphql_api_id: expect.stringMatching(/^gid:\/\/shopify\/InventoryLevel\/\d+\?inventory_item_id=1$/),
    },
  ]);
  const { body = "", headers = {} } = told[0] ?? {};
  const hmac = createHmac("sha256", "a-client-secret-of-a-test").update(body).digest("base64");
  expect(headers).toMatchObject({
    "x-shopify-topic": "inventory_levels/update",
    "x-shopify-hmac-sha256": hmac,
    "x-shopify-webhook-id": expect.any(String),
    "x-shopify-event-id": expect.any(String),
    "x-shopify-triggered-at": expect.stringMatching(/Z$/),
  });
});

it("tells a write of the API as it tells everybody's", async () => {
  await shop.control("subscribe", { url });
  const SET = `mutation Set($input: InventorySetQuantitiesInput!) {
    inventorySetQuantities(input: $input) @idempotent(key: "own") { userErrors { message } } }`;
  const at = { inventoryItemId: "gid://shopify/InventoryItem/1", locationId: `gid://shopify/Location/${NORTH}` };
  const quantities = [{ ...at, quantity: 8, changeFromQuantity: null }];
  const answer = await fetch(`${shop.url}/admin/api/2026-04/graphql.json`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-shopify-access-token": "shpat_standing" },
    body: JSON.stringify({ query: SET, variables: { input: { name: "on_hand", reason: "correction", quantities } } }),
  });
  expect(await answer.json()).toMatchObject({ data: { inventorySetQuantities: { userErrors: [] } } });
  await eventually(() => told.length === 1);
  expect(available()).toEqual([8]);
});

it("tells of two quick changes the last one twice", async () => {
  await shop.control("subscribe", { url, delayMs: 300 });
  await edit(7);
  await edit(9);
  await eventually(() => told.length === 2);
  expect(available()).toEqual([9, 9]);
});

it("says again what it said first where it was refused, whatever has changed since", async () => {
  await shop.control("subscribe", { url });
  refusals = 1;
  await edit(7);
  await eventually(() => told.length === 2);
  const [first, again] = told;
  expect(again?.body).toBe(first?.body);
  expect(again?.headers["x-shopify-webhook-id"]).toBe(first?.headers["x-shopify-webhook-id"]);
});

it("comes twice under one id, and in another order, when it is told to", async () => {
  await shop.control("subscribe", { url, copies: 2 });
  await edit(7);
  await eventually(() => told.length === 2);
  const ids = told.map(({ headers }) => headers["x-shopify-event-id"]);
  expect(new Set(ids).size).toBe(1);
  told = [];
  await shop.control("subscribe", { url, reverses: 2 });
  await edit(1);
  await edit(2);
  await eventually(() => told.length === 2);
  expect(available()).toEqual([2, 1]);
});
