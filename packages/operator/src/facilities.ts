// Facilities: which there are and how they are, those that need attention first; and of one its stock summed up, its resets and its days.
import { type Database, facilitySide, read } from "@inventory-sync/db";
import { z } from "zod";
import { only, type PageAsked, type PageFound, pageOfRows, time } from "./asking.ts";
import { NotFound } from "./refusals.ts";

/** `held`: its latest reset waits for a decision. `reconciling`: a reset holds the facility at this moment. */
export const FACILITY_STATES = ["open", "reconciling", "held"] as const;

export const facilitySchema = z.object({
  facilityId: z.string(),
  /** For people. */
  name: z.string().nullable(),
  state: z.enum(FACILITY_STATES),
  /** Its part of the latest reset that reached it, previews aside; `state` is that of the part. */
  lastReset: z
    .object({ resetId: z.uuid(), state: z.string(), asOf: time.nullable(), finishedAt: time.nullable() })
    .nullable(),
  /** When the latest of its events occurred. */
  lastEventAt: time.nullable(),
  /** Since when no count is expected to list it and its silence is no alarm; null for those in use. */
  retiredAt: time.nullable(),
});

export type Facility = z.infer<typeof facilitySchema>;

/** Which facilities: `attention` are those that are held, failed, or of which an alarm is firing. Among `all` are retired ones. */
export const SURVEY_KINDS = ["all", "attention", "held", "failed", "reconciling", "uncounted", "retired"] as const;

export type SurveyKind = (typeof SURVEY_KINDS)[number];

export type SurveyedFacility = Facility & {
  /** The file of its latest reset. */
  readonly file: string | null;
  /** When the count was true that it rests on; null before its first. */
  readonly snapshotAsOf: string | null;
  /** The kinds of alarms that are firing about it. */
  readonly alarms: readonly string[];
};

/** A page of the survey, with how many there are of the kind asked for, and of each. */
export interface Survey {
  readonly facilities: readonly SurveyedFacility[];
  readonly matching: number;
  readonly counts: Readonly<Record<SurveyKind, number>>;
}

/** facility.id of an outside id, with that; of one that was merged both of the one that it is one with now. @throws NotFound */
export async function facilityPlace(database: Database, facilityId: string) {
  const side = await facilitySide(database.pool, facilityId);
  if (side && side.mergedInto === null) return { facility: side.id, facilityId };
  const facility = side?.mergedInto ? (await facilitySide(database.pool, side.mergedInto))?.id : undefined;
  if (side?.mergedInto && facility !== undefined) return { facility, facilityId: side.mergedInto };
  const message = `There is no store ${facilityId}; the list of stores (GET /api/facilities) has those that there are.`;
  throw new NotFound("facility", message);
}

/** A page of the facilities in the order of their ids. @param page `after` is `next` of the page before */
export async function listFacilities(
  database: Database,
  { after = "", limit }: PageAsked<string>,
): Promise<PageFound<Facility, string>> {
  const { facilities } = await survey(database, ["", "all", 0, limit + 1, after]);
  const { shown, last } = pageOfRows(facilities, limit);
  return { items: shown.map((each) => only(facilitySchema, each)), next: last?.facilityId };
}

/** Surveys facilities, those that need attention first. @param asked `text` is part of an outside id or a name, '' for all */
export async function surveyFacilities(
  database: Database,
  asked: { readonly text: string; readonly kind: SurveyKind; readonly skip: number; readonly limit: number },
): Promise<Survey> {
  return survey(database, [asked.text.toLowerCase(), asked.kind, asked.skip, asked.limit, null]);
}

/** A row has the kinds' counts, too, and a page without facilities has one row without any. */
type SurveyRow = Omit<SurveyedFacility, "state" | "lastReset"> &
  Pick<Survey, "matching" | "counts"> &
  Omit<NonNullable<Facility["lastReset"]>, "resetId" | "state"> & {
    readonly resetId: string | null;
    readonly resetState: string;
  };

async function survey(
  database: Database,
  values: readonly unknown[],
): Promise<Survey & { facilities: SurveyedFacility[] }> {
  const rows = await read<SurveyRow>(database.pool, "survey_facilities", values);
  const [first] = rows;
  if (!first) throw new Error("the surveying statement returned nothing");
  return {
    facilities: rows.filter(({ facilityId }) => facilityId !== null).map(surveyed),
    matching: first.matching,
    counts: first.counts,
  };
}

function surveyed(row: SurveyRow): SurveyedFacility {
  const { resetId, resetState, asOf, finishedAt } = row;
  const state = FACILITY_STATES.find((each) => each === resetState) ?? "open";
  const lastReset = resetId === null ? null : { resetId, state: resetState, asOf, finishedAt };
  return { ...row, state, lastReset };
}

/** What stands at one facility, summed up. */
export type FacilityStock = Pick<SurveyedFacility, "snapshotAsOf" | "lastEventAt"> &
  Readonly<Record<"products" | "inStock" | "negative" | "uncounted" | "units", number>>;

/** Sums up what stands at a facility. @param facility facility.id */
export async function facilityStock(database: Database, facility: number): Promise<FacilityStock> {
  const [stock] = await read<FacilityStock>(database.pool, "facility_stock", [facility]);
  if (!stock) throw new Error("the summing statement returned nothing");
  return stock;
}

export type FacilityPast = Readonly<
  Record<"resetId" | "file" | "state", string> &
    Record<"rows" | "corrected" | "unitsBefore" | "unitsAfter", number> &
    Record<"asOf" | "heldBecause" | "error" | "decidedBy" | "finishedAt", string | null>
>;

/** The latest resets of one facility, newest first. @param asked `facility` is facility.id */
export async function resetsOfFacility(
  database: Database,
  { facility, limit }: { readonly facility: number; readonly limit: number },
): Promise<FacilityPast[]> {
  return read<FacilityPast>(database.pool, "resets_of_facility", [facility, limit]);
}

/** One day of a facility, in units. */
export type FacilityDay = Readonly<
  /** When it began, ISO in UTC. */
  Record<"at", string> &
    /** Units that went out; net units that counts corrected, and those of them that nothing explains. */
    Record<"sold" | "corrected" | "unexplained", number>
>;

/** The last days of a facility, the oldest first. @param of `facility` is facility.id, `zone` an IANA name, `days` with today */
export async function facilityTrend(
  database: Database,
  { facility, zone, days }: { readonly facility: number; readonly zone: string; readonly days: number },
): Promise<FacilityDay[]> {
  return read(database.pool, "facility_trend", [facility, zone, days]);
}
