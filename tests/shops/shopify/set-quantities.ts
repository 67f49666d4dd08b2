// inventorySetQuantities: all of a call or nothing. The errors are Shopify's, in its order, each at its place in the input.
import { GraphQLError, type GraphQLResolveInfo, type ValueNode } from "graphql";
import type { UserError } from "./keys.ts";
import { isStrict, type Version } from "./schema.ts";
import { type Item, type Level, onHandOf, type Stock } from "./stock.ts";
import { numberIn, type Views } from "./views.ts";

const LARGEST = 1_000_000_000;
const REASONS =
  "correction, cycle_count_available, damaged, movement_canceled, movement_created, movement_received, movement_updated, other, promotion, quality_control, received, reservation_created, reservation_deleted, reservation_updated, restock, safety_stock, shrinkage";

interface Entry {
  readonly inventoryItemId: string;
  readonly locationId: string;
  readonly quantity: number;
  readonly changeFromQuantity?: number | null;
  readonly compareQuantity?: number | null;
}
export interface SetInput {
  readonly name: string;
  readonly reason: string;
  readonly referenceDocumentUri?: string | null;
  readonly ignoreCompareQuantity?: boolean;
  readonly quantities: readonly Entry[];
}

/** What a set wrote, for a test to look at. */
export interface Written {
  readonly item: number;
  readonly location: number;
  readonly quantity: number;
  readonly from: number | null;
  readonly uri: string | null;
}

export interface SetPayload {
  readonly inventoryAdjustmentGroup: object | null;
  readonly userErrors: readonly UserError[];
}

/** Throws, as Shopify does before it looks at anything else, where an entry does not say what it changes from. */
export function mustSayFrom({ quantities }: SetInput, version: Version, info: GraphQLResolveInfo): void {
  if (!isStrict(version) || quantities.every((entry) => "changeFromQuantity" in entry)) return;
  const variable = info.operation.variableDefinitions?.find(({ variable }) => variable.name.value === variableOf(info));
  throw new GraphQLError("InventoryQuantityInput must include the following argument: changeFromQuantity.", {
    nodes: [...info.fieldNodes.slice(0, 1), ...(variable ? [variable] : [])],
    extensions: { code: "INVALID_FIELD_ARGUMENTS" },
  });
}

function variableOf(info: GraphQLResolveInfo): string | undefined {
  const value: ValueNode | undefined = info.fieldNodes[0]?.arguments?.[0]?.value;
  return value?.kind === "Variable" ? value.name.value : undefined;
}

/** Sets quantities. @returns the payload, and what was written */
export function setQuantities(
  stock: Stock,
  views: Views,
  { input, version, now }: { readonly input: SetInput; readonly version: Version; readonly now: number },
): { readonly payload: SetPayload; readonly written: readonly Written[] } {
  const errors = [...inputErrors(input), ...duplicates(input)];
  const found = input.quantities.map((entry, at) => find(stock, entry, at, errors));
  if (errors.length === 0)
    for (const [at, each] of found.entries())
      checkLevel(input, { at, each, version, entry: input.quantities[at] }, errors);
  if (errors.length > 0) return { payload: { inventoryAdjustmentGroup: null, userErrors: errors }, written: [] };
  const changes: { item: Item; location: number; delta: number }[] = [];
  const written: Written[] = [];
  for (const [at, each] of found.entries()) {
    const entry = input.quantities[at];
    if (!each?.level || !entry) throw new Error("an entry was not checked");
    const before = input.name === "on_hand" ? onHandOf(each.level) : each.level.available;
    const { quantity, changeFromQuantity = null } = entry;
    each.level.available += quantity - before;
    stock.touch(each.item, each.location);
    const uri = input.referenceDocumentUri ?? null;
    written.push({ item: each.item.id, location: each.location, quantity, from: changeFromQuantity, uri });
    if (quantity !== before) changes.push({ item: each.item, location: each.location, delta: quantity - before });
  }
  const group = changes.length === 0 ? null : groupOf(views, input, changes, now);
  return { payload: { inventoryAdjustmentGroup: group, userErrors: [] }, written };
}

let groups = 53_000_000_000;

function groupOf(
  views: Views,
  { reason, referenceDocumentUri = null }: SetInput,
  changes: readonly { item: Item; location: number; delta: number }[],
  now: number,
): object {
  groups += 1;
  return {
    __typename: "InventoryAdjustmentGroup",
    id: `gid://shopify/InventoryAdjustmentGroup/${groups}`,
    createdAt: new Date(now).toISOString(),
    reason,
    referenceDocumentUri,
    changes: () =>
      ["available", "on_hand"].flatMap((name) =>
        changes.map(({ item, location, delta }) => ({
          name,
          delta,
          quantityAfterChange: null,
          ledgerDocumentUri: null,
          item: () => views.item(item),
          location: () => views.location(location),
        })),
      ),
  };
}

function inputErrors({ name, reason, referenceDocumentUri }: SetInput): UserError[] {
  const errors: UserError[] = [];
  const add = (code: string, at: string, message: string) => errors.push({ code, field: ["input", at], message });
  if (!["available", "on_hand"].includes(name))
    add("INVALID_NAME", "name", "The quantity name must be either 'available' or 'on_hand'.");
  if (!REASONS.split(", ").includes(reason))
    add("INVALID_REASON", "reason", `The specified reason is invalid. Valid values are: ${REASONS}.`);
  if (referenceDocumentUri != null && !isDocument(referenceDocumentUri))
    add("INVALID_REFERENCE_DOCUMENT", "referenceDocumentUri", "The specified reference document is invalid.");
  return errors;
}

function isDocument(uri: string): boolean {
  return uri.startsWith("gid://") ? /^gid:\/\/[^/]+\/[^/]+\/[^/]+$/.test(uri) : /^[a-z][a-z0-9+.-]*:\/\/./i.test(uri);
}

function duplicates({ quantities }: SetInput): UserError[] {
  const rows = new Map<string, number>();
  const pairOf = ({ inventoryItemId, locationId }: Entry) => `${inventoryItemId} ${locationId}`;
  for (const entry of quantities) rows.set(pairOf(entry), (rows.get(pairOf(entry)) ?? 0) + 1);
  const message = "The combination of inventoryItemId and locationId must be unique.";
  return quantities.flatMap((entry, at) =>
    rows.get(pairOf(entry)) === 1
      ? []
      : [{ code: "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR", field: fieldOf(at, "locationId"), message }],
  );
}

const fieldOf = (at: number, name: string) => ["input", "quantities", String(at), name];

interface Found {
  readonly item: Item;
  readonly location: number;
  readonly level: Level | undefined;
}

function find(
  stock: Stock,
  { inventoryItemId, locationId }: Entry,
  at: number,
  errors: UserError[],
): Found | undefined {
  const item = stock.items.get(numberIn(inventoryItemId, "InventoryItem") ?? 0);
  const location = numberIn(locationId, "Location") ?? 0;
  const add = (code: string, name: string, what: string) =>
    errors.push({ code, field: fieldOf(at, name), message: `The specified ${what} could not be found.` });
  if (!item) add("INVALID_INVENTORY_ITEM", "inventoryItemId", "inventory item");
  if (!stock.locations.includes(location)) add("INVALID_LOCATION", "locationId", "location");
  return item && { item, location, level: item.levels.get(location) };
}

function checkLevel(
  { name, ignoreCompareQuantity }: SetInput,
  { at, each, version, entry }: { at: number; each: Found | undefined; version: Version; entry: Entry | undefined },
  errors: UserError[],
): void {
  if (!each || !entry) return;
  const add = (code: string, at2: string, message: string) => errors.push({ code, field: fieldOf(at, at2), message });
  const { quantity, changeFromQuantity, compareQuantity } = entry;
  if (each.item.isBundle)
    return void add(
      "NON_MUTABLE_INVENTORY_ITEM",
      "inventoryItemId",
      "The specified inventory item is not allowed to be adjusted via API.",
    );
  if (quantity > LARGEST)
    add("INVALID_QUANTITY_TOO_HIGH", "quantity", "The quantity can't be higher than 1,000,000,000.");
  else if (quantity < -LARGEST)
    add("INVALID_QUANTITY_TOO_LOW", "quantity", "The quantity can't be lower than -1,000,000,000.");
  else if (quantity < 0 && name === "on_hand")
    add("INVALID_QUANTITY_NEGATIVE", "quantity", "The quantity can't be negative.");
  if (!each.level?.isActive)
    return void add(
      "ITEM_NOT_STOCKED_AT_LOCATION",
      "locationId",
      "The specified inventory item is not stocked at the location.",
    );
  const now = name === "on_hand" ? onHandOf(each.level) : each.level.available;
  if (changeFromQuantity != null && changeFromQuantity !== now)
    add(
      "CHANGE_FROM_QUANTITY_STALE",
      "changeFromQuantity",
      "The specified changeFromQuantity does not match the persisted quantity.",
    );
  if (isStrict(version) || "changeFromQuantity" in entry || ignoreCompareQuantity === true) return;
  if (compareQuantity == null)
    add(
      "COMPARE_QUANTITY_REQUIRED",
      "compareQuantity",
      "The compareQuantity argument must be given to each quantity or ignored using ignoreCompareQuantity.",
    );
  else if (compareQuantity !== now)
    add(
      "COMPARE_QUANTITY_STALE",
      "compareQuantity",
      "The specified compareQuantity does not match the persisted quantity.",
    );
}
