// What people ask about the history of one level: its movements, newest first, with the running sum.
import { quantityToNumber } from "@inventory-sync/domain";
import { type Queryable, run } from "../statements.ts";
import type { LevelPlace } from "./levels.ts";

/** One movement as the board answers it. */
export interface LedgerEntry {
  readonly type: string;
  readonly eventId: string;
  readonly line: number;
  /** The change that was asked for, signed. */
  readonly quantity: number;
  /** The change that was made; 0 when absorbed. */
  readonly effect: number;
  readonly absorbed: boolean;
  readonly occurredAt: string;
  readonly recordedAt: string;
  /** The reset that made this correction, or whose snapshot absorbed it. */
  readonly resetId: string | null;
  readonly onHandAfter: number;
}

/** Where a page begins: before a movement, with what was on hand there. Both are decimal text. */
export interface LedgerPlace {
  readonly seq: string;
  readonly onHand: string;
}

type Row = {
  readonly seq: string;
  readonly type: string;
  readonly event_id: string;
  readonly line: number;
  readonly quantity: string;
  readonly effect: string;
  readonly absorbed: boolean;
  readonly occurred_at: Date;
  readonly recorded_at: Date;
  readonly reset_id: string | null;
  readonly on_hand_after: string;
};

/**
 * A page of a level's movements, newest first, and where the next one begins (undefined at the end).
 * The sums run in the order of recording, from the level backwards, so that a page costs its own rows only.
 */
export async function listLedger(
  database: { readonly pool: Queryable },
  place: Pick<LevelPlace, "facility" | "product">,
  page: { readonly before: LedgerPlace | undefined; readonly limit: number },
): Promise<{ readonly entries: LedgerEntry[]; readonly next: LedgerPlace | undefined }> {
  const { before, limit } = page;
  // One more than asked for: whether it is there says whether there is a next page, and its sum is where that begins.
  const values = [place.facility, place.product, before?.seq ?? null, before?.onHand ?? null, limit + 1];
  const rows = await run<Row>(database.pool, "list_ledger", values);
  const shown = rows.slice(0, limit);
  const [last, following] = [shown.at(-1), rows[limit]];
  const next = last && following && { seq: last.seq, onHand: following.on_hand_after };
  return { entries: shown.map(entry), next };
}

function entry(row: Row): LedgerEntry {
  return {
    type: row.type,
    eventId: row.event_id,
    line: row.line,
    quantity: quantityToNumber(row.quantity),
    effect: quantityToNumber(row.effect),
    absorbed: row.absorbed,
    occurredAt: row.occurred_at.toISOString(),
    recordedAt: row.recorded_at.toISOString(),
    resetId: row.reset_id,
    onHandAfter: quantityToNumber(row.on_hand_after),
  };
}
