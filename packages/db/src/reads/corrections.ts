// What a reset changed, summed up for people: its corrections by size, the largest of them, and its rejected rows by code.
import { quantityToNumber } from "@inventory-sync/domain";
import type { Database } from "../database.ts";
import { run } from "../statements.ts";

/** Sizes of corrections that people think in; each begins where the one before ends. */
export const CORRECTION_SIZES = [
  "under 1",
  "1",
  "2–4",
  "5–9",
  "10–49",
  "50–99",
  "100–499",
  "500–999",
  "1,000+",
] as const;

/** Corrections of one size and direction. */
export interface CorrectionBar {
  /** Index into CORRECTION_SIZES. */
  readonly size: number;
  readonly isUp: boolean;
  readonly products: number;
  /** Net. */
  readonly units: number;
  /** Those of them that are a facility's first count: its opening stock. */
  readonly firstCounts: number;
}

/** One of the largest corrections. */
export interface LargeCorrection {
  readonly facilityId: string;
  /** Of the facility's part: a held one's correction is what approving would do. */
  readonly state: string;
  readonly idType: string;
  readonly idValue: string;
  readonly before: number;
  readonly counted: number;
  readonly lateSales: number;
  readonly shipments: number;
  readonly after: number;
  /** No earlier reset had counted the facility, so this is its opening stock. */
  readonly isFirst: boolean;
}

/** Rejected rows of one code. */
export interface RejectGroup {
  readonly code: string;
  readonly rows: number;
  readonly facilities: number;
  readonly example: {
    readonly line: number;
    readonly facilityId: string | null;
    readonly reason: string;
    readonly fields: readonly string[];
  };
}

/** Which corrections of a reset. */
interface OfReset {
  readonly resetId: string;
  /** facility.id, or undefined for all. */
  readonly facility?: number | undefined;
}

type BarRow = {
  readonly bucket: number;
  readonly is_up: boolean;
  readonly products: number;
  readonly units: string;
  readonly first_counts: number;
};

/** The corrections of a reset by size and direction; only those that occur. */
export async function correctionHistogram(
  database: Database,
  { resetId, facility }: OfReset,
): Promise<CorrectionBar[]> {
  const rows = await run<BarRow>(database.pool, "correction_histogram", [resetId, facility ?? null]);
  return rows.map((row) => ({
    ...{ size: row.bucket, isUp: row.is_up, products: row.products, firstCounts: row.first_counts },
    units: quantityToNumber(row.units),
  }));
}

type LargeRow = {
  readonly facility_id: string;
  readonly state: string;
  readonly id_type: string;
  readonly id_value: string;
  readonly before: string;
  readonly counted: string;
  readonly late_sales: string;
  readonly shipments: string;
  readonly after: string;
  readonly is_first: boolean;
};

/** The largest corrections of a reset. @param asked `unexplained` leaves out what a first count explains, `state` is of the facility's part */
export async function largestCorrections(
  database: Database,
  asked: OfReset & { readonly unexplained?: boolean; readonly state?: string; readonly limit: number },
): Promise<LargeCorrection[]> {
  const { resetId, facility = null, unexplained = false, state = null, limit } = asked;
  const rows = await run<LargeRow>(database.pool, "largest_corrections", [
    resetId,
    facility,
    unexplained,
    state,
    limit,
  ]);
  return rows.map((row) => ({
    ...{ facilityId: row.facility_id, state: row.state, idType: row.id_type, idValue: row.id_value },
    before: quantityToNumber(row.before),
    counted: quantityToNumber(row.counted),
    lateSales: quantityToNumber(row.late_sales),
    shipments: quantityToNumber(row.shipments),
    after: quantityToNumber(row.after),
    isFirst: row.is_first,
  }));
}

type RejectRow = {
  readonly code: string;
  readonly rows: number;
  readonly facilities: number;
  readonly line: number;
  readonly facility_id: string | null;
  readonly reason: string;
  readonly fields: readonly string[];
};

/** The rejected rows of a reset by code, the most frequent first. */
export async function rejectsByCode(database: Database, resetId: string): Promise<RejectGroup[]> {
  const rows = await run<RejectRow>(database.pool, "rejects_by_code", [resetId]);
  return rows.map(({ code, rows: count, facilities, line, facility_id, reason, fields }) => ({
    ...{ code, rows: count, facilities },
    example: { line, facilityId: facility_id, reason, fields },
  }));
}

/** What came late to these facilities and was absorbed by this reset's snapshot: a revert applies it again (R12). */
export async function lateOfReset(
  database: Database,
  { resetId, facilityIds }: { readonly resetId: string; readonly facilityIds: readonly string[] },
): Promise<{ readonly movements: number; readonly units: number }> {
  const facilities = await database.prisma.facility.findMany({
    where: { facilityId: { in: [...facilityIds] } },
    select: { id: true },
  });
  const rows = await run<{ movements: number; units: string }>(database.pool, "late_of_reset", [
    resetId,
    facilities.map((each) => each.id),
  ]);
  return { movements: rows[0]?.movements ?? 0, units: quantityToNumber(rows[0]?.units ?? "0") };
}
