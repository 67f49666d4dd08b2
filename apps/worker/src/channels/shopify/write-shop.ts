// The two things that are written in a shop: quantities on hand, and that an item is stocked at a location
// (https://shopify.dev/docs/api/admin-graphql/latest/mutations/inventorySetQuantities). Each request has a key of its own: it goes with that
// body and with no other, so what is sent once more is not done twice.
import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { AdminApi, Request } from "./admin-api.ts";

/** One quantity on hand; `changeFromQuantity` is what must be there before, null when that does not matter. */
export interface Entry {
  readonly inventoryItemId: string;
  readonly locationId: string;
  readonly quantity: number;
  readonly changeFromQuantity: number | null;
}

/** What Shopify has against a request; `at` is the entry that it is about, where it is about one. */
export interface Complaint {
  readonly code: string;
  readonly at: number | undefined;
  readonly message: string;
}

const SHOWN_CHARACTERS_MAX = 200;

const SET = `mutation InventorySyncSet($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id }
    userErrors { code field message }
  }
}`;
const errorShape = z.object({
  code: z.string().nullish(),
  field: z.array(z.string()).nullish(),
  message: z.string(),
});
const setShape = z.object({ inventorySetQuantities: z.object({ userErrors: z.array(errorShape) }) });

const ACTIVATE = `mutation InventorySyncActivate($item: ID!, $location: ID!, $key: String!) {
  inventoryActivate(inventoryItemId: $item, locationId: $location) @idempotent(key: $key) {
    inventoryLevel { isActive }
    userErrors { field message }
  }
}`;
const activateShape = z.object({
  inventoryActivate: z.object({ userErrors: z.array(z.object({ message: z.string() })) }),
});

/** A request that sets quantities: once it is made its key and its body stay together. */
export function setRequest(entries: readonly Entry[]): Request {
  const key = randomUUID();
  const quantities = entries.map(({ inventoryItemId, locationId, quantity, changeFromQuantity }) => {
    return { inventoryItemId, locationId, quantity, changeFromQuantity };
  });
  const referenceDocumentUri = `gid://inventory-sync/Publish/${key}`;
  return {
    query: SET,
    variables: { input: { name: "on_hand", reason: "correction", referenceDocumentUri, quantities }, key },
  };
}

/** Sends a request that sets quantities: all of it is done, or nothing. @returns why not; empty when it is done @throws TargetFailure */
export async function sendSet(api: AdminApi, request: Request, stopping: AbortSignal): Promise<Complaint[]> {
  const { inventorySetQuantities } = await api.ask(request, setShape, { stopping, isWrite: true });
  return inventorySetQuantities.userErrors.map(({ code, field, message }) => ({
    code: code ?? "",
    at: entryOf(field ?? []),
    message: message.slice(0, SHOWN_CHARACTERS_MAX),
  }));
}

/** Stocks an item at a location, with the quantity that it had there. @returns why not @throws TargetFailure */
export async function activate(
  api: AdminApi,
  { inventoryItemId, locationId }: Pick<Entry, "inventoryItemId" | "locationId">,
  stopping: AbortSignal,
): Promise<string | undefined> {
  const variables = { item: inventoryItemId, location: locationId, key: randomUUID() };
  const how = { stopping, isWrite: true } as const;
  const { inventoryActivate } = await api.ask({ query: ACTIVATE, variables }, activateShape, how);
  return inventoryActivate.userErrors[0]?.message.slice(0, SHOWN_CHARACTERS_MAX);
}

/** `input, quantities, "71", inventoryItemId` is about entry 71. */
function entryOf(field: readonly string[]): number | undefined {
  const at = field.indexOf("quantities");
  const number = at < 0 ? undefined : field[at + 1];
  return number !== undefined && /^\d{1,4}$/.test(number) ? Number(number) : undefined;
}
