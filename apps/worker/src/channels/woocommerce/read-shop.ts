// What is read of a WooCommerce shop: the stock of products by their ids, and that of each parent's variations; and the map, its products page by
// page, and after each page the variations of its variable products. A variation without a SKU of its own answers with its parent's, so several
// such are one SKU that is there several times.
import { z } from "zod";
import { bodyOf, type JsonAnswer, listOf, ODD } from "../http/json-api.ts";
import { type HeldLevel, type LevelToTell, notHeld, type TargetItem, type TargetItemPage } from "../target.ts";
import {
  CALLS_AT_ONCE_MAX,
  errorOf,
  type Group,
  groupsOf,
  isGone,
  known,
  PER_CALL_MAX,
  pathOf,
  type Shop,
  someAtOnce,
  stock,
} from "./shop.ts";
import { untracked } from "./tell.ts";

/** Reads levels back: see Target. */
export async function held(
  shop: Shop,
  levels: readonly LevelToTell[],
  stopping: AbortSignal,
): Promise<readonly HeldLevel[]> {
  const found = new Map<LevelToTell, HeldLevel>();
  await someAtOnce(groupsOf(levels), (group) => readGroup(shop, { group, found }, stopping));
  return levels.map(
    (level) =>
      found.get(level) ?? notHeld("UNMAPPED_PRODUCT", `the shop has no product ${level.target ?? level.idValue}`),
  );
}

async function readGroup(
  { api }: Shop,
  { group, found }: { readonly group: Group; readonly found: Map<LevelToTell, HeldLevel> },
  stopping: AbortSignal,
): Promise<void> {
  const ids = group.levels.map(({ id }) => id);
  const query = `include=${ids.join(",")}&per_page=${ids.length}&_fields=id,manage_stock,stock_quantity`;
  const answer = await api.get(`${group.path}?${query}`, stopping);
  const things = isGone(errorOf(answer).code) ? [] : bodyOf(answer, listOf(heldThing));
  const byId = new Map(things.flatMap((each) => (each ? [[each.id, each]] : [])));
  for (const { level, id } of group.levels) {
    const each = byId.get(id);
    if (each === undefined) continue;
    found.set(level, each.stock ? heldOf(each.stock) : notHeld("REFUSED", ODD));
  }
}

const heldThing = z.union([
  stock.transform((each) => ({ id: each.id, stock: each })),
  known.transform(({ id }) => ({ id, stock: undefined })),
]);

function heldOf({ manage_stock, stock_quantity }: z.output<typeof stock>): HeldLevel {
  const isHeld = manage_stock === true && stock_quantity !== null;
  return isHeld ? { number: stock_quantity } : notHeld("UNTRACKED", untracked(manage_stock));
}

/** Sold as one, counted as their parts: of WooCommerce itself, and of its own extensions for bundles. */
const MADE_UP = new Set(["grouped", "bundle", "composite"]);
/** The number of a variable product is of no SKU that is sold. */
const VARIABLE = /^variable/;

/** A plugin may put anything into one of them: what has no SKU that can be read is known by none, and what does not say so is not counted. */
const thing = known.extend({
  sku: z.string().nullable().catch(null),
  type: z.string().optional().catch(undefined),
  manage_stock: z.unknown(),
});

/** Where the reading stands: the next page of products, and before it pages of variations, each by its parent. */
const standing = z.strictObject({
  page: z.number().int().nullable(),
  variations: z.array(z.tuple([z.number().int(), z.number().int()])),
});
type Standing = z.output<typeof standing>;

/** A page of what the shop sells: products, or variations of some of them. @throws TargetFailure */
export async function items(shop: Shop, after: string | null, stopping: AbortSignal): Promise<TargetItemPage> {
  const at: Standing = after === null ? { page: 1, variations: [] } : standing.parse(JSON.parse(after));
  const page = at.variations.length > 0 ? await someVariations(shop, at, stopping) : await products(shop, at, stopping);
  const isEnd = page.next.page === null && page.next.variations.length === 0;
  return { items: page.items, next: isEnd ? null : JSON.stringify(page.next) };
}

interface Read {
  readonly items: readonly TargetItem[];
  readonly next: Standing;
}

async function products(shop: Shop, { page }: Standing, stopping: AbortSignal): Promise<Read> {
  const { things, next } = await listed(shop, { path: pathOf(undefined), page: page ?? 1 }, stopping);
  const parents = things.filter(({ type }) => VARIABLE.test(type ?? ""));
  return {
    items: things.filter((each) => !parents.includes(each)).flatMap((each) => itemOf(each, String(each.id))),
    next: { page: next, variations: parents.map(({ id }) => [id, 1]) },
  };
}

async function someVariations(shop: Shop, { page, variations }: Standing, stopping: AbortSignal): Promise<Read> {
  const found: TargetItem[] = [];
  const more: [number, number][] = [];
  await someAtOnce(variations.slice(0, CALLS_AT_ONCE_MAX), async ([parent, at]) => {
    const { things, next } = await listed(shop, { path: pathOf(String(parent)), page: at }, stopping);
    found.push(...things.flatMap((each) => itemOf(each, `${parent}/${each.id}`)));
    if (next !== null) more.push([parent, next]);
  });
  return { items: found, next: { page, variations: [...more, ...variations.slice(CALLS_AT_ONCE_MAX)] } };
}

async function listed(
  { api }: Shop,
  { path, page }: { readonly path: string; readonly page: number },
  stopping: AbortSignal,
): Promise<{ things: z.output<typeof thing>[]; next: number | null }> {
  // By id, so that what is added meanwhile comes at the end.
  const query = `per_page=${PER_CALL_MAX}&page=${page}&orderby=id&order=asc&_fields=id,sku,type,manage_stock`;
  const answer = await api.get(`${path}?${query}`, stopping);
  // A variable product may have gone since it was listed.
  if (isGone(errorOf(answer).code)) return { things: [], next: null };
  const all = bodyOf(answer, listOf(thing));
  const things = all.filter((each) => each !== undefined);
  return { things, next: isLast(answer, { page, length: all.length }) ? null : page + 1 };
}

/** By the number of pages, or by a page that is not full where something on the way has removed that header. */
function isLast(
  { headers }: JsonAnswer,
  { page, length }: { readonly page: number; readonly length: number },
): boolean {
  const pages = Number(headers["x-wp-totalpages"]);
  return Number.isInteger(pages) ? page >= pages : length < PER_CALL_MAX;
}

function itemOf({ sku, type, manage_stock }: z.output<typeof thing>, target: string): TargetItem[] {
  if (sku === null || sku === "") return [];
  if (MADE_UP.has(type ?? "")) return [{ idValue: sku, target, problem: "BUNDLE" }];
  return [{ idValue: sku, target, ...(manage_stock !== true && { problem: "UNTRACKED" as const }) }];
}
