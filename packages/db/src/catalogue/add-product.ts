// One product made known by hand: under all the names that it has, or with further names beside those it has already.
import { isIdType, isOutsideId, normalizeIdType, OUTSIDE_ID_WANTED } from "@inventory-sync/domain";
import type { Database } from "../database.ts";
import { ConcurrentChange } from "../errors.ts";
import { run } from "../statements.ts";
import type { Identification } from "./numbers.ts";

/** What became of it: `added` names, of a product that `isNew` or was there; `conflict`: they reach several products, nothing was done. */
export type ProductAdded = { readonly isNew: boolean; readonly added: number; readonly conflict: boolean };

/** Makes a product known under its names. May be asked for again. @param names their types normalized, each once, one at least */
export async function addProduct(database: Database, names: readonly Identification[]): Promise<ProductAdded> {
  return database.transaction(async (client) => {
    const columns = [names.map(({ idType }) => idType), names.map(({ idValue }) => idValue)];
    type Row = { known: number; wanted: number; added: number; is_new: boolean };
    const [row] = await run<Row>(client, "add_product", columns);
    if (!row) throw new Error("the statement that adds a product returned nothing");
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
