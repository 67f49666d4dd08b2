// What is read of a shop: its variants, for the map, and what it has on hand. Totals and searches by SKU lag in Shopify and are not used.
import { inParts } from "@inventory-sync/domain";
import { z } from "zod";
import { type HeldLevel, type LevelToTell, TargetFailure, type TargetItem, type TargetItemPage } from "../target.ts";
import type { AdminApi } from "./admin-api.ts";

/** By which field of a variant products are known. */
export type Match = "sku" | "barcode";

/** Read at once: by the dearest reading of Shopify's rules 300 points, of the 1,000 that one request may cost. */
const HELD_AT_ONCE_MAX = 100;

// Cursors end after 25,000 things, so each page begins after the id of the one before.
const ITEMS = `query InventorySyncItems($after: String!) {
  productVariants(first: 250, sortKey: ID, query: $after) {
    nodes { id sku barcode requiresComponents inventoryItem { id tracked } }
    pageInfo { hasNextPage }
  }
}`;
const itemsShape = z.object({
  productVariants: z.object({
    nodes: z.array(
      z.object({
        id: z.string(),
        sku: z.string().nullable(),
        barcode: z.string().nullable(),
        requiresComponents: z.boolean(),
        inventoryItem: z.object({ id: z.string(), tracked: z.boolean() }),
      }),
    ),
    pageInfo: z.object({ hasNextPage: z.boolean() }),
  }),
});

/** A page of the shop's variants as things that can be told a level. @throws TargetFailure */
export async function readItems(
  api: AdminApi,
  { match, after, stopping }: { readonly match: Match; readonly after: string | null; readonly stopping: AbortSignal },
): Promise<TargetItemPage> {
  const variables = { after: `id:>${after ?? "0"}` };
  const { productVariants } = await api.ask({ query: ITEMS, variables }, itemsShape, { stopping });
  const { nodes, pageInfo } = productVariants;
  const items = nodes.flatMap((node): TargetItem[] => {
    const idValue = node[match];
    if (idValue === null || idValue === "") return [];
    const { id: target, tracked } = node.inventoryItem;
    if (node.requiresComponents) return [{ idValue, target, problem: "BUNDLE" }];
    return [{ idValue, target, ...(!tracked && { problem: "UNTRACKED" as const }) }];
  });
  if (!pageInfo.hasNextPage) return { items, next: null };
  const next = /\/(\d{1,20})$/.exec(nodes.at(-1)?.id ?? "")?.[1];
  if (next === undefined || next === after) throw new TargetFailure("away", "Shopify's pages of variants lead nowhere");
  return { items, next };
}

const HELD = `query InventorySyncHeld($ids: [ID!]!, $location: ID!) {
  nodes(ids: $ids) {
    ... on InventoryItem { id tracked inventoryLevel(locationId: $location) { quantities(names: ["on_hand"]) { quantity } } }
  }
}`;
const heldShape = z.object({
  nodes: z.array(
    z
      .object({
        id: z.string(),
        tracked: z.boolean(),
        inventoryLevel: z.object({ quantities: z.array(z.object({ quantity: z.int() })).length(1) }).nullable(),
      })
      .nullable(),
  ),
});
type Node = z.output<typeof heldShape>["nodes"][number];

/** What the shop has on hand of levels, one answer a level, in their order. @throws TargetFailure */
export async function readHeld(
  api: AdminApi,
  levels: readonly Pick<LevelToTell, "target" | "place">[],
  stopping: AbortSignal,
): Promise<HeldLevel[]> {
  const found = new Map<string, Node>();
  const wanted = new Map<string, Set<string>>();
  for (const { target, place } of levels) {
    const [item, location] = [itemId(target), locationId(place)];
    if (item !== undefined && location !== undefined)
      wanted.set(location, (wanted.get(location) ?? new Set()).add(item));
  }
  for (const [location, items] of wanted)
    for (const ids of inParts([...items], HELD_AT_ONCE_MAX)) {
      const { nodes } = await api.ask({ query: HELD, variables: { ids, location } }, heldShape, { stopping });
      for (const node of nodes) if (node) found.set(`${node.id} ${location}`, node);
    }
  return levels.map(({ target, place }) => {
    const location = locationId(place);
    if (location === undefined) return problem("UNMAPPED_FACILITY", noLocation(place));
    return heldOf(found.get(`${itemId(target)} ${location}`));
  });
}

/** The global id of a location, from itself or its bare number; undefined for anything else. */
export function locationId(place: string): string | undefined {
  if (/^\d{1,20}$/.test(place)) return `gid://shopify/Location/${place}`;
  return /^gid:\/\/shopify\/Location\/\d{1,20}$/.test(place) ? place : undefined;
}

/** The global id of an inventory item, if it is one. */
export function itemId(target: string | null): string | undefined {
  return target !== null && /^gid:\/\/shopify\/InventoryItem\/\d{1,20}$/.test(target) ? target : undefined;
}

/** Why a place cannot be a location of Shopify's. */
export function noLocation(place: string): string {
  return `"${place}" is no location of Shopify's: write its number, or gid://shopify/Location/ and its number.`;
}

function heldOf(node: Node | undefined): HeldLevel {
  if (!node) return problem("UNMAPPED_PRODUCT", "Shopify has no such inventory item any more.");
  if (!node.tracked) return problem("UNTRACKED", "Shopify does not track the quantity of this variant.");
  const [onHand] = node.inventoryLevel?.quantities ?? [];
  return onHand ? { number: onHand.quantity } : problem("NOT_STOCKED", "The item is not stocked at this location.");
}

function problem(
  code: "UNMAPPED_FACILITY" | "UNMAPPED_PRODUCT" | "UNTRACKED" | "NOT_STOCKED",
  message: string,
): HeldLevel {
  return { problem: code, message };
}
