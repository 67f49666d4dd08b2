// One line of a Retail Pro Prism document (flow 1): whether it changes stock, where, of which product, by how much.
import { isOutsideId, OUTSIDE_ID_WANTED } from "./ids.ts";
import {
  isRecord,
  isSet,
  type PrismFault,
  type PrismRecord,
  prismFault,
  quantityOf,
  textOf,
  wholeNumberOf,
} from "./prism-values.ts";
import { negate, type Quantity } from "./quantity.ts";

/** The fields of a line that can name its product, and the identification type that each becomes. */
const idTypeOfField = { alu: "ALU", scan_upc: "UPCA", invn_sbs_item_sid: "PRISM_SID" } as const;

/** A field of a line that can name its product. */
export type PrismItemField = keyof typeof idTypeOfField;

/** All fields that can name a product, in the order in which they are tried unless configured otherwise. */
export const prismItemFields: readonly PrismItemField[] = ["alu", "scan_upc", "invn_sbs_item_sid"];

/** How a retailer's Prism names stores and products. */
export type PrismSettings = {
  /** Facilities go by store number ("1") or by store code ("ORD"). */
  readonly storeField: "number" | "code";
  /** The first of these fields that is present names the product. */
  readonly itemFields: readonly PrismItemField[];
};

/** A line, or without `item_pos` a whole document, that changes no stock, and why. */
export type PrismIgnored = { readonly item_pos?: number; readonly reason: string };

/** A line that changes stock. `quantity` is signed. */
export type PrismLine = {
  readonly index: number;
  readonly facilityId: string;
  readonly itemPos: number;
  readonly idType: string;
  readonly idValue: string;
  readonly quantity: Quantity;
};

type LineReading =
  | { readonly line: PrismLine }
  | { readonly ignored: PrismIgnored }
  | { readonly faults: readonly PrismFault[] };

const SALE_LINE = 1;
const RETURN_LINE = 2;
const ITEM_POS_MAX = 2 ** 31 - 1;

/** Reads one line of a document. @param given.index its place in `items`, for the paths of faults */
export function readPrismLine(
  item: unknown,
  given: { document: PrismRecord; index: number; settings: PrismSettings },
): LineReading {
  const at = (...names: string[]) => ["items", given.index, ...names];
  if (!isRecord(item)) return { faults: [prismFault(at(), "must be a line of the document: a JSON object")] };
  const itemType = wholeNumberOf(item, "item_type");
  if (itemType === undefined) {
    const linkOnly = "link" in item && item.item_pos === undefined;
    const message = linkOnly ? "is only a link to the line; ask Prism for cols=*,item.*" : "must be a number";
    return { faults: [prismFault(linkOnly ? at() : at("item_type"), message)] };
  }
  const itemPos = wholeNumberOf(item, "item_pos");
  const because = (reason: string) => ({ ignored: { ...(itemPos !== undefined && { item_pos: itemPos }), reason } });
  if (itemType !== SALE_LINE && itemType !== RETURN_LINE) {
    return because(`item_type is ${itemType}: only sales (${SALE_LINE}) and returns (${RETURN_LINE}) change stock`);
  }
  if (isSet(item, "non_inventory")) return because("the item is not kept in inventory (non_inventory)");
  const quantity = quantityOf(item, "quantity");
  if (quantity === "0") return because("the quantity is 0");

  const store = storeOf(item, given.document, given.settings.storeField);
  const product = productOf(item, given.settings.itemFields);
  const faults: PrismFault[] = [];
  if (itemPos === undefined || itemPos < 1 || itemPos > ITEM_POS_MAX) {
    faults.push(prismFault(at("item_pos"), `must be the line's position, a whole number from 1 to ${ITEM_POS_MAX}`));
  }
  if (quantity === undefined || quantity.startsWith("-")) {
    const wanted = "must be a number above 0 with at most 4 decimals and below 10^10";
    faults.push(prismFault(at("quantity"), `${wanted}; whether it adds or takes away is said by item_type`));
  }
  if ("fault" in store) faults.push(prismFault(at(store.field), store.fault));
  if ("fault" in product) faults.push(prismFault(at(...product.field), product.fault));
  if (itemPos === undefined || quantity === undefined || "fault" in store || "fault" in product || faults.length > 0) {
    return { faults };
  }
  const signed = itemType === RETURN_LINE ? quantity : negate(quantity);
  return { line: { index: given.index, itemPos, ...store, ...product, quantity: signed } };
}

type Store = { facilityId: string } | { field: string; fault: string };

/**
 * The store whose stock the line changes: the one that fulfils it where the line names one, else the one that sold it.
 * By code, a line may name the fulfilling store by number only; then the selling store's code is right only if both
 * numbers agree, and guessing would take the stock from the wrong store.
 */
function storeOf(item: PrismRecord, document: PrismRecord, storeField: "number" | "code"): Store {
  const soldAt = textOf(item, "store_number") ?? textOf(document, "store_number");
  const fulfilledAt = textOf(item, "fulfill_store_no");
  if (storeField === "number") return checkedStore(fulfilledAt ?? soldAt, "store_number");

  const fulfillCode = textOf(item, "fulfill_store_code");
  const soldCode = textOf(item, "store_code") ?? textOf(document, "store_code");
  if (fulfillCode === undefined && fulfilledAt !== undefined && fulfilledAt !== soldAt) {
    const fault = `is missing, and the line is fulfilled by store number ${fulfilledAt}, which did not sell it; ask Prism for the column, or name stores by number`;
    return { field: "fulfill_store_code", fault };
  }
  return checkedStore(fulfillCode ?? soldCode, "store_code");
}

function checkedStore(facilityId: string | undefined, field: string): Store {
  if (facilityId === undefined)
    return { field, fault: "is missing, and so is the fulfilling store: nothing says which stock changes" };
  return isOutsideId(facilityId) ? { facilityId } : { field, fault: OUTSIDE_ID_WANTED };
}

type Product = { idType: string; idValue: string } | { field: string[]; fault: string };

function productOf(item: PrismRecord, fields: readonly PrismItemField[]): Product {
  const field = fields.find((name) => textOf(item, name) !== undefined);
  const idValue = field && textOf(item, field);
  if (field === undefined || idValue === undefined)
    return { field: [], fault: `names no product: ${fields.join(", ")} are all empty` };
  if (!isOutsideId(idValue)) return { field: [field], fault: OUTSIDE_ID_WANTED };
  return { idType: idTypeOfField[field], idValue };
}
