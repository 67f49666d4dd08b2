// inventoryActivate: an item is stocked at a location. Its errors have no code.
import type { UserError } from "./keys.ts";
import type { Stock } from "./stock.ts";
import { numberIn, type Views } from "./views.ts";

export interface ActivateArguments {
  readonly inventoryItemId: string;
  readonly locationId: string;
  readonly available?: number | null;
  readonly onHand?: number | null;
}
export interface ActivatePayload {
  readonly inventoryLevel: object | null;
  readonly userErrors: readonly UserError[];
}

/** Stocks an item at a location; an inactive level comes back with its old numbers. */
export function activate(stock: Stock, views: Views, given: ActivateArguments): ActivatePayload {
  const { inventoryItemId, locationId, available = null, onHand = null } = given;
  const item = stock.items.get(numberIn(inventoryItemId, "InventoryItem") ?? 0);
  const at = numberIn(locationId, "Location") ?? 0;
  const refused = (...errors: UserError[]) => ({ inventoryLevel: null, userErrors: errors });
  const error = (field: string, message: string) => ({ field: [field], message });
  if (!item) return refused(error("inventoryItemId", "The inventory item could not be found."));
  if (!stock.locations.includes(at)) return refused(error("locationId", "The location could not be found."));
  const sorry = `The product couldn't be stocked at Location ${at} because`;
  if (available !== null && onHand !== null) {
    const message = `${sorry} not allowed to set available and on_hand quantities at the same time.`;
    return refused(error("available", message), error("onHand", message));
  }
  if (item.isBundle) return refused(error("inventoryItemId", `${sorry} it is made up of others.`));
  const before = item.levels.get(at);
  if (before?.isActive) {
    const [field, name] = available === null ? ["onHand", "on_hand"] : ["available", "available"];
    const isQuiet = available === null && onHand === null;
    const message = `Not allowed to set an ${name} quantity when the item is already active at the location.`;
    return {
      inventoryLevel: views.level(item, at, before),
      userErrors: isQuiet ? [] : [error(field, message)],
    };
  }
  const level = stock.stockAt(item, at);
  level.isActive = true;
  // What is given as available is not taken at a level that is new; what is given as on hand is.
  if (onHand !== null && before === undefined) stock.setOnHand(item, at, onHand);
  return { inventoryLevel: views.level(item, at, level), userErrors: [] };
}
