// One line of a Retail Pro Prism document (flow 1, step 3): whether it changes stock, where, of which product, by how much.
import { isOutsideId, OUTSIDE_ID_WANTED } from "./ids.ts";
import { isRecord, type PrismRecord, quantityOf, textOf, wholeNumberOf } from "./prism-fields.ts";
import { type PrismCode, type PrismNote, unknownKind, whyNoStock } from "./prism-kind.ts";
import { type PrismStoreField, storeOf } from "./prism-store.ts";
import { negate, type Quantity } from "./quantity.ts";

/** The fields of a line that can name its product, and the identification type that each becomes. */
const idTypeOfField = { alu: "ALU", scan_upc: "UPCA", invn_sbs_item_sid: "PRISM_SID" } as const;

/** A field of a line that can name its product. */
export type PrismItemField = keyof typeof idTypeOfField;

/** All fields that can name a product, in the order in which they are tried unless configured otherwise. */
export const prismItemFields: readonly PrismItemField[] = ["alu", "scan_upc", "invn_sbs_item_sid"];

/** How a retailer's Prism names stores and products. */
export type PrismSettings = {
  /** How facilities are named: "number" is the store's number ("1"), "code" its code ("ORD"). */
  readonly storeField: PrismStoreField;
  /** The first of these fields that is present names the product. */
  readonly itemFields: readonly PrismItemField[];
};

/** A line that changes stock. `quantity` is signed. */
export type PrismLine = {
  readonly index: number;
  readonly facilityId: string;
  /** The number of the facility's subsidiary, where Prism says it. */
  readonly subsidiary: string | undefined;
  readonly itemPos: number;
  readonly idType: string;
  readonly idValue: string;
  readonly quantity: Quantity;
};

/** A line that changes stock, with what is odd about it; one that is left out, and why; or what is wrong with one. */
export type LineReading =
  | { readonly line: PrismLine; readonly odd?: PrismNote }
  | { readonly ignored: PrismNote }
  | { readonly faults: readonly PrismFault[] };

const SALE_LINE = 1;
const RETURN_LINE = 2;
const ORDER_LINE = 3;
const ITEM_POS_MAX = 2 ** 31 - 1;

/**
 * Reads one line of a document.
 * @param given.index its place in `items`, for the paths of faults @param given.kits the sids of the document's kits
 */
export function readPrismLine(
  item: unknown,
  given: { document: PrismRecord; index: number; settings: PrismSettings; kits: ReadonlySet<string> },
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
  const note = (code: PrismCode, reason: string): PrismNote => ({
    ...(itemPos !== undefined && { item_pos: itemPos }),
    ...{ code, reason },
  });
  const because = (code: PrismCode, reason: string) => ({ ignored: note(code, reason) });
  if (itemType !== SALE_LINE && itemType !== RETURN_LINE) {
    const reason = `item_type is ${itemType}: only sales (${SALE_LINE}) and returns (${RETURN_LINE}) change stock`;
    return because(itemType === ORDER_LINE ? "ORDER_LINE" : "UNKNOWN_ITEM_TYPE", reason);
  }
  const noStock = whyNoStock(item, given.kits);
  if (noStock !== undefined) return because(noStock.code, noStock.reason);
  const quantity = quantityOf(item, "quantity");
  if (quantity === "0") return because("ZERO_QUANTITY", "the quantity is 0");

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
  const line = { index: given.index, itemPos, ...store, ...product, quantity: signed };
  const kind = unknownKind(item);
  if (kind === undefined) return { line };
  return {
    line,
    odd: note("UNKNOWN_ITEM_KIND", `kind of item ${kind} is not known here: it counts as an ordinary one`),
  };
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

/** A place in a document and what is wrong there, with the way to correct it. */
export type PrismFault = { readonly path: readonly (string | number)[]; readonly message: string };

/** One fault, as a list of readings collects them. */
export function prismFault(path: readonly (string | number)[], message: string): PrismFault {
  return { path, message };
}
