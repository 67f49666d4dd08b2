// Facilities and products come into being here: from the catalogue file, or on first sight where that is allowed
// (UNKNOWN_FACILITY, UNKNOWN_PRODUCT = create).
import { type Queryable, run } from "../statements.ts";

/** One name of a product, its type already normalized. */
export interface Identification {
  readonly idType: string;
  readonly idValue: string;
}

/**
 * Makes the facilities that do not exist yet; existing ones are left as they are. Returns facility.id of all given, by outside id.
 * @param facilityIds outside ids
 */
export async function createFacilities(on: Queryable, facilityIds: readonly string[]): Promise<Map<string, number>> {
  await run(on, "create_facilities", [facilityIds]);
  const found = await on.query<{ id: number; facility_id: string }>(
    "select id, facility_id from facility where facility_id = any($1)",
    [facilityIds],
  );
  return new Map(found.rows.map((row) => [row.facility_id, row.id]));
}

/**
 * Makes a product for each identification that reaches none yet, and returns the product number of every one given,
 * in the order given. Safe when several processes meet the same new product at once.
 */
export async function createProducts(on: Queryable, identifications: readonly Identification[]): Promise<number[]> {
  const columns = [identifications.map((each) => each.idType), identifications.map((each) => each.idValue)];
  await run(on, "create_products", columns);
  const rows = await run<{ product_id: number | null }>(on, "resolve_products", columns);
  return rows.map((row) => {
    if (row.product_id === null)
      throw new Error("a product that was just made cannot be found; was it deleted meanwhile?");
    return row.product_id;
  });
}
