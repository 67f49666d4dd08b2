// What a reset changed, summed up for people: its corrections by size, the largest of them, and its rejected rows by code.
import { type Database, read } from "@inventory-sync/db";
import type { LevelName } from "./levels.ts";

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
export type CorrectionBar = {
  /** Index into CORRECTION_SIZES. */
  readonly size: number;
  readonly isUp: boolean;
  readonly products: number;
  /** Net. */
  readonly units: number;
  /** Those of them that are a facility's first count: its opening stock. */
  readonly firstCounts: number;
};

export type LargeCorrection = LevelName & {
  /** Of the facility's part: a held one's correction is what approving would do. */
  readonly state: string;
  readonly before: number;
  readonly counted: number;
  readonly lateSales: number;
  readonly shipments: number;
  readonly after: number;
  /** No earlier reset had counted the facility, so this is its opening stock. */
  readonly isFirst: boolean;
};

/** Rejected rows of one code, with the first of them as an example. */
export type RejectGroup = {
  readonly code: string;
  readonly rows: number;
  readonly facilities: number;
  readonly line: number;
  readonly facilityId: string | null;
  readonly reason: string;
  readonly fields: readonly string[];
};

/** Which corrections of a reset. */
interface OfReset {
  readonly resetId: string;
  /** Outside id; undefined for all that are in force, or of a preview would be. */
  readonly facilityId?: string | undefined;
}

/** The corrections of a reset by size and direction; only those that occur. */
export function correctionHistogram(database: Database, { resetId, facilityId }: OfReset): Promise<CorrectionBar[]> {
  return read<CorrectionBar>(database.pool, "correction_histogram", [resetId, facilityId ?? null]);
}

/** The largest corrections of a reset. @param asked `unexplained` leaves out what a first count explains */
export function largestCorrections(
  database: Database,
  asked: OfReset & { readonly unexplained?: boolean; readonly limit: number },
): Promise<LargeCorrection[]> {
  const { resetId, facilityId = null, unexplained = false, limit } = asked;
  return read<LargeCorrection>(database.pool, "largest_corrections", [resetId, facilityId, unexplained, limit]);
}

/** The rejected rows of a reset by code, the most frequent first. */
export function rejectsByCode(database: Database, resetId: string): Promise<RejectGroup[]> {
  return read<RejectGroup>(database.pool, "rejects_by_code", [resetId]);
}

/** What came late to these facilities and was absorbed by this reset's snapshot: a revert applies it again (R12). */
export async function lateOfReset(
  database: Database,
  { resetId, facilityIds }: { readonly resetId: string; readonly facilityIds: readonly string[] },
): Promise<{ readonly movements: number; readonly units: number }> {
  type Late = { readonly movements: number; readonly units: number };
  const [late] = await read<Late>(database.pool, "late_of_reset", [resetId, facilityIds]);
  return late ?? { movements: 0, units: 0 };
}

/** How many movements came after a reset was applied and occurred within so many seconds of its count's time: in the count perhaps, perhaps not. */
export async function borderlineSince(
  database: Database,
  { resetId, seconds }: { readonly resetId: string; readonly seconds: number },
): Promise<number> {
  const [late] = await read<{ movements: number }>(database.pool, "borderline_since", [resetId, seconds]);
  return late?.movements ?? 0;
}
