// A WooCommerce shop: as much of REST API v3 as stock needs. It behaves as the published code does
// (https://github.com/woocommerce/woocommerce, includes/rest-api/Controllers/Version2 and Version3, abstracts/abstract-wc-product.php).

import { faultyShop, type Reply } from "../faults.ts";
import { type Call, serveShop, shopSettings } from "../serve.ts";
import { type Change, change, type Product, type Rules, shown, type Variation } from "./stock.ts";

const { key, secret } = shopSettings<{ key: string; secret: string }>();
const products = new Map<number, Product>();
let rules: Rules = {};

const PER_PAGE_MAX = 100;
const BATCH_MAX = 100;

const error = (status: number, code: string, message: string): Reply => ({
  status,
  body: { code, message, data: { status } },
});

function reply(call: Call): Reply {
  const given = Buffer.from(call.headers.authorization?.replace(/^Basic /, "") ?? "", "base64").toString();
  const [givenKey, givenSecret] = given.split(":");
  if (givenKey !== key) return error(401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.");
  if (givenSecret !== secret) return error(401, "woocommerce_rest_authentication_error", "Consumer secret is invalid.");
  const { pathname, searchParams } = new URL(call.path, "http://shop");
  const [, parent, isBatch] = /^\/wp-json\/wc\/v3\/products(?:\/(\d+)\/variations)?(\/batch)?$/.exec(pathname) ?? [];
  if (!pathname.startsWith("/wp-json/wc/v3/products"))
    return error(404, "rest_no_route", "No route was found matching the URL and request method.");
  const of = parent === undefined ? undefined : products.get(Number(parent));
  if (parent !== undefined && of === undefined) return error(404, "woocommerce_rest_product_invalid_id", "Invalid ID.");
  if (call.method === "POST" && isBatch) return batch(JSON.parse(call.body), of, parent);
  const things = parent === undefined ? [...products.values()] : (of?.variations ?? []);
  return list(things, { of, query: searchParams });
}

function list(
  all: readonly (Product | Variation)[],
  { of, query }: { readonly of: Product | undefined; readonly query: URLSearchParams },
): Reply {
  const perPage = Number(query.get("per_page") ?? 10);
  if (perPage < 1 || perPage > PER_PAGE_MAX) return error(400, "rest_invalid_param", "Invalid parameter(s): per_page");
  const page = Number(query.get("page") ?? 1);
  const include = query.get("include")?.split(",").map(Number);
  const wanted = all.filter(({ id }) => include?.includes(id) ?? true).sort((one, other) => one.id - other.id);
  const fields = query.get("_fields")?.split(",");
  const body = wanted.slice((page - 1) * perPage, page * perPage).map((each) => {
    const whole = shown(each, of, rules);
    return fields === undefined
      ? whole
      : Object.fromEntries(Object.entries(whole).filter(([name]) => fields.includes(name)));
  });
  const headers = { "x-wp-total": `${wanted.length}`, "x-wp-totalpages": `${Math.ceil(wanted.length / perPage)}` };
  return { status: 200, body, headers };
}

function batch({ update = [] }: { update?: Change[] }, of: Product | undefined, parent: string | undefined): Reply {
  const most = rules.batchMax ?? BATCH_MAX;
  if (update.length > most)
    return error(
      413,
      "woocommerce_rest_request_entity_too_large",
      `Unable to accept more than ${most} items for this request.`,
    );
  const answers: Record<string, unknown>[] = [];
  for (const wanted of update) {
    // A fatal error ends the request where it is: what came before it is done.
    if (rules.dies?.includes(wanted.id))
      return error(500, "internal_server_error", "<p>There has been a critical error on this website.</p>");
    answers.push(changeOne(wanted, of, parent));
  }
  const { leavesOut } = rules;
  const said =
    leavesOut === undefined ? answers : answers.filter(({ id }) => !leavesOut.includes(Number(id))).reverse();
  return { status: 200, body: { update: said } };
}

function changeOne(wanted: Change, of: Product | undefined, parent: string | undefined): Record<string, unknown> {
  const failed = (code: string, message: string) => ({
    id: wanted.id,
    error: { code, message, data: { status: 400 } },
  });
  const type = parent === undefined ? "product" : "product_variation";
  const thing = parent === undefined ? products.get(wanted.id) : of?.variations?.find(({ id }) => id === wanted.id);
  if (thing === undefined) return failed(`woocommerce_rest_${type}_invalid_id`, "Invalid ID.");
  if (rules.refuses?.includes(wanted.id)) return failed(`woocommerce_rest_${type}_not_created`, "A plugin says no.");
  change(thing, wanted, rules);
  return shown(thing, of, rules);
}

const shop = faultyShop(reply);

serveShop({
  handle: shop.handle,
  controls: {
    ...shop.controls,
    /** Its products, with their variations, in place of those before. */
    products: (given) => {
      products.clear();
      for (const each of given as Product[]) products.set(each.id, each);
    },
    rules: (given) => {
      rules = given as Rules;
    },
    /** Numbers and statuses by SKU, of variations too. */
    stock: () =>
      Object.fromEntries(
        [...products.values()]
          .flatMap((each) => [each, ...(each.variations ?? [])])
          .map(({ sku, stock_quantity, stock_status }) => [sku, [stock_quantity ?? null, stock_status ?? "instock"]]),
      ),
    /** A customer orders: stock is taken off when the order is placed, not when it is sent. */
    order: (given) => {
      const { id, variation, quantity } = given as { id: number; variation?: number; quantity: number };
      const product = products.get(id);
      const thing = variation === undefined ? product : product?.variations?.find((each) => each.id === variation);
      if (thing) change(thing, { id: thing.id, stock_quantity: (thing.stock_quantity ?? 0) - quantity }, {});
    },
  },
});
