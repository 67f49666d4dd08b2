// The catalogue in memory, for resolving the rows of a snapshot file without asking the database row by row.
import type { Database } from "../database.ts";

/** Outside names to the numbers of the database. */
export interface Catalogue {
  /** facility.id by outside id. */
  readonly facilities: Map<string, number>;
  /** product.id by type and value of an identification. @see productsOfType */
  readonly products: Map<string, Map<string, number>>;
}

const PAGE_ROWS = 50_000;

/** The known products by the values of one type of identification; there to be added to. @param idType normalized */
export function productsOfType({ products }: Pick<Catalogue, "products">, idType: string): Map<string, number> {
  const known = products.get(idType);
  if (known) return known;
  const made = new Map<string, number>();
  products.set(idType, made);
  return made;
}

/** Reads all facilities and identifications; some 100 bytes of memory for each identification. */
export async function loadCatalogue(database: Pick<Database, "pool">): Promise<Catalogue> {
  const facilities = new Map<string, number>();
  const known = await database.pool.query<{ id: number; facility_id: string }>("select id, facility_id from facility");
  for (const facility of known.rows) facilities.set(facility.facility_id, facility.id);
  const products = new Map<string, Map<string, number>>();
  let after = ["", ""];
  for (;;) {
    const page = await database.pool.query<{ id_type: string; id_value: string; product_id: number }>(
      `select id_type, id_value, product_id from product_identification
        where (id_type, id_value) > ($1, $2) order by id_type, id_value limit ${PAGE_ROWS}`,
      after,
    );
    for (const row of page.rows) productsOfType({ products }, row.id_type).set(row.id_value, row.product_id);
    const last = page.rows.at(-1);
    if (!last || page.rows.length < PAGE_ROWS) return { facilities, products };
    after = [last.id_type, last.id_value];
  }
}
