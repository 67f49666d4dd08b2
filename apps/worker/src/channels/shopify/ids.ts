// Shopify's global ids, as far as levels need them.

/** The global id of a location, from itself or its bare number; undefined for anything else. */
export function locationId(place: string): string | undefined {
  if (/^\d{1,20}$/.test(place)) return `gid://shopify/Location/${place}`;
  return /^gid:\/\/shopify\/Location\/\d{1,20}$/.test(place) ? place : undefined;
}

/** The global id of an inventory item, if it is one. */
export function itemId(target: string | null): string | undefined {
  return target !== null && /^gid:\/\/shopify\/InventoryItem\/\d{1,20}$/.test(target) ? target : undefined;
}
