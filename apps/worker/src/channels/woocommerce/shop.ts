// What telling, reading back and mapping of a WooCommerce shop share: its calls, its ids, and what of a product is looked at.
import { z } from "zod";
import type { CallSize } from "../http/call-size.ts";
import type { JsonAnswer, JsonApi } from "../http/json-api.ts";
import type { LevelToTell } from "../target.ts";

export const CALLS_AT_ONCE_MAX = 4;

export interface Shop {
  readonly api: JsonApi;
  readonly size: CallSize;
  /** It has once kept its stock_status against what was asked: by a threshold of its own. */
  statusIsItsOwn: boolean;
}

/** A product or a variation, whatever else is said of it. */
export const known = z.looseObject({ id: z.number().int() });

/** The stock of one. `manage_stock` of a variation is "parent" where the parent has its number. */
export const stock = known.extend({
  manage_stock: z.union([z.boolean(), z.string()]),
  stock_quantity: z.number().nullable(),
});

const errorBody = z.looseObject({ code: z.string(), message: z.string() });

/** The error of an answer that refuses a whole call: its code for programs and its message; both empty where it is none. */
export function errorOf({ body }: JsonAnswer): { readonly code: string; readonly message: string } {
  return errorBody.safeParse(body).data ?? { code: "", message: "" };
}

const GONE =
  /^woocommerce_rest_(?:product|product_variation|invalid_product|invalid_product_variation)_(?:invalid_)?id$/;

/** Whether an error says that the product or variation is not there. */
export function isGone(code: string): boolean {
  return GONE.test(code);
}

/** A level and where it is told: a product, or a variation of a parent. */
export interface Placed {
  readonly level: LevelToTell;
  readonly id: number;
}

/** The API's own limit: things of a page, and of a batch. */
export const PER_CALL_MAX = 100;

/** The levels of one call: of products, or of one parent's variations. */
export interface Group {
  /** Below /wp-json: where these are listed, and below which they are changed. */
  readonly path: string;
  readonly levels: readonly Placed[];
}

const PRODUCTS = "/wp-json/wc/v3/products";

/** Where the variations of a product are listed, or the products themselves. */
export function pathOf(parent: string | undefined): string {
  return parent === undefined ? PRODUCTS : `${PRODUCTS}/${parent}/variations`;
}

/** Levels by the calls that they need. A target is "12", a product, or "12/34", a variation; a level without one is in no call. */
export function groupsOf(levels: readonly LevelToTell[]): Group[] {
  const groups: Group[] = [];
  const open = new Map<string, Placed[]>();
  for (const level of levels) {
    const [, parent, id] = /^(?:(\d{1,15})\/)?(\d{1,15})$/.exec(level.target ?? "") ?? [];
    if (id === undefined) continue;
    const path = pathOf(parent);
    let group = open.get(path);
    if (group === undefined || group.length >= PER_CALL_MAX) {
      group = [];
      open.set(path, group);
      groups.push({ path, levels: group });
    }
    group.push({ level, id: Number(id) });
  }
  return groups;
}

/**
 * Does work on each of several, some at once. After a failure nothing further is begun, and it is thrown once nothing is under way any more:
 * a call that still runs could otherwise land behind the next one.
 */
export async function someAtOnce<Item>(all: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const waiting = [...all];
  const failures: unknown[] = [];
  const next = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined && failures.length === 0; item = waiting.shift())
      await work(item).catch((error: unknown) => failures.push(error));
  };
  await Promise.all(Array.from({ length: Math.min(CALLS_AT_ONCE_MAX, all.length) }, next));
  if (failures.length > 0) throw failures[0];
}
