// The catalogue file meets the database: products with all of their identifications. It may be imported as often as
// people like: what stands already stays, what is new is added, what contradicts is named and left alone.
import { grouped, isIdType, isOutsideId, normalizeIdType } from "@inventory-sync/domain";
import type { Database } from "../database.ts";
import { ConcurrentChange } from "../errors.ts";
import { columns, only, run } from "../statements.ts";

/** The identification type under which a product's outside productId is kept. */
const PRODUCT_ID_TYPE = "PRODUCT_ID";

/** One row of a catalogue file: one identification of one product. */
export interface CatalogueRow {
  /** Where it stands in its file, counted from 1. */
  readonly line: number;
  readonly productId: string;
  readonly idType: string;
  readonly idValue: string;
  /** What the product is, one of productKinds; empty or missing where the file does not say. */
  readonly kind?: string;
}

/** What a product may be. A package, a gift card and what is not kept in inventory have no stock: lines of documents leave them out. */
export const productKinds = ["stock", "kit", "package", "gift-card", "non-inventory"] as const;

/** A row that was not taken, because it contradicts what stands already or cannot be used; nothing else is harmed by it. */
export interface CatalogueConflict extends CatalogueRow {
  /** What is wrong and what to do, in words. */
  readonly reason: string;
}

type Outcome = {
  readonly line: number;
  readonly outcome: "added" | "conflict" | "repeated" | "raced" | "product";
  readonly owner: string | null;
};

const ROWS_A_STATEMENT = 10_000;

/**
 * Imports catalogue rows; rows with one productId are one product, wherever they stand in the file.
 * Each part is one transaction, so an import that was cut off is simply run again.
 */
export async function importCatalogue(database: Database, rows: readonly CatalogueRow[]) {
  const usable: CatalogueRow[] = [];
  const conflicts: CatalogueConflict[] = [];
  for (const each of rows) {
    const row = { ...each, idType: normalizeIdType(each.idType) };
    const reason = whyUnusable(row);
    if (reason === undefined) usable.push(row);
    else conflicts.push({ ...row, reason });
  }
  let [products, identifications, unchanged, kinds] = [0, 0, 0, 0];
  for (const part of wholeProducts(usable)) {
    const { outcomes, changed } = await importPart(database, part);
    kinds += changed;
    const count = (outcome: Outcome["outcome"]) => outcomes.filter((each) => each.outcome === outcome).length;
    products += count("product");
    identifications += count("added");
    unchanged += part.length - count("added") - count("conflict");
    conflicts.push(...conflictsOf(part, outcomes));
  }
  return {
    /** Products that were made. */
    products,
    /** Those that were added, the productIds themselves aside. */
    identifications,
    /** Rows that stood already, or stand in the file twice. */
    unchanged,
    /** Products that the file says to be of another kind than before. */
    kinds,
    conflicts: conflicts.sort((one, other) => one.line - other.line),
  };
}

/** Why a row cannot be used, in words; undefined when it can. */
function whyUnusable({ productId, idType, idValue, kind = "" }: CatalogueRow): string | undefined {
  const wrong = Object.entries({ productId, idValue }).flatMap(([name, id]) => (isOutsideId(id) ? [] : [name]));
  if (wrong.length > 0) return `${wrong.join(" and ")} must be 1 to 128 visible characters without blanks at the ends`;
  const isKind = kind === "" || productKinds.some((known) => known === kind);
  if (!isKind) return `kind must be one of ${productKinds.join(", ")}, or empty`;
  if (!isIdType(idType)) return "idType must be 1 to 128 ASCII characters, such as SKU or UPCA";
  if (idType !== PRODUCT_ID_TYPE || idValue === productId) return undefined;
  return `the ${PRODUCT_ID_TYPE} of product ${productId} is ${productId} itself; remove the row`;
}

/** Parts of limited size in which all rows of a product stand together, in the order of the products' first rows. */
function* wholeProducts(rows: readonly CatalogueRow[]): Generator<CatalogueRow[]> {
  let part: CatalogueRow[] = [];
  for (const product of grouped(rows, ({ productId }) => productId).values()) {
    part.push(...product);
    if (part.length < ROWS_A_STATEMENT) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}

async function importPart(database: Database, part: readonly CatalogueRow[]) {
  return database.transaction(async (client) => {
    // The productId is an identification of every product anyway, so a row that says so adds nothing.
    const naming = part.map((row) => ({ ...row, idType: row.idType === PRODUCT_ID_TYPE ? null : row.idType }));
    const values = columns(naming, "line", "productId", "idType", "idValue");
    const outcomes = await run<Outcome>(client, "import_catalogue", values);
    if (outcomes.some((each) => each.outcome === "raced")) {
      throw new ConcurrentChange("an identification of the catalogue was taken by a sale meanwhile");
    }
    // Of a product that several rows give a kind, the last one has it.
    const kinds = new Map(part.flatMap(({ productId, kind }) => (kind ? [[productId, kind] as const] : [])));
    if (kinds.size === 0) return { outcomes, changed: 0 };
    const kept = [[...kinds.keys()], [...kinds.values()]];
    return { outcomes, ...(await only<{ changed: number }>(client, "set_product_kinds", kept)) };
  });
}

function conflictsOf(part: readonly CatalogueRow[], outcomes: readonly Outcome[]): CatalogueConflict[] {
  const byLine = new Map(part.map((row) => [row.line, row]));
  return outcomes.flatMap((each) => {
    const row = each.outcome === "conflict" ? byLine.get(each.line) : undefined;
    if (!row) return [];
    const reason = `${row.idType} ${row.idValue} already reaches product ${each.owner}; correct the row, or take it from that product first`;
    return [{ ...row, reason }];
  });
}
