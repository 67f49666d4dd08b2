// The proof of R1: on hand is the sum of effects. Facility by facility, so that no statement has to hold the whole ledger
// and sales go on meanwhile; each facility is judged in one snapshot of the data.
import { type Database, read, run } from "@inventory-sync/db";
import type { LevelName } from "./levels.ts";

/** A level that its movements do not explain. */
export interface AuditDifference extends LevelName {
  /** null: there are movements, but no level. */
  readonly onHand: number | null;
  /** Sum of effects; null: there is something on hand, but no movement. */
  readonly effects: number | null;
}

/** What the audit looked at and what it found. */
export interface AuditReport {
  readonly facilities: number;
  readonly levels: number;
  readonly movements: number;
  /** How many levels differ; `listed` names the first of them. */
  readonly differences: number;
  readonly listed: readonly AuditDifference[];
}

/** The figures are of the whole facility, on each of its rows; a facility without differences has one, of no product. */
interface Row extends Omit<AuditDifference, "facilityId" | "idType"> {
  readonly levels: number;
  readonly movements: number;
  readonly differences: number;
  readonly idType: string | null;
}

const LISTED_MAX = 1_000;
const FACILITY_MS_MAX = 10 * 60_000;

/** Checks every level against its movements (R1). @param onFacility told how many facilities are done, for progress */
export async function auditLevels(
  database: Database,
  onFacility: (done: number, all: number) => void = () => undefined,
): Promise<AuditReport> {
  const facilities = await run<{ ownId: number; facilityId: string }>(database.pool, "facility_numbers", [null]);
  const listed: AuditDifference[] = [];
  const sums = { levels: 0, movements: 0, differences: 0 };
  for (const [index, { ownId: id, facilityId }] of facilities.entries()) {
    const rows = await database.transaction(async (client) => {
      await client.query(`set local statement_timeout = ${FACILITY_MS_MAX}`);
      return read<Row>(client, "audit_facility", [id, LISTED_MAX - listed.length]);
    });
    sums.levels += rows[0]?.levels ?? 0;
    sums.movements += rows[0]?.movements ?? 0;
    sums.differences += rows[0]?.differences ?? 0;
    for (const { idType, idValue, onHand, effects } of rows)
      if (idType !== null) listed.push({ facilityId, idType, idValue, onHand, effects });
    onFacility(index + 1, facilities.length);
  }
  return { facilities: facilities.length, ...sums, listed };
}
