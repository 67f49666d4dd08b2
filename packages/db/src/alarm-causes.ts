// What the database knows of things that should ring: each question one statement over what is recent.
import type { FailedReset, LastAccepted, PassedDeadline } from "@inventory-sync/domain";
import type { Database } from "./database.ts";
import { run } from "./statements.ts";

/** How things stood with a deadline. A snapshot is accepted once it is applied at one facility at least. */
export interface DeadlineKept {
  /** Whether a reset had been asked for before the deadline: a system that is being set up has missed none. */
  readonly inUse: boolean;
  /** Whether a reset that counts for this deadline was accepted, in time or late. */
  readonly accepted: boolean;
  readonly lastAccepted: LastAccepted | undefined;
}

/** Asks whether a snapshot was accepted for a deadline. */
export async function deadlineKept(database: Database, { deadline, opens }: PassedDeadline): Promise<DeadlineKept> {
  const answer = await database.pool.query<{ in_use: boolean; file: string | null; at: Date | null }>(
    `select exists (select from reset where not preview and created_at < $1) as in_use, l.file, l.created_at as at
       from (select) one
       left join lateral (
         select r.file, r.created_at
           from reset r
          where not r.preview
            and exists (select from facility_reset f where f.reset_id = r.id and f.state = 'applied')
          order by r.created_at desc
          limit 1) l on true`,
    [deadline],
  );
  const row = answer.rows[0];
  const lastAccepted = row?.file != null && row.at ? { file: row.file, at: row.at } : undefined;
  return {
    inUse: row?.in_use === true,
    accepted: lastAccepted !== undefined && lastAccepted.at >= opens,
    lastAccepted,
  };
}

/** A facility that the newest count leaves out. */
export interface MissingFacility {
  readonly facilityId: string;
  /** When the count that leaves it out was completed. */
  readonly since: Date;
  readonly resetId: string;
  readonly file: string;
  /** The count that last listed it. */
  readonly last: LastAccepted;
}

/** The facilities that the newest count leaves out though one of the 14 days before listed them. */
export async function missingFacilities(database: Database, now: Date): Promise<MissingFacility[]> {
  const rows = await run<{
    facility_id: string;
    file: string;
    counted_at: Date;
    reset_id: string;
    newest_file: string;
    missing_since: Date;
  }>(database.pool, "missing_facilities", [now]);
  return rows.map((row) => ({
    facilityId: row.facility_id,
    since: row.missing_since,
    resetId: row.reset_id,
    file: row.newest_file,
    last: { file: row.file, at: row.counted_at },
  }));
}

/** Facilities that have sent nothing for so many minutes though they usually sell at this hour; `since` is the last event. */
export async function silentFacilities(
  database: Database,
  { now, minutes }: { readonly now: Date; readonly minutes: number },
): Promise<{ readonly facilityId: string; readonly since: Date }[]> {
  const rows = await run<{ facility_id: string; since: Date }>(database.pool, "silent_facilities", [now, minutes]);
  return rows.map((row) => ({ facilityId: row.facility_id, since: row.since }));
}

/** A facility whose reset waits for somebody's decision. */
export interface HeldFacility {
  readonly facilityId: string;
  readonly resetId: string;
  readonly file: string;
  readonly since: Date;
  readonly because: string;
}

/** All facilities that are held. */
export async function heldFacilities(database: Database): Promise<HeldFacility[]> {
  const held = await database.pool.query<HeldFacility>(
    `select k.facility_id as "facilityId", r.id as "resetId", r.file, coalesce(f.finished_at, r.touched_at) as since,
            coalesce(f.held_because, 'no reason is on record') as because
       from reset r
       join facility_reset f on f.reset_id = r.id and f.state = 'held'
       join facility k on k.id = f.facility_id
      where r.state in ('reconciling', 'completed-with-holds') and not r.preview
      order by r.created_at, k.facility_id`,
  );
  return held.rows;
}

/** Resets of the last 7 days that failed, or of which facilities failed, and that no accepted one has followed. */
export async function failedResets(database: Database, now: Date): Promise<FailedReset[]> {
  const rows = await run<{
    id: string;
    file: string;
    outcome: string | null;
    archived_to: string | null;
    failed_at: Date;
    failed: number;
    facilities: number;
    first_facility: string | null;
    first_error: string | null;
  }>(database.pool, "failed_resets", [now]);
  return rows.map((row) => ({
    resetId: row.id,
    file: row.file,
    failedAt: row.failed_at,
    outcome: row.outcome,
    archivedTo: row.archived_to,
    facilities: row.facilities,
    facilitiesFailed: row.failed,
    firstFailed: row.first_facility === null ? null : { facilityId: row.first_facility, error: row.first_error ?? "" },
  }));
}
