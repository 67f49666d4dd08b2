// Flow 2, step 4: what the columns of a snapshot may be called. Sources spell them in many ways: names are read without regard to
// case, blanks, "_" and "-". docs/snapshot-files.md has the same list for people.
import { z } from "zod";
import { isRepairColumn } from "./repair.ts";

/** The fields that name a product by an identification of their own type. */
export const namedIds = ["sku", "upca", "ean", "alu"] as const;
export type NamedId = (typeof namedIds)[number];

export const columnFields = ["facility", "quantity", "idType", "idValue", "location", "asOf", ...namedIds] as const;
export type ColumnField = (typeof columnFields)[number];

/** The type of identification that a column is named after. */
export const ID_TYPE_OF_FIELD = { sku: "SKU", upca: "UPCA", ean: "EAN", alu: "ALU" } as const;

/**
 * The names of each field. `usual` ones come first; those of `also` count only where a file has no usual one for the field, so that
 * a file with `sku` may go on having an `item` that means something else.
 */
export const COLUMN_NAMES: Readonly<
  Record<ColumnField, { readonly usual: readonly string[]; readonly also: readonly string[] }>
> = {
  facility: {
    usual: ["externalFacilityId", "facilityId", "facility_id", "store", "storeCode", "store_code", "store_number"],
    also: [
      "facility",
      "storeId",
      "storeNo",
      "location",
      "locationId",
      "locationCode",
      "branch",
      "branchId",
      "branchCode",
    ],
  },
  quantity: {
    usual: ["availableQty", "quantity", "qty", "onHand", "on_hand", "quantityOnHand"],
    also: ["stock", "stockQty", "stockOnHand", "onHandQty", "onHandQuantity", "qtyOnHand", "availableQuantity", "qoh"],
  },
  idType: { usual: ["idType", "id_type"], also: [] },
  idValue: { usual: ["idValue", "id_value"], also: [] },
  location: { usual: ["locationSeqId"], also: [] },
  asOf: { usual: ["asOf", "as_of", "effectiveAt"], also: [] },
  sku: {
    usual: ["sku"],
    also: ["item", "itemId", "itemCode", "itemNumber", "itemSku", "productId", "productCode", "productSku"],
  },
  upca: { usual: ["upc", "upca"], also: ["upcCode", "barcode", "itemUpc"] },
  ean: { usual: ["ean"], also: ["eanCode", "ean13", "gtin"] },
  alu: { usual: ["alu"], also: [] },
};

/** How well a name is known: 0 by SNAPSHOT_COLUMNS, 1 as a usual one, 2 by any other spelling or name. The lowest in a file counts. */
export type Rank = 0 | 1 | 2;

/** Names of one's own, as they are compared, and what each is read for. */
export type OwnColumnNames = ReadonlyMap<string, ColumnField>;

const usual = new Map(columnFields.flatMap((field) => COLUMN_NAMES[field].usual.map((name) => [lower(name), field])));
const known = new Map(
  columnFields.flatMap((field) => {
    const { usual: first, also } = COLUMN_NAMES[field];
    return [...first, ...also].map((name) => [plainName(name), field]);
  }),
);

/** A name as it is compared. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/[\s_-]+/g, "");
}

function lower(name: string): string {
  return name.trim().toLowerCase();
}

/** What a column of this name is read for, and how well the name is known; undefined when it means nothing here. */
export function meaningOf(
  name: string,
  own: OwnColumnNames = new Map(),
): { readonly field: ColumnField; readonly rank: Rank } | undefined {
  const plain = plainName(name);
  const ranked = [own.get(plain), usual.get(lower(name)), known.get(plain)];
  const rank = ranked.findIndex((field) => field !== undefined);
  const field = ranked[rank];
  return field && { field, rank: rank as Rank };
}

/** How many cells of a header row are names that mean something here. Used to find the delimiter. */
export function knownColumnCount(header: readonly string[]): number {
  return header.filter((name) => meaningOf(name) !== undefined || isRepairColumn(name)).length;
}

/** SNAPSHOT_ID_COLUMNS: which of several columns of ids names the product, such as "sku,upc": in each row the first that is filled. */
export const idColumnOrder = z.string().transform((text, context): readonly NamedId[] => {
  const order = text.split(",").map((each) => (lower(each) === "upc" ? "upca" : lower(each)));
  const fields = order.flatMap((each) => namedIds.filter((field) => field === each));
  if (fields.length === order.length && new Set(fields).size === fields.length) return fields;
  context.addIssue({ code: "custom", message: `some of ${namedIds.join(", ")}, each once, such as sku,upca` });
  return z.NEVER;
});

const FAULTS_MAX = 10;

/** SNAPSHOT_COLUMNS: names of one's own, such as "facility=Filiale,sku=Artikelnummer". */
export const ownColumnNames = z.string().transform((text, context): OwnColumnNames => {
  const names = new Map<string, ColumnField>();
  let faults = 0;
  for (const pair of text.split(",")) {
    const fault = addPair(names, pair.trim());
    if (fault === undefined) continue;
    context.addIssue({ code: "custom", message: fault });
    faults += 1;
    if (faults >= FAULTS_MAX) break;
  }
  return names;
});

/** Takes one pair in, or says what is wrong with it and what is allowed instead. */
function addPair(names: Map<string, ColumnField>, pair: string): string | undefined {
  const [given = "", ...rest] = pair.split("=");
  const name = rest.join("=").trim();
  if (plainName(name) === "")
    return `pairs of a field and the name of its column, such as facility=Filiale,sku=Artikelnummer; "${pair}" is none`;
  const field = given.trim() === "upc" ? "upca" : columnFields.find((each) => lower(each) === lower(given));
  if (field === undefined) return `the fields ${columnFields.join(", ")}; "${given.trim()}" is none of them`;
  const before = names.get(plainName(name));
  if (before !== undefined && before !== field)
    return `each name for one field; "${name}" is given for ${before} and for ${field}`;
  names.set(plainName(name), field);
  return undefined;
}
