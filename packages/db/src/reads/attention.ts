// What needs somebody: facilities that a guard holds, and those whose latest reset failed.
import { quantityToNumber } from "@inventory-sync/domain";
import type { Database } from "../database.ts";
import { run } from "../statements.ts";

/** One facility's part of a reset that waits for somebody. Times are ISO in UTC. */
export interface AttentionView {
  readonly facilityId: string;
  readonly resetId: string;
  readonly file: string;
  readonly state: "held" | "failed";
  readonly asOf: string | null;
  readonly heldBecause: string | null;
  readonly error: string | null;
  readonly rows: number;
  readonly rejected: number;
  /** Products that approving would correct, as found when it was held. */
  readonly corrected: number;
  readonly unitsBefore: number;
  readonly unitsAfter: number;
  readonly since: string | null;
}

type Row = {
  readonly facility_id: string;
  readonly reset_id: string;
  readonly file: string;
  readonly state: "held" | "failed";
  readonly as_of: Date | null;
  readonly held_because: string | null;
  readonly error: string | null;
  readonly rows: number;
  readonly rejected: number;
  readonly corrected: number;
  readonly units_before: string;
  readonly units_after: string;
  readonly finished_at: Date | null;
  readonly total: number;
};

/** The facility resets that need somebody, held ones first, and how many there are in all. */
export async function listAttention(
  database: Database,
  limit: number,
): Promise<{ readonly parts: readonly AttentionView[]; readonly total: number }> {
  const rows = await run<Row>(database.pool, "list_attention", [limit]);
  return { parts: rows.map(attention), total: rows[0]?.total ?? 0 };
}

function attention(row: Row): AttentionView {
  return {
    facilityId: row.facility_id,
    resetId: row.reset_id,
    file: row.file,
    state: row.state,
    asOf: row.as_of?.toISOString() ?? null,
    heldBecause: row.held_because,
    error: row.error,
    rows: row.rows,
    rejected: row.rejected,
    corrected: row.corrected,
    unitsBefore: quantityToNumber(row.units_before),
    unitsAfter: quantityToNumber(row.units_after),
    since: row.finished_at?.toISOString() ?? null,
  };
}
