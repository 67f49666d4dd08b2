// Flow 2, around the steps: what a reset's row says of the run, and how it moves on. Every call may be made twice.
import type { ResetState } from "@inventory-sync/domain";
import type { Database } from "../database.ts";

/** A reset as the worker drives it. */
export interface ResetRow {
  readonly id: string;
  readonly file: string;
  readonly size: number;
  readonly modifiedAt: Date;
  readonly observedAt: Date;
  readonly state: ResetState;
  readonly sha256: string | null;
  readonly asOf: Date | null;
  readonly generation: number;
  readonly preview: boolean;
  readonly outcome: string | null;
  readonly rows: number;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
  readonly archivedTo: string | null;
}

/** The reset, or undefined when there is none of that id. */
export async function findReset(database: Database, resetId: string): Promise<ResetRow | undefined> {
  const row = await database.prisma.reset.findUnique({ where: { id: resetId } });
  return row ? { ...row, state: row.state as ResetState, size: Number(row.size) } : undefined;
}

/** A file that somebody keeps writing to holds later ones back for so long; then they pass it, which R6 makes harmless. */
const UNSETTLED_MINUTES_MAX = 10;

/** The id and file of an unfinished reset that was opened before this one: snapshots are applied in the order they came. */
export async function earlierOpenReset(
  database: Database,
  reset: Pick<ResetRow, "id" | "createdAt">,
): Promise<{ readonly id: string; readonly file: string } | undefined> {
  const found = await database.pool.query<{ id: string; file: string }>(
    `select e.id, e.file from reset e, reset r
      where r.id = $1 and e.finished_at is null and (e.created_at, e.id) < (r.created_at, r.id)
        and (e.state <> 'staging' or e.created_at > clock_timestamp() - make_interval(mins => $2))
      order by e.created_at, e.id limit 1`,
    [reset.id, UNSETTLED_MINUTES_MAX],
  );
  return found.rows[0];
}

/**
 * Notes what the file looks like now, and says for how many milliseconds it and what lies beside it have stood still, by
 * the database's clock.
 * @param size bytes
 * @param beside a text that changes when the file's sidecars do; kept in the report until staging replaces that
 */
export async function observeFile(
  database: Database,
  resetId: string,
  { size, modifiedAt, beside }: { readonly size: number; readonly modifiedAt: Date; readonly beside: string },
): Promise<number> {
  const observed = await database.pool.query<{ still_ms: number }>(
    `update reset
        set observed_at = case when size = $2 and modified_at = $3 and coalesce(report ->> 'beside', '') = $4
                               then observed_at else clock_timestamp() end,
            size = $2, modified_at = $3, report = jsonb_build_object('beside', $4::text), touched_at = clock_timestamp()
      where id = $1
      returning extract(epoch from clock_timestamp() - observed_at) * 1000 as still_ms`,
    [resetId, size, modifiedAt, beside],
  );
  return Number(observed.rows[0]?.still_ms ?? 0);
}

/** A sign of life, so that the watchdog leaves the reset alone; and milliseconds of a step that has ended, by its name. */
export async function touchReset(
  database: Database,
  resetId: string,
  timings: Readonly<Record<string, number>> = {},
): Promise<void> {
  await database.pool.query(
    "update reset set touched_at = clock_timestamp(), timings = timings || $2::jsonb where id = $1",
    [resetId, timings],
  );
}

/**
 * The earlier reset that already took this very file, if any. The same bytes count as the same file unless name or
 * manifest say that they were true at another time: an unchanged count of another day is news.
 */
export async function seenBefore(
  database: Database,
  file: { readonly resetId: string; readonly sha256: string; readonly asOf: Date; readonly asOfFrom: string },
): Promise<{ readonly id: string; readonly file: string } | undefined> {
  const seen = await database.pool.query<{ id: string; file: string }>(
    `select id, file from reset
      where sha256 = $2 and id <> $1 and not preview
        and state in ('reconciling', 'completed', 'completed-with-holds', 'reverted')
        and ($4 in ('mtime', 'row') or as_of = $3)
      order by created_at limit 1`,
    [file.resetId, file.sha256, file.asOf, file.asOfFrom],
  );
  return seen.rows[0];
}

/** Whether any snapshot has ever been applied anywhere: before that a file brings all facilities there are. */
export async function hasAppliedSnapshot(database: Database): Promise<boolean> {
  const applied = await database.prisma.facilityReset.findFirst({
    where: { state: "applied" },
    select: { resetId: true },
  });
  return applied !== null;
}

/** A facility reset that still has to be done. */
export interface OpenFacility {
  /** facility.id */
  readonly facility: number;
  /** Outside id. */
  readonly facilityId: string;
}

/** The facilities of a reset that are not ended, in the order of their outside ids. */
export async function openFacilities(database: Database, resetId: string): Promise<OpenFacility[]> {
  const open = await database.pool.query<OpenFacility>(
    `select f.id as facility, f.facility_id as "facilityId"
       from facility_reset r join facility f on f.id = r.facility_id
      where r.reset_id = $1 and r.finished_at is null
      order by f.facility_id`,
    [resetId],
  );
  return open.rows;
}

/**
 * A sign of life that also says how far the reset is. Nothing rests on it, so it does not wait for the disk.
 */
export async function touchProgress(
  database: Database,
  resetId: string,
): Promise<{ readonly rowsStaged: number; readonly facilities: number; readonly facilitiesDone: number }> {
  const counted = await database.pool.query<{ rowsStaged: number; facilities: number; facilitiesDone: number }>(
    `with light as (select set_config('synchronous_commit', 'off', true)
     ), touched as (
       update reset set touched_at = clock_timestamp() from light where id = $1 returning rows
     )
     select (select rows from touched) as "rowsStaged", count(*)::int as facilities,
            (count(*) filter (where finished_at is not null))::int as "facilitiesDone"
       from facility_reset where reset_id = $1`,
    [resetId],
  );
  const [row] = counted.rows;
  return {
    rowsStaged: row?.rowsStaged ?? 0,
    facilities: row?.facilities ?? 0,
    facilitiesDone: row?.facilitiesDone ?? 0,
  };
}

/** Notes that the children of this generation are about to be added; false when they were before. */
export async function recordFannedOut(
  database: Database,
  reset: Pick<ResetRow, "id" | "generation">,
): Promise<boolean> {
  const recorded = await database.pool.query(
    `update reset set fanned_out = generation, touched_at = clock_timestamp()
      where id = $1 and generation = $2 and fanned_out is distinct from generation`,
    [reset.id, reset.generation],
  );
  return recorded.rowCount === 1;
}

/** Resets that have shown no sign of life for so long, ended ones whose file was not put away among them. */
export async function silentResets(
  database: Database,
  silentMs: number,
): Promise<Pick<ResetRow, "id" | "file" | "generation">[]> {
  const silent = await database.pool.query<Pick<ResetRow, "id" | "file" | "generation">>(
    `select id, file, generation from reset
      where (finished_at is null or archived_to is null)
        and touched_at < clock_timestamp() - make_interval(secs => $1 / 1000.0)
      order by created_at, id`,
    [silentMs],
  );
  return silent.rows;
}
