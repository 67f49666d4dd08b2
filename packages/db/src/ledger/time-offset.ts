// A facility's time offset: its tills say times that are wrong by a known number of minutes. It corrects what is received from a
// time on, and what counts absorbed only for that reason is booked once.
import type { Database } from "../database.ts";
import { lockFacility } from "../locks.ts";
import { type Queryable, read, run } from "../statements.ts";

export interface TimeOffsetAsked {
  readonly facility: number;
  /** What was received from then on. */
  readonly from: Date;
  /** Added to what the tills say; 0 ends an earlier offset, and books nothing. */
  readonly minutes: number;
}

/** What an offset makes of movements that were absorbed, product by product, or would. */
export interface BookedProduct {
  readonly idType: string;
  readonly idValue: string;
  readonly movements: number;
  readonly quantity: number;
}

/** The same in all; `products` are those that change most. */
export interface Booked {
  readonly products: readonly BookedProduct[];
  readonly productCount: number;
  readonly movements: number;
  readonly units: number;
  /** Between which times the tills said that they happened, ISO in UTC; null where there are none. */
  readonly firstAt: string | null;
  readonly lastAt: string | null;
}

const PRODUCTS_LISTED_MAX = 100;

/** Says what setting an offset would book. Nothing is written. */
export function previewTimeOffset({ pool }: Pick<Database, "pool">, asked: TimeOffsetAsked): Promise<Booked> {
  return book(pool, asked, "preview");
}

/**
 * Sets an offset and books what was absorbed wrongly, in one transaction under the facility's lock. Doing it again books nothing
 * twice. @param setBy who says so @throws SQLSTATE 55P03 when the lock could not be had in time
 */
export function setTimeOffset(
  database: Database,
  asked: TimeOffsetAsked,
  { setBy, lockWaitMsMax }: { readonly setBy: string; readonly lockWaitMsMax: number },
): Promise<Booked> {
  const { facility, from, minutes } = asked;
  return database.transaction(async (client) => {
    await lockFacility(client, { facility, lockWaitMsMax, plans: "any" });
    await run(client, "set_time_offset", [facility, from, minutes, setBy]);
    return book(client, asked, "apply");
  });
}

async function book(
  on: Queryable,
  { facility, from, minutes }: TimeOffsetAsked,
  mode: "preview" | "apply",
): Promise<Booked> {
  type Row = BookedProduct & {
    readonly firstAt: string;
    readonly lastAt: string;
    readonly allMovements: number;
    readonly allProducts: number;
    readonly allUnits: number;
  };
  const rows = await read<Row>(on, "book_absorbed", [facility, from, minutes, mode, PRODUCTS_LISTED_MAX]);
  const [first] = rows;
  return {
    products: rows.map(({ idType, idValue, movements, quantity }) => ({ idType, idValue, movements, quantity })),
    productCount: first?.allProducts ?? 0,
    movements: first?.allMovements ?? 0,
    units: first?.allUnits ?? 0,
    firstAt: first?.firstAt ?? null,
    lastAt: first?.lastAt ?? null,
  };
}

/** An offset on record. Times are ISO in UTC. */
export interface TimeOffsetSet {
  readonly from: string;
  readonly minutes: number;
  readonly setBy: string;
  readonly setAt: string;
}

const OFFSETS_LISTED_MAX = 20;

/** The offsets of a facility, newest first. @param facility facility.id */
export function listTimeOffsets({ pool }: Pick<Database, "pool">, facility: number): Promise<TimeOffsetSet[]> {
  return read<TimeOffsetSet>(pool, "list_time_offsets", [facility, OFFSETS_LISTED_MAX]);
}
