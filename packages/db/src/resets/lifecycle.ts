// Flow 2, around the steps: a reset comes into being as a row, which is the truth about the run (the queue only wakes it); what that
// row says of the run, and how it moves on. Every call may be made twice.
import { randomUUID } from "node:crypto";
import type { ResetState } from "@inventory-sync/domain";
import type { Database } from "../database.ts";
import type { Reset } from "../generated/client.ts";
import { first, run } from "../statements.ts";

/** A snapshot file as it was seen in the inbox. */
export interface WaitingFile {
  /** Its name in incoming/, e.g. stock.csv. */
  readonly name: string;
  /** In whose incoming/ it lies: "default" where nothing else is said. */
  readonly source?: string;
  /** Bytes. */
  readonly size: number;
  readonly modifiedAt: Date;
  /** What lay beside it, so that the file need not settle once more when its turn comes. */
  readonly beside?: string;
  /** We wrote it ourselves: it need not be watched until it stands still. */
  readonly isWhole?: boolean;
}

interface ResetAsked {
  /** An operator's name, or the key of the scheduled run. */
  readonly requestedBy: string;
  readonly preview?: boolean;
  /** The reset whose rejected rows the file corrects. What the file itself says is held against what is on record when it is read. */
  readonly repairOf?: string;
}

/**
 * Opens a reset over a waiting file, or finds the one that is already at that file. Its state is `staging`. Previews and
 * resets do not stand in each other's way: a preview finds only previews, a reset only resets.
 */
export async function openReset(
  database: Database,
  file: WaitingFile,
  asked: ResetAsked,
): Promise<{ readonly resetId: string; readonly already: boolean }> {
  const { requestedBy, preview = false, repairOf = null } = asked;
  const open = preview ? await openOn(database, file, { preview }) : undefined;
  if (open) return { resetId: open, already: true };
  const { name, size, modifiedAt, beside = "", isWhole = false, source = "default" } = file;
  const values = [randomUUID(), name, size, modifiedAt, requestedBy, preview, beside, isWhole, repairOf, source];
  const inserted = await first<{ id: string }>(database.pool, "open_reset", values);
  if (inserted) return { resetId: inserted.id, already: false };
  const other = await openOn(database, file, { preview });
  // It ended between the two statements: the file is free again.
  if (!other) return openReset(database, file, asked);
  return { resetId: other, already: true };
}

async function openOn(
  { pool }: Database,
  { name, source = "default" }: WaitingFile,
  { preview }: { readonly preview: boolean },
): Promise<string | undefined> {
  return (await first<{ id: string }>(pool, "open_reset_of_file", [name, preview, source]))?.id;
}

/** A reset as the worker drives it. */
export type ResetRow = Omit<Reset, "state" | "size"> & { readonly state: ResetState; readonly size: number };

/** The reset, or undefined when there is none of that id. */
export async function findReset(database: Database, resetId: string): Promise<ResetRow | undefined> {
  const row = await database.prisma.reset.findUnique({ where: { id: resetId } });
  return row ? { ...row, state: row.state as ResetState, size: Number(row.size) } : undefined;
}

/** A file that is still being written holds later ones back for so long; then they pass it, which R6 makes harmless. */
const UNSETTLED_MINUTES_MAX = 10;

/** The id and file of an unfinished reset that was opened before this one: snapshots are applied in the order they came. */
export async function earlierOpenReset(
  database: Database,
  reset: Pick<ResetRow, "id" | "createdAt">,
): Promise<{ readonly id: string; readonly file: string } | undefined> {
  return first(database.pool, "earlier_open_reset", [reset.id, UNSETTLED_MINUTES_MAX]);
}

/**
 * Notes what the file looks like now, and says for how many milliseconds it and what lies beside it have been unchanged, by
 * the database's clock.
 * @param size bytes
 * @param beside a text that changes when the file's sidecars do; kept in the report until staging replaces that
 */
export async function observeFile(
  database: Database,
  resetId: string,
  { size, modifiedAt, beside }: { readonly size: number; readonly modifiedAt: Date; readonly beside: string },
): Promise<number> {
  const values = [resetId, size, modifiedAt, beside];
  return (await first<{ unchangedMs: number }>(database.pool, "observe_file", values))?.unchangedMs ?? 0;
}

/** A sign of life, so that the watchdog leaves the reset alone; and milliseconds of a step that has ended, by its name. */
export async function touchReset(
  database: Database,
  resetId: string,
  timings: Readonly<Record<string, number>> = {},
): Promise<void> {
  await run(database.pool, "touch_reset", [resetId, timings]);
}

/** So many hours lie between the counts of two days at least: what is put again around midnight is the same one. */
const ANOTHER_DAY_HOURS_MIN = 12;

/**
 * The earlier reset that already took this very file, if any. The same bytes are the same count unless they have a time of their own:
 * name or manifest say another one, or the file was put there anew on a later day (docs/snapshot-files.md).
 * @param file.timeZone whose days are meant
 */
export async function seenBefore(
  database: Database,
  file: {
    readonly resetId: string;
    readonly sha256: string;
    readonly asOf: Date;
    readonly asOfFrom: string;
    readonly timeZone: string;
  },
): Promise<{ readonly id: string; readonly file: string } | undefined> {
  const values = [file.resetId, file.sha256, file.asOf, file.asOfFrom, file.timeZone, ANOTHER_DAY_HOURS_MIN];
  return first(database.pool, "seen_before", values);
}

/** Whether any snapshot has ever been applied anywhere: before that a file brings all facilities there are. */
export async function hasAppliedSnapshot(database: Database): Promise<boolean> {
  return (await run(database.pool, "applied_part")).length > 0;
}

/** The facilities of a reset that are not ended, in the order of their outside ids, with how many rows were staged for each. */
export async function openFacilities(
  database: Pick<Database, "pool">,
  resetId: string,
): Promise<{ readonly facilityId: string; readonly rows: number }[]> {
  return run(database.pool, "open_facilities", [resetId]);
}

/** A sign of life that also says how far the reset is. Nothing rests on it, so it does not wait for the disk. */
export async function touchProgress(database: Database, resetId: string) {
  const none = { rowsStaged: 0, facilities: 0, facilitiesDone: 0 };
  return (await first<typeof none>(database.pool, "touch_progress", [resetId])) ?? none;
}

/** Notes that the children of this generation are about to be added; false when they were before. */
export async function recordFannedOut(
  database: Database,
  reset: Pick<ResetRow, "id" | "generation">,
): Promise<boolean> {
  return (await run(database.pool, "record_fanned_out", [reset.id, reset.generation])).length === 1;
}

/** Resets that have shown no sign of life for so long, ended ones whose file was not put away among them. */
export async function silentResets(
  database: Database,
  silentMs: number,
): Promise<Pick<ResetRow, "id" | "file" | "generation">[]> {
  return run(database.pool, "silent_resets", [silentMs]);
}
