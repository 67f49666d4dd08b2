// The proof of R1: on hand is the sum of effects. Facility by facility, so that no statement has to hold the whole ledger
// and sales go on meanwhile; each facility is judged in one snapshot of the data.
import { quantityToNumber } from "@inventory-sync/domain";
import type { Database } from "./database.ts";
import { run } from "./statements.ts";

/** A level that its movements do not explain. */
export interface AuditDifference {
  readonly facilityId: string;
  readonly idType: string;
  readonly idValue: string;
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

type Row = {
  readonly levels: string;
  readonly movements: string;
  readonly differences: string;
  readonly id_type: string | null;
  readonly id_value: string | null;
  readonly on_hand: string | null;
  readonly effects: string | null;
};

const LISTED_MAX = 1_000;
const FACILITY_MS_MAX = 10 * 60_000;

/** Checks every level against its movements (R1). @param onFacility told how many facilities are done, for progress */
export async function auditLevels(
  database: Database,
  onFacility: (done: number, all: number) => void = () => undefined,
): Promise<AuditReport> {
  const facilities = await database.prisma.facility.findMany({ orderBy: { facilityId: "asc" } });
  const listed: AuditDifference[] = [];
  let [levels, movements, differences] = [0, 0, 0];
  for (const [index, facility] of facilities.entries()) {
    const rows = await auditFacility(database, facility.id, LISTED_MAX - listed.length);
    levels += Number(rows[0]?.levels ?? 0);
    movements += Number(rows[0]?.movements ?? 0);
    differences += Number(rows[0]?.differences ?? 0);
    listed.push(...rows.flatMap((row) => difference(facility.facilityId, row)));
    onFacility(index + 1, facilities.length);
  }
  return { facilities: facilities.length, levels, movements, differences, listed };
}

async function auditFacility(database: Database, facility: number, listedMax: number): Promise<Row[]> {
  return database.transaction(async (client) => {
    await client.query(`set local statement_timeout = ${FACILITY_MS_MAX}`);
    return run<Row>(client, "audit_facility", [facility, listedMax]);
  });
}

function difference(facilityId: string, row: Row): AuditDifference[] {
  if (row.id_type === null || row.id_value === null) return [];
  const number = (text: string | null) => (text === null ? null : quantityToNumber(text));
  return [
    {
      facilityId,
      idType: row.id_type,
      idValue: row.id_value,
      onHand: number(row.on_hand),
      effects: number(row.effects),
    },
  ];
}
