// The numbers of facilities and products by their outside names. They come into being here on first sight, where that is
// allowed (UNKNOWN_FACILITY, UNKNOWN_PRODUCT = create), from the catalogue file (import.ts), or by hand.
import { isIdType, isOutsideId, normalizeIdType, OUTSIDE_ID_WANTED } from "@inventory-sync/domain";
import type { Database } from "../database.ts";
import { ConcurrentChange } from "../errors.ts";
import { columns, only, type Queryable, run } from "../statements.ts";

/** One name of a product, its type already normalized. */
export interface Identification {
  readonly idType: string;
  readonly idValue: string;
}

/** facility.id of an outside id, or undefined when it is not known. Of one that was merged that of the other one. */
export async function facilityNumber(
  database: Pick<Database, "pool">,
  facilityId: string,
): Promise<number | undefined> {
  return (await facilityNumbers(database.pool, [facilityId])).get(facilityId);
}

/** How many facilities are known. */
export async function countFacilities(database: Pick<Database, "pool">): Promise<number> {
  return (await only<{ facilities: number }>(database.pool, "count_facilities")).facilities;
}

/** The same of several, by outside id. @param facilityIds null for all */
export async function facilityNumbers(
  on: Queryable,
  facilityIds: readonly string[] | null,
): Promise<Map<string, number>> {
  const rows = await run<{ id: number; facilityId: string }>(on, "facility_numbers", [facilityIds]);
  return new Map(rows.map(({ id, facilityId }) => [facilityId, id]));
}

/**
 * Makes the facilities that do not exist yet; existing ones are left as they are. Returns facility.id of all given, by outside id.
 * @param facilityIds outside ids
 */
export async function createFacilities(on: Queryable, facilityIds: readonly string[]): Promise<Map<string, number>> {
  await run(on, "create_facilities", [facilityIds]);
  return facilityNumbers(on, facilityIds);
}

/**
 * Makes a product for each identification that reaches none yet, and returns the product number of every one given,
 * in the order given. Safe when several processes meet the same new product at once.
 */
export async function createProducts(on: Queryable, identifications: readonly Identification[]): Promise<number[]> {
  const names = columns(identifications, "idType", "idValue");
  await run(on, "create_products", names);
  const rows = await run<{ product_id: number | null }>(on, "resolve_products", names);
  return rows.map((row) => {
    if (row.product_id === null)
      throw new Error("a product that was just made cannot be found; was it deleted meanwhile?");
    return row.product_id;
  });
}

/** What became of it: `added` names, of a product that `isNew` or was there; `conflict`: they reach several products, nothing was done. */
export type ProductAdded = { readonly isNew: boolean; readonly added: number; readonly conflict: boolean };

/** Makes a product known under its names. May be asked for again. @param names their types normalized, each once, one at least */
export async function addProduct(database: Database, names: readonly Identification[]): Promise<ProductAdded> {
  return database.transaction(async (client) => {
    type Row = { known: number; wanted: number; added: number; is_new: boolean };
    const row = await only<Row>(client, "add_product", columns(names, "idType", "idValue"));
    if (row.known > 1) return { isNew: false, added: 0, conflict: true };
    if (row.added < row.wanted) throw new ConcurrentChange("a name of the product was taken by a sale meanwhile");
    return { isNew: row.is_new, added: row.added, conflict: false };
  });
}

/** A name as it is kept, or what is wrong with it. */
export function productName({ idType, idValue }: Identification): Identification | string {
  const name = { idType: normalizeIdType(idType), idValue };
  if (!isIdType(name.idType)) return "the type of an id must be ASCII characters, such as SKU or UPCA";
  return isOutsideId(idValue) ? name : `the id ${OUTSIDE_ID_WANTED}`;
}

/** The catalogue in memory, for resolving the rows of a snapshot file without asking the database row by row. */
export interface Catalogue {
  /** facility.id by outside id. */
  readonly facilities: Map<string, number>;
  /** product.id by type and value of an identification. @see productsOfType */
  readonly products: Map<string, Map<string, number>>;
}

/** The known products by the values of one type of identification; there to be added to. @param idType normalized */
export function productsOfType({ products }: Pick<Catalogue, "products">, idType: string): Map<string, number> {
  const known = products.get(idType) ?? new Map<string, number>();
  products.set(idType, known);
  return known;
}

const PAGE_ROWS = 50_000;

/** Reads all facilities and identifications; some 100 bytes of memory for each identification. */
export async function loadCatalogue({ pool }: Pick<Database, "pool">): Promise<Catalogue> {
  const catalogue = { facilities: await facilityNumbers(pool, null), products: new Map<string, Map<string, number>>() };
  let after: readonly [idType: string, idValue: string] = ["", ""];
  for (;;) {
    const values = [...after, PAGE_ROWS];
    const page = await run<Identification & { product: number }>(pool, "list_identifications", values);
    for (const { idType, idValue, product } of page) productsOfType(catalogue, idType).set(idValue, product);
    const last = page.at(-1);
    if (!last || page.length < PAGE_ROWS) return catalogue;
    after = [last.idType, last.idValue];
  }
}
