// Which lines of a Retail Pro Prism document are of items that have stock (flow 1, step 3). A package has none: its components have, and
// stand on lines of their own. A kit has: assembling it took its components already. Gift cards and services have none.
import { isSet, type PrismRecord, textOf, wholeNumberOf } from "./prism-fields.ts";

/**
 * Why a document or a line changes no stock, or, for UNKNOWN_ITEM_KIND and MIXED_SUBSIDIARIES, what is odd about one that does. For
 * counting: people read the words beside it.
 */
export const prismCodes = [
  "NOT_COMPLETED",
  "HELD",
  "RECEIPT_TYPE",
  "NOTHING_TO_DO",
  "ORDER_LINE",
  "UNKNOWN_ITEM_TYPE",
  "NON_INVENTORY",
  "ZERO_QUANTITY",
  "PACKAGE",
  "KIT_PART",
  "GIFT_CARD",
  "UNKNOWN_ITEM_KIND",
  "MIXED_SUBSIDIARIES",
] as const;

/** One of the codes of what is left out or odd. */
export type PrismCode = (typeof prismCodes)[number];

/** A line, or without `item_pos` a whole document, and what is to be said of it. */
export type PrismNote = { readonly item_pos?: number; readonly code: PrismCode; readonly reason: string };

/** Prism's numbers for kinds of items: `inventory_item_type`, and `kit_type` of the same numbers. */
const KIT = 1;
const PACKAGE = 2;
const GIFT_KINDS = [3, 4, 5, 6];
const KINDS_KNOWN_MAX = 6;

const NO_GIFT = [undefined, "0"];

/** The sids under which the lines of kits stand in a document: a line that names one as its `package_item_sid` is a part of that kit. */
export function kitsOf(items: readonly PrismRecord[]): ReadonlySet<string> {
  const kits = items.filter((item) => kindOf(item) === KIT);
  const sids = kits.flatMap((item) => [textOf(item, "sid"), textOf(item, "invn_sbs_item_sid")]);
  return new Set(sids.filter((sid) => sid !== undefined));
}

/** Why the item of a line has no stock of its own; undefined when it has. @param kits of its document */
export function whyNoStock(item: PrismRecord, kits: ReadonlySet<string>): Omit<PrismNote, "item_pos"> | undefined {
  if (isSet(item, "non_inventory"))
    return { code: "NON_INVENTORY", reason: "the item is not kept in inventory (non_inventory)" };
  const kind = kindOf(item);
  if (kind === PACKAGE) {
    return {
      code: "PACKAGE",
      reason: "a package has no stock of its own; its components, on lines of their own, have",
    };
  }
  const within = textOf(item, "package_item_sid");
  if (kind !== KIT && within !== undefined && kits.has(within)) {
    return { code: "KIT_PART", reason: "it is part of a kit, which has a stock of its own: the kit's line counts" };
  }
  if (!isGift(item, kind)) return undefined;
  return { code: "GIFT_CARD", reason: "gift cards and certificates are not stock" };
}

/** The number of a kind that is not known here, or undefined. Such a line counts, as one of an ordinary item does. */
export function unknownKind(item: PrismRecord): number | undefined {
  const kind = kindOf(item);
  return kind < 0 || kind > KINDS_KNOWN_MAX ? kind : undefined;
}

/** 0 for an ordinary item, and where Prism does not say. */
function kindOf(item: PrismRecord): number {
  return wholeNumberOf(item, "inventory_item_type") || wholeNumberOf(item, "kit_type") || 0;
}

function isGift(item: PrismRecord, kind: number): boolean {
  if (GIFT_KINDS.includes(kind) || isSet(item, "gift_add_value")) return true;
  return ["gift_activation_code", "gift_transaction_id"].some((name) => !NO_GIFT.includes(textOf(item, name)));
}
