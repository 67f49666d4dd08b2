// What the database knows of that there is to be alarmed about: each question one statement over what is recent.
import type {
  FailedReset,
  HeldFacility,
  LastAccepted,
  MissingFacility,
  PassedDeadline,
  RefusedClient,
} from "@inventory-sync/domain";
import type { Database } from "./database.ts";
import { columns, first, run } from "./statements.ts";

/**
 * Asks whether a snapshot of a source was accepted for a deadline: applied at one facility at least.
 * @returns `inUse`: a reset had been asked for before the deadline (a system that is being set up has missed none);
 *   `accepted`: a reset that counts for this deadline was accepted, in time or late
 */
export async function deadlineKept(
  { pool }: Database,
  { deadline, opens }: PassedDeadline,
  source = "default",
): Promise<{ readonly inUse: boolean; readonly accepted: boolean; readonly lastAccepted: LastAccepted | undefined }> {
  type Row = { readonly inUse: boolean; readonly file: string | null; readonly at: Date | null };
  const row = await first<Row>(pool, "deadline_kept", [deadline, source]);
  const lastAccepted = row?.file != null && row.at ? { file: row.file, at: row.at } : undefined;
  const accepted = lastAccepted !== undefined && lastAccepted.at >= opens;
  return { inUse: row?.inUse === true, accepted, lastAccepted };
}

/**
 * The facilities that the newest count of a source leaves out though one of the 14 days before listed them.
 * @param mornings those of the last 15 days: a store that comes in a file of its own is missing once its morning's deadline has passed
 */
export async function missingFacilities(
  { pool }: Database,
  now: Date,
  {
    source = "default",
    mornings = [],
  }: { readonly source?: string; readonly mornings?: readonly PassedDeadline[] } = {},
): Promise<MissingFacility[]> {
  type Row = Omit<MissingFacility, "last"> & { readonly lastFile: string; readonly lastAt: Date };
  const values = [now, source, ...columns(mornings, "opens", "deadline")];
  const rows = await run<Row>(pool, "missing_facilities", values);
  return rows.map(({ lastFile, lastAt, ...row }) => ({ ...row, last: { file: lastFile, at: lastAt } }));
}

/** Facilities that have sent nothing for so many minutes though they usually sell at this hour; `since` is the last event. */
export function silentFacilities(
  { pool }: Database,
  { now, minutes }: { readonly now: Date; readonly minutes: number },
): Promise<{ readonly facilityId: string; readonly since: Date }[]> {
  return run(pool, "silent_facilities", [now, minutes]);
}

/** The clients of which ingest refused `atLeast` requests or more in the last minutes, and some in half of them or more. */
export function refusedClients(
  { pool }: Database,
  { now, minutes, atLeast }: { readonly now: Date; readonly minutes: number; readonly atLeast: number },
): Promise<RefusedClient[]> {
  return run(pool, "refused_clients", [now, minutes, atLeast]);
}

/** All facilities that are held. */
export function heldFacilities({ pool }: Database): Promise<HeldFacility[]> {
  return run(pool, "held_facilities");
}

/** Resets of the last 7 days that failed, or of which facilities failed, and that no accepted one has followed. */
export function failedResets({ pool }: Database, now: Date): Promise<FailedReset[]> {
  return run(pool, "failed_resets", [now]);
}
