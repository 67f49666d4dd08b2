// Telling and reading back the source items of Adobe Commerce, and its map. A save is absolute, one number for each (SKU, source), and all or
// nothing: what is wrong with one of them refuses all, in words that do not say which, so the lane looks for it in halves. The map has to be looked
// at before anything is told, because the shop itself takes a source item of a SKU that no product has, and says nothing.
import { inParts } from "@inventory-sync/domain";
import { z } from "zod";
import { bodyOf, type JsonAnswer, ODD } from "../http/json-api.ts";
import {
  type HeldLevel,
  type LevelToTell,
  notHeld,
  setAside,
  TargetFailure,
  type TargetItem,
  type TargetItemPage,
  type ToldFate,
} from "../target.ts";
import { type Filter, failureOf, limitIn, type Shop, search, wordsOf } from "./api.ts";

const SOURCE_ITEMS = "/rest/V1/inventory/source-items";
const SOURCES = "/rest/V1/inventory/sources";
/** SKUs that are asked for at once: an address has room for no more. */
const SKUS_MAX = 50;
const PAGES_MAX = 1_000;
/** What a source that is not there leads to, among other things. */
const NOT_SAVED = "Could not save Source Item";

/** What a source has: its column is a decimal(12,4), as ours; less than nothing is nothing. */
export function quantityOf({ onHand }: Pick<LevelToTell, "onHand">): number {
  return Math.max(0, onHand);
}

const skuOf = ({ target, idValue }: LevelToTell): string => target ?? idValue;

/** Tells levels: see Target. */
export async function tell(
  shop: Shop,
  levels: readonly LevelToTell[],
  stopping: AbortSignal,
): Promise<readonly ToldFate[]> {
  const sourceItems = levels.map((level) => {
    const quantity = quantityOf(level);
    return { sku: skuOf(level), source_code: level.place, quantity, status: quantity > 0 ? 1 : 0 };
  });
  const answer = await shop.size.during(levels.length, () => shop.api.post(SOURCE_ITEMS, { sourceItems }, stopping));
  if (answer.status < 400) {
    bodyOf(answer, z.array(z.unknown()));
    return levels.map(() => ({ fate: "confirmed" }));
  }
  const missing = wordsOf(answer)?.startsWith(NOT_SAVED) ? await missingSources(shop, levels, stopping) : undefined;
  if (missing === undefined || missing.size === 0) throw refusalOf(shop, answer);
  const known = levels.filter(({ place }) => !missing.has(place));
  const fates = known.length === 0 ? [] : await tell(shop, known, stopping);
  const told = new Map(known.map((level, at) => [level, fates[at]]));
  return levels.map((level) => told.get(level) ?? setAside("UNMAPPED_FACILITY", `there is no source ${level.place}`));
}

function refusalOf({ size }: Shop, answer: JsonAnswer): TargetFailure {
  const most = limitIn(answer, "Maximum items of type");
  if (most !== undefined) size.limitTo(most);
  return failureOf(answer);
}

const source = z.looseObject({ source_code: z.string() });

async function missingSources(
  shop: Shop,
  levels: readonly LevelToTell[],
  stopping: AbortSignal,
): Promise<ReadonlySet<string>> {
  const missing = new Set(levels.map(({ place }) => place));
  for (const places of inParts([...missing], SKUS_MAX)) {
    const wanted = { path: SOURCES, groups: [anyOf("source_code", places)], fields: "source_code" };
    for await (const { source_code } of rowsOf(shop, { wanted, row: source }, stopping)) missing.delete(source_code);
  }
  return missing;
}

const sourceItem = z.looseObject({
  sku: z.string(),
  source_code: z.string(),
  quantity: z.number().nullable().catch(null),
});

/** Reads levels back: see Target. */
export async function held(
  shop: Shop,
  levels: readonly LevelToTell[],
  stopping: AbortSignal,
): Promise<readonly HeldLevel[]> {
  // The shop compares SKUs without regard to case, and answers with the case that it was first told.
  const keyOf = (sku: string, place: string) => JSON.stringify([sku.toLowerCase(), place]);
  const quantities = new Map<string, number | null>();
  for (const some of inParts(levels, SKUS_MAX)) {
    const wanted = {
      path: SOURCE_ITEMS,
      groups: [
        anyOf("sku", [...new Set(some.map(skuOf))]),
        anyOf("source_code", [...new Set(some.map(({ place }) => place))]),
      ],
      sortBy: "source_item_id",
      fields: "sku,source_code,quantity",
    };
    for await (const { sku, source_code, quantity } of rowsOf(shop, { wanted, row: sourceItem }, stopping))
      quantities.set(keyOf(sku, source_code), quantity);
  }
  return levels.map((level) => {
    const number = quantities.get(keyOf(skuOf(level), level.place));
    if (number === undefined) return notHeld("NOT_STOCKED", `${skuOf(level)} has no source item at ${level.place}`);
    return number === null ? notHeld("REFUSED", ODD) : { number };
  });
}

async function* rowsOf<Row>(
  shop: Shop,
  { wanted, row }: Parameters<typeof search<Row>>[1],
  stopping: AbortSignal,
): AsyncGenerator<Row> {
  let seen = 0;
  // Past the last page the shop gives the last page again, so the end is known by the total alone.
  for (let page = 1; page <= PAGES_MAX; page += 1) {
    const { rows, total } = await search(shop, { wanted: { ...wanted, page }, row }, stopping);
    yield* rows.filter((each) => each !== undefined);
    seen += rows.length;
    if (seen >= total || rows.length === 0) return;
  }
  throw new TargetFailure("away", "the target's list has no end");
}

/** A field that is one of these: as a list, besides those that have what parts a list. */
function anyOf(field: string, values: readonly string[]): Filter[] {
  const whole = values.filter((value) => value.includes(","));
  const listed = values.filter((value) => !value.includes(","));
  const list: Filter[] = listed.length === 0 ? [] : [{ field, value: listed.join(","), condition: "in" }];
  return [...list, ...whole.map((value) => ({ field, value, condition: "eq" }) as const)];
}

/** Sold as one, counted as their parts: these types have no source items. */
const MADE_UP = new Set(["configurable", "bundle", "grouped"]);

/** What has no SKU that can be read is known by none; the list goes on behind its id. */
const product = z.looseObject({
  id: z.number().int(),
  sku: z.string().nullable().catch(null),
  type_id: z.string().nullable().catch(null),
});

/** A page of the products of all stores. @param after the last id of the page before. @throws TargetFailure */
export async function items(shop: Shop, after: string | null, stopping: AbortSignal): Promise<TargetItemPage> {
  const wanted = {
    path: "/rest/all/V1/products",
    // From id to id, so that nothing is missed while products come and go.
    groups: [[{ field: "entity_id", value: after ?? "0", condition: "gt" }]],
    sortBy: "entity_id",
    fields: "id,sku,type_id",
  } as const;
  const { rows, total } = await search(shop, { wanted, row: product }, stopping);
  const read = rows.filter((each) => each !== undefined);
  const last = read.at(-1);
  const isEnd = total <= rows.length || rows.length === 0;
  if (!isEnd && last === undefined) throw new TargetFailure("away", `${ODD}: no product of a page of them can be read`);
  return {
    items: read.flatMap(({ sku, type_id }): TargetItem[] => {
      if (sku === null) return [];
      return [{ idValue: sku, target: sku, ...(MADE_UP.has(type_id ?? "") && { problem: "BUNDLE" }) }];
    }),
    next: isEnd || last === undefined ? null : String(last.id),
  };
}
