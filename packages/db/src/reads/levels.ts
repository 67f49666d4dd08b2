// What people ask about stock: the levels of a facility, and one level now or as the ledger knew it at a time.
import { normalizeIdType, quantityToNumber } from "@inventory-sync/domain";
import type { Database } from "../database.ts";
import { run } from "../statements.ts";

/** A level as the board answers it. Times are ISO in UTC, on hand is a JSON number. */
export interface LevelView {
  readonly facilityId: string;
  readonly idType: string;
  readonly idValue: string;
  readonly onHand: number;
  /** The time of the last snapshot applied to it; null when there was none. */
  readonly asOf: string | null;
  /** When it last changed; null when, at the time asked for, nothing had been recorded yet. */
  readonly updatedAt: string | null;
}

/** Where a level stands: facility.id and product.id, and the names by which it was asked for. */
export interface LevelPlace {
  readonly facility: number;
  readonly product: number;
  readonly facilityId: string;
  /** Normalized. */
  readonly idType: string;
  readonly idValue: string;
}

/** What of a level's name is not known, so that an answer can say it. */
export type UnknownPlace = "facility" | "product";

/** Finds facility and product by their outside names, or says which of them is not known. */
export async function findLevelPlace(
  database: Database,
  asked: { readonly facilityId: string; readonly idType: string; readonly idValue: string },
): Promise<LevelPlace | UnknownPlace> {
  const idType = normalizeIdType(asked.idType);
  const [facility, identification] = await Promise.all([
    database.prisma.facility.findUnique({ where: { facilityId: asked.facilityId } }),
    database.prisma.productIdentification.findUnique({ where: { idType_idValue: { idType, idValue: asked.idValue } } }),
  ]);
  if (!facility) return "facility";
  if (!identification) return "product";
  return { ...asked, facility: facility.id, product: identification.productId, idType };
}

type Row = {
  readonly product_id: number;
  readonly id_type: string;
  readonly id_value: string;
  readonly on_hand: string;
  readonly as_of: Date | null;
  readonly updated_at: Date | null;
};

/**
 * A page of a facility's levels, in the order in which the products became known.
 * `lastProduct` is where the next page begins.
 */
export async function listLevels(
  database: Database,
  page: {
    readonly facility: number;
    readonly facilityId: string;
    readonly afterProduct: number;
    readonly limit: number;
  },
): Promise<{ readonly levels: LevelView[]; readonly lastProduct: number }> {
  const rows = await run<Row>(database.pool, "list_levels", [page.facility, page.afterProduct, page.limit]);
  const levels = rows.map((row) =>
    levelView({ facilityId: page.facilityId, idType: row.id_type, idValue: row.id_value }, row),
  );
  return { levels, lastProduct: rows.at(-1)?.product_id ?? page.afterProduct };
}

/** One level, named as it was asked for; undefined when the product was never stocked at the facility. */
export async function readLevel(database: Database, place: LevelPlace): Promise<LevelView | undefined> {
  const [row] = await run<Row>(database.pool, "read_level", [place.facility, place.product]);
  return row && levelView(place, row);
}

/** The same as the ledger knew it at a time: the sum of what was recorded at or before it. */
export async function readLevelAt(database: Database, place: LevelPlace, at: Date): Promise<LevelView | undefined> {
  const [row] = await run<Row>(database.pool, "level_at", [place.facility, place.product, at]);
  return row && levelView(place, row);
}

function levelView(
  { facilityId, idType, idValue }: Pick<LevelPlace, "facilityId" | "idType" | "idValue">,
  row: Pick<Row, "on_hand" | "as_of" | "updated_at">,
): LevelView {
  return {
    facilityId,
    idType,
    idValue,
    onHand: quantityToNumber(row.on_hand),
    asOf: row.as_of?.toISOString() ?? null,
    updatedAt: row.updated_at?.toISOString() ?? null,
  };
}
