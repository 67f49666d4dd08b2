// The map of Adobe Commerce: its products. It has to be looked at before anything is told, because the shop itself takes a source item of a SKU
// that no product has, and says nothing.
import { z } from "zod";
import type { TargetItemPage } from "../target.ts";
import { type Shop, search } from "./api.ts";

/** Sold as one, counted as their parts: these types have no source items. */
const MADE_UP = new Set(["configurable", "bundle", "grouped"]);

const product = z.looseObject({ id: z.number().int(), sku: z.string(), type_id: z.string() });

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
  const last = rows.at(-1);
  return {
    items: rows.map(({ sku, type_id }) => ({
      ...{ idValue: sku, target: sku },
      ...(MADE_UP.has(type_id) && { problem: "BUNDLE" as const }),
    })),
    next: last === undefined || total <= rows.length ? null : String(last.id),
  };
}
