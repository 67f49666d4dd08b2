// What people look for: levels of one facility by product, products wherever they stand.
import { quantityToNumber } from "@inventory-sync/domain";
import type { Database } from "../database.ts";
import { run } from "../statements.ts";

/** Which levels of a facility: all, those below zero, those that no snapshot has counted. */
export type LevelKind = "all" | "negative" | "uncounted";

/** A level that was looked for. Times are ISO in UTC. */
export interface FoundLevel {
  readonly idType: string;
  readonly idValue: string;
  /** The other name of the product that matched, as "UPCA 0123". */
  readonly matched: string | null;
  readonly onHand: number;
  readonly asOf: string | null;
  readonly updatedAt: string;
}

type LevelRow = {
  readonly id_type: string;
  readonly id_value: string;
  readonly matched: string | null;
  readonly on_hand: string;
  readonly as_of: Date | null;
  readonly updated_at: Date;
};

/** A page of a facility's levels whose product has the text in one of its names, the closest first; `''` finds all. */
export async function searchLevels(
  database: Database,
  asked: {
    readonly facility: number;
    readonly text: string;
    readonly kind: LevelKind;
    readonly skip: number;
    readonly limit: number;
  },
): Promise<FoundLevel[]> {
  const values = [asked.facility, asked.text.toLowerCase(), asked.kind, asked.skip, asked.limit];
  const rows = await run<LevelRow>(database.pool, "search_levels", values);
  return rows.map((row) => ({
    ...{ idType: row.id_type, idValue: row.id_value, matched: row.matched },
    onHand: quantityToNumber(row.on_hand),
    asOf: row.as_of?.toISOString() ?? null,
    updatedAt: row.updated_at.toISOString(),
  }));
}

/** What stands at one facility, summed up. */
export interface FacilityStock {
  readonly products: number;
  readonly inStock: number;
  readonly negative: number;
  readonly uncounted: number;
  readonly units: number;
  /** When the latest applied count was true; null before the first. */
  readonly snapshotAsOf: string | null;
  readonly lastEventAt: string | null;
}

type StockRow = {
  readonly products: number;
  readonly in_stock: number;
  readonly negative: number;
  readonly uncounted: number;
  readonly units: string;
  readonly snapshot_as_of: Date | null;
  readonly last_event_at: Date | null;
};

/** Sums up what stands at a facility. @param facility facility.id */
export async function facilityStock(database: Database, facility: number): Promise<FacilityStock> {
  const [row] = await run<StockRow>(database.pool, "facility_stock", [facility]);
  if (!row) throw new Error("the summing statement returned nothing");
  const { products, in_stock, negative, uncounted, units } = row;
  return {
    ...{ products, inStock: in_stock, negative, uncounted, units: quantityToNumber(units) },
    snapshotAsOf: row.snapshot_as_of?.toISOString() ?? null,
    lastEventAt: row.last_event_at?.toISOString() ?? null,
  };
}

/** A product that was looked for. */
export interface FoundProduct {
  /** product.id */
  readonly product: number;
  readonly idType: string;
  readonly idValue: string;
  /** The name that matched, as "UPCA 0123". */
  readonly matched: string;
  /** One of its names is what was looked for, whole. */
  readonly isExact: boolean;
}

type ProductRow = {
  readonly product_id: number;
  readonly id_type: string;
  readonly id_value: string;
  readonly matched: string;
  readonly rank: number;
};

/** Products that have the text in one of their names, the closest first. */
export async function findProducts(
  database: Database,
  asked: { readonly text: string; readonly limit: number },
): Promise<FoundProduct[]> {
  const rows = await run<ProductRow>(database.pool, "find_products", [asked.text.toLowerCase(), asked.limit]);
  return rows.map((row) => ({
    ...{ product: row.product_id, idType: row.id_type, idValue: row.id_value, matched: row.matched },
    isExact: row.rank === 0,
  }));
}

/** Where a product stands. */
export interface ProductLevels {
  /** Facilities that have ever had it. */
  readonly facilities: number;
  readonly units: number;
  readonly levels: readonly {
    readonly facilityId: string;
    readonly onHand: number;
    readonly asOf: string | null;
    readonly updatedAt: string;
  }[];
}

type PlaceRow = Pick<LevelRow, "on_hand" | "as_of" | "updated_at"> & {
  readonly facility_id: string;
  readonly facilities: number;
  readonly units: string;
};

/** A product's levels at all facilities, by facility. @param asked `product` is product.id */
export async function levelsOfProduct(
  database: Database,
  asked: { readonly product: number; readonly limit: number },
): Promise<ProductLevels> {
  const rows = await run<PlaceRow>(database.pool, "levels_of_product", [asked.product, asked.limit]);
  return {
    facilities: rows[0]?.facilities ?? 0,
    units: quantityToNumber(rows[0]?.units ?? "0"),
    levels: rows.map((row) => ({
      facilityId: row.facility_id,
      onHand: quantityToNumber(row.on_hand),
      asOf: row.as_of?.toISOString() ?? null,
      updatedAt: row.updated_at.toISOString(),
    })),
  };
}
