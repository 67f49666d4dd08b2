// Levels: what is on hand, now or as the ledger knew it at a time, the movements behind it, and its history as a drawing
// needs it. Quantities are JSON numbers, times ISO in UTC.
import { type Database, type Queryable, read } from "@inventory-sync/db";
import { normalizeIdType } from "@inventory-sync/domain";
import { z } from "zod";
import { levelId, type PageAsked, type PageFound, pageOfRows, time } from "./asking.ts";
import { facilityPlace } from "./facilities.ts";
import { Archived, NotFound } from "./refusals.ts";

export const levelSchema = z.object({
  ...levelId,
  onHand: z.number(),
  /** The time of the last snapshot applied to it; null when there was none. */
  asOf: time.nullable(),
  /** When it last changed; null when, at the time asked for, nothing had been recorded yet. */
  updatedAt: time.nullable(),
});

export type Level = z.infer<typeof levelSchema>;

export const ledgerEntrySchema = z.object({
  type: z.string(),
  eventId: z.string(),
  line: z.int(),
  /** The change that was asked for, signed. */
  quantity: z.number(),
  /** The change that was made; 0 when absorbed. */
  effect: z.number(),
  absorbed: z.boolean(),
  occurredAt: time,
  recordedAt: time,
  /** The reset that made this correction, or whose snapshot absorbed it. */
  resetId: z.uuid().nullable(),
  onHandAfter: z.number(),
});

export type LedgerEntry = z.infer<typeof ledgerEntrySchema>;

/**
 * Where a page of a ledger begins: before a movement of that level, with what was on hand there, both decimal text. What was on hand is
 * believed: to check it, all movements since would have to be added up.
 */
export const ledgerPlaceSchema = z.object({
  facility: z.int(),
  product: z.int(),
  seq: z.string().regex(/^\d{1,18}$/),
  onHand: z.string().regex(/^-?\d{1,20}(\.\d{1,4})?$/),
});

export type LedgerPlace = z.infer<typeof ledgerPlaceSchema>;

/** One name of a level. */
export type LevelName = Readonly<Pick<Level, "facilityId" | "idType" | "idValue">>;

export type ProductId = Pick<Level, "idType" | "idValue">;

/** Where a level stands: facility.id and product.id, and the names by which it was asked for, the type normalized. */
export interface LevelPlace extends ProductId {
  readonly facility: number;
  readonly product: number;
  readonly facilityId: string;
}

/**
 * Finds facility and product by their outside names.
 * @param asked `names` of the product, of which the first that is known counts
 * @throws NotFound saying which of them is not known
 */
export async function levelPlace(
  database: Database,
  asked: { readonly facilityId: string; readonly names: readonly ProductId[] },
): Promise<LevelPlace> {
  const place = await facilityPlace(database, asked.facilityId);
  for (const { idType: type, idValue } of asked.names) {
    const idType = normalizeIdType(type);
    const where = { idType_idValue: { idType, idValue } };
    const found = await database.prisma.productIdentification.findUnique({ where });
    if (found) return { ...place, product: found.productId, idType, idValue };
  }
  const names = asked.names.map(({ idType, idValue }) => `${idType} ${idValue}`).join(" or ");
  throw new NotFound("product", `There is no product with ${names}.`);
}

/** The refusal of a product that a facility never had. */
export function neverStocked({ facilityId, idType, idValue }: LevelPlace): NotFound {
  const message = `Store ${facilityId} has never had ${idType} ${idValue}: neither a movement nor a count of it.`;
  return new NotFound("level", message);
}

/** A page of a facility's levels, in the order in which the products became known. @param page `after` is `next` of the page before */
export async function listLevels(
  database: Database,
  { facility, facilityId }: Pick<LevelPlace, "facility" | "facilityId">,
  { after = 0, limit }: PageAsked<number>,
): Promise<PageFound<Level, number>> {
  type Row = Omit<Level, "facilityId"> & { readonly product: number };
  const rows = await read<Row>(database.pool, "list_levels", [facility, after, limit + 1]);
  const { shown, last } = pageOfRows(rows, limit);
  return { items: shown.map(({ product: _, ...level }) => ({ facilityId, ...level })), next: last?.product };
}

/**
 * One level, named as it was asked for.
 * @param at as the ledger knew it then: the sum of what was recorded at or before it; undefined for now
 * @throws NotFound when the facility never had the product; Archived when what it was then is in a file
 */
export async function readLevel(database: Database, place: LevelPlace, at?: Date): Promise<Level> {
  const { facility, product, facilityId, idType, idValue } = place;
  type Row = Pick<Level, "onHand" | "asOf" | "updatedAt"> & { readonly archivedIn: string | null };
  const [row] = await read<Row>(database.pool, "read_level", [facility, product, at ?? null]);
  if (!row) throw neverStocked(place);
  const { archivedIn, ...level } = row;
  if (archivedIn !== null)
    throw new Archived(`What was recorded until then is archived, in ${archivedIn}; ops ledger restore puts it back.`);
  return { facilityId, idType, idValue, ...level };
}

/**
 * A page of a level's movements, newest first, each with what was on hand after it.
 * The sums run in the order of recording, from the level backwards, so that a page costs its own rows only.
 * @throws RangeError when it is to begin at a place of another level's ledger
 */
export async function listLedger(
  database: { readonly pool: Queryable },
  { facility, product }: Pick<LevelPlace, "facility" | "product">,
  { before, limit }: { readonly before: LedgerPlace | undefined; readonly limit: number },
): Promise<PageFound<LedgerEntry, LedgerPlace>> {
  if (before && (before.facility !== facility || before.product !== product))
    throw new RangeError("the place is one of another ledger");
  const values = [facility, product, before?.seq ?? null, before?.onHand ?? null, limit + 1];
  const rows = await read<LedgerEntry & { readonly seq: string }>(database.pool, "list_ledger", values);
  const { shown, last } = pageOfRows(rows, limit);
  // What was on hand after the first movement of the next page is where that begins.
  const next = last && { facility, product, seq: last.seq, onHand: String(rows[limit]?.onHandAfter) };
  return { items: shown.map(({ seq: _, ...entry }) => entry), next };
}

/** One movement of a level's history, or a few neighbours together where there are more than can be drawn. */
export type HistoryPoint = Readonly<
  /** On hand before the first and after the last of them, and how many they are. */
  Record<"before" | "onHand" | "movements", number> &
    /** Effects by kind. A correction or revert shares a point with nothing else. */
    Record<"sold" | "returned" | "adjusted" | "shipped" | "corrected", number> &
    /** Quantities without effect: a snapshot had them already. */
    Record<"absorbed" | "absorbedMovements", number> & {
      /** When the last of them was recorded. */
      at: string;
      resetId: string | null;
    }
>;

/** A level's history between two times of recording, oldest first. Corrections and reverts come on top of `pointsMax`. */
export async function levelHistory(
  database: Database,
  { facility, product }: Pick<LevelPlace, "facility" | "product">,
  asked: { readonly since?: Date | undefined; readonly until?: Date | undefined; readonly pointsMax: number },
): Promise<HistoryPoint[]> {
  const { since = null, until = null, pointsMax } = asked;
  return read<HistoryPoint>(database.pool, "level_history", [facility, product, since, until, pointsMax]);
}
