// All facilities with what tells how they are, those that need somebody first; and what resets did to one of them.
import { quantityToNumber } from "@inventory-sync/domain";
import type { Database } from "../database.ts";
import { run } from "../statements.ts";

/** Which facilities: `attention` are those that are held, failed, or of which an alarm rings. */
export const SURVEY_KINDS = ["all", "attention", "held", "failed", "reconciling", "uncounted"] as const;

export type SurveyKind = (typeof SURVEY_KINDS)[number];

/** A facility as it is surveyed. Times are ISO in UTC. */
export interface SurveyedFacility {
  readonly facilityId: string;
  /** Its part of the latest reset that reached it. */
  readonly lastReset: {
    readonly resetId: string;
    readonly file: string;
    readonly state: string;
    readonly finishedAt: string | null;
  } | null;
  /** When the count was true that it rests on; null before its first. */
  readonly snapshotAsOf: string | null;
  readonly lastEventAt: string | null;
  /** The kinds of alarms that ring about it. */
  readonly alarms: readonly string[];
}

/** A page of the survey, and how many there are of each kind. */
export interface Survey {
  readonly facilities: readonly SurveyedFacility[];
  /** Of the kind asked for. */
  readonly matching: number;
  readonly counts: Readonly<Record<SurveyKind, number>>;
}

type Row = {
  readonly facility_id: string | null;
  readonly reset_id: string | null;
  readonly file: string | null;
  readonly reset_state: string | null;
  readonly finished_at: Date | null;
  readonly snapshot_as_of: Date | null;
  readonly last_event_at: Date | null;
  readonly alarms: readonly string[] | null;
  readonly matching: number;
  readonly total: number;
  readonly attention: number;
  readonly held: number;
  readonly failed: number;
  readonly reconciling: number;
  readonly uncounted: number;
};

/** Surveys facilities. @param asked `text` is part of an outside id, '' for all */
export async function surveyFacilities(
  database: Database,
  asked: { readonly text: string; readonly kind: SurveyKind; readonly skip: number; readonly limit: number },
): Promise<Survey> {
  const values = [asked.text.toLowerCase(), asked.kind, asked.skip, asked.limit];
  const rows = await run<Row>(database.pool, "survey_facilities", values);
  const [first] = rows;
  if (!first) throw new Error("the surveying statement returned nothing");
  const { total, attention, held, failed, reconciling, uncounted } = first;
  return {
    facilities: rows.flatMap((row) => (row.facility_id === null ? [] : [surveyed(row, row.facility_id)])),
    matching: first.matching,
    counts: { all: total, attention, held, failed, reconciling, uncounted },
  };
}

function surveyed(row: Row, facilityId: string): SurveyedFacility {
  const { reset_id: resetId, finished_at: finishedAt } = row;
  const lastReset = {
    file: row.file ?? "",
    state: row.reset_state ?? "",
    finishedAt: finishedAt?.toISOString() ?? null,
  };
  return {
    facilityId,
    lastReset: resetId === null ? null : { resetId, ...lastReset },
    snapshotAsOf: row.snapshot_as_of?.toISOString() ?? null,
    lastEventAt: row.last_event_at?.toISOString() ?? null,
    alarms: row.alarms ?? [],
  };
}

/** What one reset did to a facility. */
export interface FacilityPast {
  readonly resetId: string;
  readonly file: string;
  readonly state: string;
  readonly asOf: string | null;
  readonly rows: number;
  readonly rejected: number;
  readonly corrected: number;
  readonly unitsBefore: number;
  readonly unitsAfter: number;
  readonly heldBecause: string | null;
  readonly error: string | null;
  readonly decidedBy: string | null;
  readonly lockedMs: number | null;
  readonly finishedAt: string | null;
}

type PastRow = {
  readonly reset_id: string;
  readonly file: string;
  readonly state: string;
  readonly as_of: Date | null;
  readonly rows: number;
  readonly rejected: number;
  readonly corrected: number;
  readonly units_before: string;
  readonly units_after: string;
  readonly held_because: string | null;
  readonly error: string | null;
  readonly decided_by: string | null;
  readonly locked_ms: number | null;
  readonly finished_at: Date | null;
};

/** The latest resets of one facility, newest first. @param asked `facility` is facility.id */
export async function resetsOfFacility(
  database: Database,
  asked: { readonly facility: number; readonly limit: number },
): Promise<FacilityPast[]> {
  const rows = await run<PastRow>(database.pool, "resets_of_facility", [asked.facility, asked.limit]);
  return rows.map((row) => ({
    ...{ resetId: row.reset_id, file: row.file, state: row.state, rows: row.rows, rejected: row.rejected },
    ...{ corrected: row.corrected, heldBecause: row.held_because, error: row.error, decidedBy: row.decided_by },
    asOf: row.as_of?.toISOString() ?? null,
    unitsBefore: quantityToNumber(row.units_before),
    unitsAfter: quantityToNumber(row.units_after),
    lockedMs: row.locked_ms,
    finishedAt: row.finished_at?.toISOString() ?? null,
  }));
}
