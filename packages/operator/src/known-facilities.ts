// Which facilities there are, as an operator says it: made known, named, retired; and which ones failed jobs and the newest file name
// that nobody has made known. A retired facility keeps its history, and what it still sends is taken as before: only that no count is
// expected to list it, and that its silence is no alarm.
import { type Database, read } from "@inventory-sync/db";
import { isOutsideId, isShowable, OUTSIDE_ID_WANTED, plural } from "@inventory-sync/domain";
import type { FailedJob } from "@inventory-sync/queue";
import { z } from "zod";
import { facilityPlace, facilityStock } from "./facilities.ts";
import type { FailedGroup } from "./failed-count.ts";

export const FACILITY_NAME_LENGTH_MAX = 128;
/** As many as the first file of all may bring. */
export const FACILITIES_AT_ONCE_MAX = 10_000;
const UNKNOWN_FACILITY = "UNKNOWN_FACILITY";

const facilityName = z
  .string()
  .trim()
  .max(FACILITY_NAME_LENGTH_MAX, `must have at most ${FACILITY_NAME_LENGTH_MAX} characters`)
  .refine(isShowable, "must be text of which each character can be seen");

/** A facility to be made known. An empty name is none, and leaves the one that it has. */
export const facilityToAdd = z.strictObject({
  facilityId: z.string().trim().refine(isOutsideId, OUTSIDE_ID_WANTED),
  name: facilityName.optional(),
});
export type FacilityToAdd = z.infer<typeof facilityToAdd>;

export const facilitiesToAdd = z.strictObject({
  facilities: z
    .array(facilityToAdd)
    .min(1, "must name at least one facility")
    .max(FACILITIES_AT_ONCE_MAX, `must name at most ${FACILITIES_AT_ONCE_MAX} facilities`)
    .refine(
      (all) => new Set(all.map(({ facilityId }) => facilityId)).size === all.length,
      "must name each facility once",
    ),
});

/** The new name of a facility; an empty one takes it away. */
export const newName = z.strictObject({ name: facilityName });

/** What became of one that was to be made known. */
export const addedFacility = z.object({
  facilityId: z.string(),
  outcome: z.enum(["added", "restored", "renamed", "unchanged"]),
  /** Jobs that failed because it was not known, to be retried now; null when they could not be counted. */
  failedJobs: z.int().nullable(),
});
export type AddedFacility = z.infer<typeof addedFacility>;

const NAMED_MAX = 10;
const OUTCOME_WORDS = {
  added: "added",
  restored: "brought back from retirement",
  renamed: "renamed",
  unchanged: "known already",
};

/** The words of making facilities known, wherever it is offered. */
export const addingFacilities = {
  what: "make facilities known",
  target: (facilityIds: readonly string[]) => {
    const rest = facilityIds.length - NAMED_MAX;
    const named = facilityIds.slice(0, NAMED_MAX).join(", ");
    return `${facilityIds.length === 1 ? "facility" : "facilities"} ${named}${rest > 0 ? ` and ${rest} more` : ""}`;
  },
  outcome: (added: readonly Pick<AddedFacility, "outcome">[]) =>
    addedFacility.shape.outcome.options
      .map((outcome) => ({ outcome, count: added.filter((each) => each.outcome === outcome).length }))
      .filter(({ count }) => count > 0)
      .map(({ outcome, count }) => `${plural(count, "facility", "facilities")} ${OUTCOME_WORDS[outcome]}`)
      .join(", "),
} as const;

/** Makes facilities known. May be asked for again: what is there stays, with its new name if one is given. */
export async function addFacilities(
  database: Database,
  facilities: readonly FacilityToAdd[],
): Promise<readonly Pick<AddedFacility, "facilityId" | "outcome">[]> {
  return read(database.pool, "add_facilities", [
    facilities.map(({ facilityId }) => facilityId),
    facilities.map(({ name }) => name || null),
  ]);
}

export const namingFacility = {
  what: "name a facility",
  target: (facilityId: string) => `facility ${facilityId}`,
  outcome: (name: string) => (name === "" ? "its name is taken away" : `named ${name}`),
} as const;

/** Names a facility for people; its id stays what senders say. @throws NotFound */
export async function nameFacility(database: Database, facilityId: string, name: string): Promise<void> {
  const { facility } = await facilityPlace(database, facilityId);
  const data = { name: name || null };
  await database.prisma.facility.update({ where: { id: facility }, data, select: { id: true } });
}

export const retiringFacility = {
  what: "retire a facility",
  target: (facilityId: string) => `facility ${facilityId}`,
  says: "No count is expected to list it any more, and its silence is no alarm. Its history stays, and what it still sends or a count still lists is taken as before. Adding it again brings it back.",
  /** What is still on hand there. @param units in all */
  left: (units: number) =>
    units === 0
      ? ""
      : `${plural(units, "unit")} stay on hand there: send adjustments, or a last count of zeros, if nothing may be sold from it.`,
} as const;

/** Retires a facility; one that is retired already stays so since then. @throws NotFound */
export async function retireFacility(
  database: Database,
  facilityId: string,
): Promise<{ readonly facilityId: string; readonly retiredAt: string; readonly units: number }> {
  const { facility: id } = await facilityPlace(database, facilityId);
  const before = (await facilityNaming(database, id)).retiredAt;
  const retiredAt = before ?? new Date();
  if (before === null)
    await database.prisma.facility.update({ where: { id }, data: { retiredAt }, select: { id: true } });
  const { units } = await facilityStock(database, id);
  return { facilityId, retiredAt: retiredAt.toISOString(), units };
}

/** What an operator has said of a facility. @param id facility.id */
export async function facilityNaming(
  database: Database,
  id: number,
): Promise<{ readonly name: string | null; readonly retiredAt: Date | null }> {
  const found = await database.prisma.facility.findUnique({ where: { id }, select: { name: true, retiredAt: true } });
  return found ?? { name: null, retiredAt: null };
}

/** How many jobs have failed because their facility was not known, by that facility. */
export type FailedAsUnknown = ReadonlyMap<string, number>;

/** The same out of the count of all failed jobs. */
export function failedAsUnknown(groups: readonly FailedGroup[]): FailedAsUnknown {
  const named = groups.filter(({ error }) => error === UNKNOWN_FACILITY).flatMap(({ facilities }) => facilities);
  return new Map(named.flatMap(({ facilityId, count }) => (facilityId === null ? [] : [[facilityId, count] as const])));
}

/** The same by looking at the failed jobs, page by page. */
export async function countFailedAsUnknown(
  pages: AsyncIterable<{ readonly jobs: readonly Pick<FailedJob, "cause" | "facility">[] }>,
): Promise<FailedAsUnknown> {
  const counts = new Map<string, number>();
  for await (const { jobs } of pages) {
    for (const { cause, facility } of jobs) {
      if (cause === UNKNOWN_FACILITY && facility !== null) counts.set(facility, (counts.get(facility) ?? 0) + 1);
    }
  }
  return counts;
}

/** A facility that is named by what came in, and is not known. */
export const unknownFacility = z.object({
  facilityId: z.string(),
  failedJobs: z.int(),
  /** Rows of the newest file that were rejected for it. */
  rejectedRows: z.int(),
  resetId: z.uuid().nullable(),
  file: z.string().nullable(),
});
export type UnknownFacility = z.infer<typeof unknownFacility>;

/** What is named and not known; and what is known by now, with the failed jobs that wait to be retried for it. */
export interface NamedFacilities {
  readonly unknown: readonly UnknownFacility[];
  readonly known: readonly { readonly facilityId: string; readonly failedJobs: number }[];
}

const JOBS_NAMED_MAX = 500;
const UNKNOWN_MAX = 1_000;

/** Looks for facilities that failed jobs, or the rows of the newest file, name. Of very many those that most jobs name. */
export async function namedFacilities(database: Database, failed: FailedAsUnknown): Promise<NamedFacilities> {
  const named = [...failed].sort(([, one], [, other]) => other - one).slice(0, JOBS_NAMED_MAX);
  const ids = named.map(([facilityId]) => facilityId);
  type Row = Omit<UnknownFacility, "failedJobs">;
  const rows = await read<Row>(database.pool, "list_unknown_facilities", [ids, UNKNOWN_MAX]);
  const unknown = rows.map((row) => ({ ...row, failedJobs: failed.get(row.facilityId) ?? 0 }));
  const stillUnknown = new Set(rows.map(({ facilityId }) => facilityId));
  const known = named.flatMap(([facilityId, failedJobs]) =>
    stillUnknown.has(facilityId) ? [] : [{ facilityId, failedJobs }],
  );
  return { unknown, known };
}

/** Those of the ids that are no facility. */
export async function unknownAmong(database: Database, facilityIds: readonly string[]): Promise<string[]> {
  const rows = await read<{ facilityId: string }>(database.pool, "facility_numbers", [facilityIds]);
  const known = new Set(rows.map(({ facilityId }) => facilityId));
  return facilityIds.filter((facilityId) => !known.has(facilityId));
}
