// What people ask about resets: how each went, facility by facility, and how far the running ones are.
import type { Database } from "../database.ts";
import type { FacilityReset, Reset } from "../generated/client.ts";
import { run } from "../statements.ts";

/** One facility's part of a reset, as the board answers it. */
export interface FacilityResetView {
  readonly facilityId: string;
  readonly state: string;
  readonly rows: number;
  readonly rejected: number;
  readonly corrected: number;
  readonly unitsBefore: number;
  readonly unitsAfter: number;
  readonly lateSales: number;
  readonly shipments: number;
  readonly unexplained: number;
  readonly stale: number;
  readonly absent: number;
  readonly borderline: number;
  readonly heldBecause: string | null;
  /** Who approved, rejected or reverted it, and when. */
  readonly decidedBy: string | null;
  readonly decidedAt: string | null;
  readonly lockedMs: number | null;
  /** Why it failed, in words. */
  readonly error: string | null;
  readonly startedAt: string | null;
  /** When it ended: applied, held, compared by a preview, failed. */
  readonly finishedAt: string | null;
}

/** A reset as the board answers it. Times are ISO in UTC, timings are milliseconds by step. */
export interface ResetView {
  readonly id: string;
  readonly file: string;
  readonly sha256: string | null;
  readonly asOf: string | null;
  readonly asOfFrom: string | null;
  readonly state: string;
  /** Why it failed, or what became of the file, in words. */
  readonly outcome: string | null;
  readonly preview: boolean;
  readonly requestedBy: string;
  readonly rows: number;
  readonly rejected: number;
  readonly skipped: number;
  readonly facilities: readonly FacilityResetView[];
  readonly timings: Readonly<Record<string, number>>;
}

/** A reset as the console and the command line follow it. */
export interface ResetProgress {
  readonly id: string;
  readonly file: string;
  readonly state: string;
  /** Rises each time the reset is driven anew. */
  readonly generation: number;
  readonly asOf: Date | null;
  readonly requestedBy: string;
  readonly preview: boolean;
  readonly rows: number;
  readonly rejected: number;
  readonly corrected: number;
  /** Those of them that are in force, and the net change of units that they are. */
  readonly correctedApplied: number;
  readonly unitsChanged: number;
  readonly facilities: number;
  readonly facilitiesDone: number;
  readonly facilitiesFailed: number;
  readonly facilitiesHeld: number;
  /** Why it failed, or what became of the file, in words. */
  readonly outcome: string | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

/** Where a page of resets begins: after this one, newest first. */
export interface ResetPlace {
  readonly createdAt: Date;
  readonly id: string;
}

/** One reset, or undefined when there is none of that id. @param resetId a UUID */
export async function readReset(database: Database, resetId: string): Promise<ResetView | undefined> {
  const reset = await database.prisma.reset.findUnique({ where: { id: resetId }, include: { facilities: true } });
  if (!reset) return undefined;
  return resetView(reset, await facilityNames(database, reset));
}

/** A reset of a list: how many of its facilities' parts are in which state, instead of each part. */
export interface ResetListed extends Omit<ResetView, "facilities" | "asOf"> {
  readonly asOf: Date | null;
  readonly facilityCounts: Readonly<Record<string, number>>;
}

/** A page of resets, newest first, and where the next one begins (undefined at the end). */
export async function listResets(
  database: Database,
  { after, limit }: { readonly after: ResetPlace | undefined; readonly limit: number },
): Promise<{ readonly resets: ResetListed[]; readonly next: ResetPlace | undefined }> {
  const values = [after?.createdAt ?? null, after?.id ?? null, limit + 1];
  const found = await run<ResetListed & { createdAt: Date }>(database.pool, "list_resets", values);
  const { resets, next } = pageOf(found, limit);
  return { resets: resets.map(({ createdAt: _, ...reset }) => reset), next };
}

/** The page of which one row more was read than it may have: so it is known whether another one begins after it. */
function pageOf<Row extends ResetPlace>(found: readonly Row[], limit: number) {
  const resets = found.slice(0, limit);
  const last = resets.at(-1);
  const next = found.length > limit && last ? { createdAt: last.createdAt, id: last.id } : undefined;
  return { resets, next };
}

type ResetWithFacilities = Reset & { facilities: FacilityReset[] };

async function facilityNames(database: Database, reset: ResetWithFacilities): Promise<Map<number, string>> {
  const ids = reset.facilities.map((part) => part.facilityId);
  const found = await database.prisma.$queryRaw<{ id: number; facility_id: string }[]>`
    select id, facility_id from facility where id = any(${ids}::int[])`;
  return new Map(found.map((facility) => [facility.id, facility.facility_id]));
}

function resetView(reset: ResetWithFacilities, names: ReadonlyMap<number, string>): ResetView {
  const facilities = reset.facilities.map((part) => facilityResetView(part, names.get(part.facilityId) ?? ""));
  return {
    id: reset.id,
    file: reset.file,
    sha256: reset.sha256,
    asOf: reset.asOf?.toISOString() ?? null,
    asOfFrom: reset.asOfFrom,
    state: reset.state,
    outcome: reset.outcome,
    preview: reset.preview,
    requestedBy: reset.requestedBy,
    rows: reset.rows,
    rejected: reset.rejected,
    skipped: reset.skipped,
    facilities: facilities.sort((one, other) => (one.facilityId < other.facilityId ? -1 : 1)),
    timings: reset.timings as Readonly<Record<string, number>>,
  };
}

function facilityResetView(part: FacilityReset, facilityId: string): FacilityResetView {
  return {
    facilityId,
    state: part.state,
    rows: part.rows,
    rejected: part.rejected,
    corrected: part.corrected,
    unitsBefore: part.unitsBefore.toNumber(),
    unitsAfter: part.unitsAfter.toNumber(),
    lateSales: part.lateSales.toNumber(),
    shipments: part.shipments.toNumber(),
    unexplained: part.unexplained.toNumber(),
    stale: part.stale,
    absent: part.absent,
    borderline: part.borderline,
    heldBecause: part.heldBecause,
    decidedBy: part.decidedBy,
    decidedAt: part.decidedAt?.toISOString() ?? null,
    lockedMs: part.lockedMs,
    error: part.error,
    startedAt: part.startedAt?.toISOString() ?? null,
    finishedAt: part.finishedAt?.toISOString() ?? null,
  };
}

const PROGRESS = `
  select r.id, r.file, r.state, r.generation, r.as_of as "asOf", r.requested_by as "requestedBy", r.preview, r.rows, r.rejected, r.outcome,
         r.created_at as "createdAt", r.finished_at as "finishedAt",
         coalesce(sum(f.corrected), 0)::int as corrected, count(f.facility_id)::int as facilities,
         (coalesce(sum(f.corrected) filter (where f.state = 'applied'), 0))::int as "correctedApplied",
         coalesce(sum(f.units_after - f.units_before) filter (where f.state = 'applied'), 0)::float8 as "unitsChanged",
         (count(*) filter (where f.state not in ('pending', 'reconciling') or (r.preview and f.finished_at is not null)))::int as "facilitiesDone",
         (count(*) filter (where f.state = 'failed'))::int as "facilitiesFailed",
         (count(*) filter (where f.state = 'held'))::int as "facilitiesHeld"
    from reset r
    left join facility_reset f on f.reset_id = r.id`;

/** The latest resets, newest first, each with how far it is. */
export async function latestResets(database: Database, limit: number): Promise<ResetProgress[]> {
  const latest = await database.pool.query<ResetProgress>(
    `${PROGRESS} where r.id in (select id from reset order by created_at desc, id desc limit $1)
      group by r.id order by r.created_at desc, r.id desc`,
    [limit],
  );
  return latest.rows;
}

/** A page of resets, newest first, each with how far it is, and where the next page begins (undefined at the end). */
export async function pageOfResets(
  database: Database,
  page: { readonly after: ResetPlace | undefined; readonly limit: number },
): Promise<{ readonly resets: ResetProgress[]; readonly next: ResetPlace | undefined }> {
  const { after, limit } = page;
  const found = await database.pool.query<ResetProgress>(
    `${PROGRESS} where r.id in (select id from reset
                                 where $1::timestamptz is null or (created_at, id) < ($1, $2::uuid)
                                 order by created_at desc, id desc limit $3)
      group by r.id order by r.created_at desc, r.id desc`,
    [after?.createdAt ?? null, after?.id ?? null, limit + 1],
  );
  return pageOf(found.rows, limit);
}

/** How far one reset is, or undefined when there is none of that id. @param resetId a UUID */
export async function resetProgress(database: Database, resetId: string): Promise<ResetProgress | undefined> {
  const found = await database.pool.query<ResetProgress>(`${PROGRESS} where r.id = $1 group by r.id`, [resetId]);
  return found.rows[0];
}
