// The catalogue in memory, for resolving the rows of a snapshot file without asking the database row by row.
import type { Database } from "../database.ts";

/** Outside names to the numbers of the database. */
export interface Catalogue {
  /** facility.id by outside id. */
  readonly facilities: Map<string, number>;
  /** product.id by `productKey`. */
  readonly products: Map<string, number>;
}

const PAGE_ROWS = 50_000;

/** The key of one identification in Catalogue.products. @param idType normalized */
export function productKey(idType: string, idValue: string): string {
  return `${idType}\u0000${idValue}`;
}

/** Reads all facilities and identifications; some 100 bytes of memory for each identification. */
export async function loadCatalogue(database: Database): Promise<Catalogue> {
  const facilities = new Map<string, number>();
  for (const facility of await database.prisma.facility.findMany({ select: { id: true, facilityId: true } })) {
    facilities.set(facility.facilityId, facility.id);
  }
  const products = new Map<string, number>();
  let after = ["", ""];
  for (;;) {
    const page = await database.pool.query<{ id_type: string; id_value: string; product_id: number }>(
      `select id_type, id_value, product_id from product_identification
        where (id_type, id_value) > ($1, $2) order by id_type, id_value limit ${PAGE_ROWS}`,
      after,
    );
    for (const row of page.rows) products.set(productKey(row.id_type, row.id_value), row.product_id);
    const last = page.rows.at(-1);
    if (!last || page.rows.length < PAGE_ROWS) return { facilities, products };
    after = [last.id_type, last.id_value];
  }
}
