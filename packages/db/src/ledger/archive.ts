// The archive of the ledger: old movements of a facility in files of one month each, an opening row for each level in their place. A file
// is on disk and read back before the one transaction that takes its movements out; what is killed between the two leaves a file that
// nobody points to, and the next run writes it anew.
import { createHash } from "node:crypto";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import type pg from "pg";
import { type Database, transactionOnce } from "../database.ts";
import { lockFacility } from "../locks.ts";
import { columns, first, only, type Queryable, run } from "../statements.ts";

/** Movements of one file at most: they are taken out in one transaction, under the facility's lock. */
export const ARCHIVE_ROWS_MAX = 10_000;

export interface ArchiveOptions {
  readonly folder: string;
  readonly lockWaitMsMax: number;
}

/** A file of the archive, as the database has noted it. */
export interface ArchiveFile {
  readonly facility: number;
  readonly facilityId: string;
  readonly month: string;
  readonly part: number;
  /** Below the archive's folder. */
  readonly file: string;
  readonly sha256: string;
  readonly rows: number;
  /** Sum of the effects, as decimal text. */
  readonly effect: string;
}

/** A file of the archive is not what was written; the message says which, and how. */
export class ArchiveDamaged extends Error {
  override readonly name = "ArchiveDamaged";
}

/**
 * Moves the next movements of a facility to a file: those of one month, at most 10,000. Returns how many; 0 when there are none left.
 * @param before what happened or was recorded at or after this time stays
 * @throws SQLSTATE 55P03 when the lock could not be had in time; ArchiveDamaged when the file cannot be read back: nothing was changed then
 */
export async function archiveNext(
  database: Database,
  { facility, facilityId, before }: { readonly facility: number; readonly facilityId: string; readonly before: Date },
  { folder, lockWaitMsMax, rowsMax = ARCHIVE_ROWS_MAX }: ArchiveOptions & { readonly rowsMax?: number },
): Promise<number> {
  return transactionOnce(database.pool, async (client) => {
    await lockFacility(client, { facility, lockWaitMsMax, plans: "any" });
    const { month, due } = await nextDue(client, { facility, before, rowsMax });
    if (due.length === 0) return 0;
    const { part } = await only<{ part: number }>(client, "next_archive_part", [facility, month]);
    const written = await writeFile(folder, {
      file: `${encodeURIComponent(facilityId).replaceAll(".", "%2E")}/${month}.${part}.jsonl.gz`,
      lines: due.map(({ record }) => record),
    });
    await takeOut(client, facility, due);
    const until = new Date(Math.max(...due.map(({ countsAt }) => countsAt.getTime())));
    const { file, sha256, rows, effect } = written;
    await run(client, "record_archive", [facility, month, part, file, sha256, rows, effect, until]);
    return due.length;
  });
}

interface Due {
  readonly eventId: string;
  readonly line: number;
  readonly countsAt: Date;
  readonly record: string;
}

/** What is due of the first month that has anything: month by month, so that a file costs what its month has, and not what the ledger has. */
async function nextDue(
  client: Queryable,
  { facility, before, rowsMax }: { readonly facility: number; readonly before: Date; readonly rowsMax: number },
): Promise<{ readonly month: string; readonly due: readonly Due[] }> {
  type Month = { readonly start: Date | null; readonly end: Date | null };
  let from: Date | null = null;
  for (;;) {
    const [found]: Month[] = await run<Month>(client, "next_ledger_month", [facility, from, before]);
    if (!found?.start || !found.end) return { month: "", due: [] };
    const due = await run<Due>(client, "archivable_movements", [facility, before, rowsMax, found.start, found.end]);
    if (due.length > 0) return { month: found.start.toISOString().slice(0, "2026-01".length), due };
    from = found.end;
  }
}

interface Opening {
  readonly product: number;
  readonly effect: string;
  readonly seq: string;
  readonly occurredAt: Date;
  readonly recordedAt: Date;
}

async function takeOut(
  client: pg.PoolClient,
  facility: number,
  due: readonly { readonly eventId: string; readonly line: number }[],
): Promise<void> {
  const values = [facility, ...columns(due, "eventId", "line")];
  const taken = await run<Opening & { taken: number }>(client, "take_archived", values);
  const count = taken.reduce((sum, each) => sum + each.taken, 0);
  if (count !== due.length) throw new Error(`${count} of ${due.length} archived movements were in the ledger`);
  await writeOpenings(client, facility, taken);
}

async function writeOpenings(client: Queryable, facility: number, openings: readonly Opening[]): Promise<void> {
  const values = [facility, ...columns(openings, "product", "effect", "seq", "occurredAt", "recordedAt")];
  await run(client, "raise_openings", values);
}

/** The files whose movements are not in the ledger, in the order in which they are put back. @param facility facility.id, null for all */
export function listArchives(on: Queryable, facility: number | null): Promise<ArchiveFile[]> {
  return run<ArchiveFile>(on, "list_archives", [facility]);
}

/** Reads a file of the archive and returns its rows as JSON. @throws ArchiveDamaged when it is not what was written */
export async function readArchive(folder: string, noted: ArchiveFile): Promise<string[]> {
  const content = await readFile(join(folder, noted.file)).catch((error: NodeJS.ErrnoException) => {
    throw new ArchiveDamaged(`${noted.file} cannot be read: ${error.code ?? error.message}`);
  });
  const sha256 = digestOf(content);
  if (sha256 !== noted.sha256)
    throw new ArchiveDamaged(`${noted.file} has changed: its SHA-256 is ${sha256}, and was ${noted.sha256}`);
  const lines = (await promisify(gunzip)(content)).toString("utf8").trimEnd().split("\n");
  const found = { rows: lines.length, effect: sumOf(lines) };
  if (found.rows !== noted.rows || found.effect !== tenThousandths(noted.effect))
    throw new ArchiveDamaged(`${noted.file} has ${found.rows} rows of ${noted.rows}, or other effects than were noted`);
  return lines;
}

/**
 * Puts the movements of a file back as they were; with the facility's last file its archive ends. Returns how many; 0 when another run
 * has put them back meanwhile.
 * @throws ArchiveDamaged; SQLSTATE 55P03 when the lock could not be had in time: nothing was changed then
 */
export async function restoreArchive(
  database: Database,
  noted: ArchiveFile,
  { folder, lockWaitMsMax }: ArchiveOptions,
): Promise<number> {
  const lines = await readArchive(folder, noted);
  const { facility, month, part } = noted;
  return transactionOnce(database.pool, async (client) => {
    await lockFacility(client, { facility, lockWaitMsMax, plans: "any" });
    const rows = `[${lines.join(",")}]`;
    const lowered = await run<Opening & { put: number }>(client, "put_back", [facility, month, part, rows]);
    await writeOpenings(client, facility, lowered);
    const ended = await first<{ unequal: number }>(client, "end_archive", [facility]);
    if (ended && ended.unequal > 0)
      throw new Error(`${ended.unequal} opening rows are not the sum of what was archived`);
    return lowered[0]?.put ?? 0;
  });
}

/** Writes a file under another name, makes it durable, gives it its name, and reads it back. */
async function writeFile(
  folder: string,
  { file, lines }: { readonly file: string; readonly lines: readonly string[] },
): Promise<Pick<ArchiveFile, "file" | "sha256" | "rows" | "effect">> {
  const content = await promisify(gzip)(`${lines.join("\n")}\n`);
  const path = join(folder, file);
  const temporary = `${path}.${process.pid}.part`;
  await mkdir(dirname(path), { recursive: true });
  await synced(temporary, "w", (handle) => handle.writeFile(content));
  await rename(temporary, path);
  for (const directory of [dirname(path), folder]) await synced(directory, "r");
  const noted = { file, sha256: digestOf(content), rows: lines.length, effect: decimalOf(sumOf(lines)) };
  const back = await readArchive(folder, { facility: 0, facilityId: "", month: "", part: 0, ...noted });
  if (back.some((line, at) => line !== lines[at])) throw new ArchiveDamaged(`${file} was not written as it should be`);
  return noted;
}

async function synced(
  path: string,
  flags: string,
  use?: (handle: Awaited<ReturnType<typeof open>>) => Promise<void>,
): Promise<void> {
  const handle = await open(path, flags);
  try {
    await use?.(handle);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function digestOf(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

/** Effects have four decimals. */
function tenThousandths(effect: string): bigint {
  return BigInt(effect.replace(".", ""));
}

function decimalOf(tenThousandths: bigint): string {
  const digits = String(tenThousandths).replace("-", "").padStart(5, "0");
  return `${tenThousandths < 0n ? "-" : ""}${digits.slice(0, -4)}.${digits.slice(-4)}`;
}

/** The sum of the effects, in ten-thousandths. PostgreSQL writes each with four decimals, and quotes inside texts with a backslash. */
function sumOf(lines: readonly string[]): bigint {
  return lines.reduce((sum, line) => {
    const effect = /[,{]"effect":(-?\d+\.\d{4})[,}]/.exec(line)?.[1];
    if (effect === undefined) throw new ArchiveDamaged("a row has no effect");
    return sum + tenThousandths(effect);
  }, 0n);
}

/** The facilities that may have something to archive: facility.id and the outside id. */
export function archivingFacilities(on: Queryable): Promise<{ readonly id: number; readonly facilityId: string }[]> {
  return run(on, "archiving_facilities");
}
