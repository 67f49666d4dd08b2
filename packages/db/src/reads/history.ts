// The history of one level as a drawing needs it: a bounded number of points, however many movements there are.
import { quantityToNumber } from "@inventory-sync/domain";
import type { Database } from "../database.ts";
import { run } from "../statements.ts";
import type { LevelPlace } from "./levels.ts";

/** One movement, or a few neighbours together where there are more than can be drawn. */
export interface HistoryPoint {
  /** When the last of them was recorded, ISO in UTC. */
  readonly at: string;
  /** On hand before the first and after the last of them. */
  readonly before: number;
  readonly onHand: number;
  readonly movements: number;
  /** Effects by kind. */
  readonly sold: number;
  readonly returned: number;
  readonly adjusted: number;
  readonly shipped: number;
  /** Of a correction or revert, which share a point with nothing else. */
  readonly corrected: number;
  /** Quantities without effect: a snapshot had them already. */
  readonly absorbed: number;
  readonly absorbedMovements: number;
  readonly resetId: string | null;
}

type Row = {
  readonly at: Date;
  readonly before: string;
  readonly on_hand: string;
  readonly movements: number;
  readonly sold: string;
  readonly returned: string;
  readonly adjusted: string;
  readonly shipped: string;
  readonly corrected: string;
  readonly absorbed: string;
  readonly absorbed_movements: number;
  readonly reset_id: string | null;
};

/** A level's history between two times of recording, oldest first. Corrections and reverts come on top of `pointsMax`. */
export async function levelHistory(
  database: Database,
  place: Pick<LevelPlace, "facility" | "product">,
  asked: { readonly since?: Date | undefined; readonly until?: Date | undefined; readonly pointsMax: number },
): Promise<HistoryPoint[]> {
  const values = [place.facility, place.product, asked.since ?? null, asked.until ?? null, asked.pointsMax];
  const rows = await run<Row>(database.pool, "level_history", values);
  return rows.map((row) => ({
    at: row.at.toISOString(),
    before: quantityToNumber(row.before),
    onHand: quantityToNumber(row.on_hand),
    movements: row.movements,
    sold: quantityToNumber(row.sold),
    returned: quantityToNumber(row.returned),
    adjusted: quantityToNumber(row.adjusted),
    shipped: quantityToNumber(row.shipped),
    corrected: quantityToNumber(row.corrected),
    absorbed: quantityToNumber(row.absorbed),
    absorbedMovements: row.absorbed_movements,
    resetId: row.reset_id,
  }));
}
