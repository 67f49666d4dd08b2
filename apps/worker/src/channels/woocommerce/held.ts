// What a WooCommerce shop has: the stock of products by their ids, and that of each parent's variations.
import { z } from "zod";
import { bodyOf } from "../http/json-api.ts";
import { notHeld } from "../set-aside.ts";
import type { HeldLevel, LevelToTell } from "../target.ts";
import { errorOf, type Group, groupsOf, isGone, type Shop, someAtOnce, stock } from "./shop.ts";
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
  const things = isGone(errorOf(answer).code) ? [] : bodyOf(answer, z.array(stock));
  const byId = new Map(things.map((each) => [each.id, each]));
  for (const { level, id } of group.levels) {
    const each = byId.get(id);
    if (each === undefined) continue;
    const { manage_stock, stock_quantity } = each;
    const isHeld = manage_stock === true && stock_quantity !== null;
    found.set(level, isHeld ? { number: stock_quantity } : notHeld("UNTRACKED", untracked(manage_stock)));
  }
}
