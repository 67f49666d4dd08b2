// A file as it would be read by the mapping of its source, for people: its first rows, why others would not be taken, when it would count
// as true. Nothing is changed by it. Of a file that waits on a server only the beginning is fetched.
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import {
  FileRefused,
  type FormSettings,
  fileAsOf,
  PLAIN_MAPPING,
  type SnapshotMapping,
  shownShort,
} from "@inventory-sync/domain";
import { type FilePreview, type PreviewedRow, previewFile, type Source } from "@inventory-sync/sftp";
import { NotFound } from "./refusals.ts";
import type { WithInbox } from "./sources.ts";

/** So much of a waiting file is fetched to be looked at. */
const TRIED_BYTES_MAX = 256 * 1024;
const CELL_CHARACTERS_SHOWN_MAX = 40;

/** The beginning of a file as it would be read. */
export interface Tried extends FilePreview {
  readonly file: string;
  /** Whether only its first 256 kB were looked at. */
  readonly isCut: boolean;
  /** When its counts would be true, as ISO in UTC, and by what; null where it would be refused for it, or its rows have a time each. */
  readonly asOf: string | null;
  readonly asOfFrom: string | null;
  /** What to know, or to doubt, about that time; or why the file would be refused for it. */
  readonly asOfNote: string | null;
}

/** How a file is to be tried: by the mapping of its source, or by one that is being made. */
export interface Trying {
  readonly source: Pick<Source, "name" | "schedule" | "mapping">;
  readonly mapping?: SnapshotMapping | undefined;
  /** What holds where the mapping says nothing: the worker's settings. */
  readonly settings: FormSettings;
  readonly now: Date;
}

/** Reads the beginning of a local file as the source would. A sidecar that may come with it is not looked at. */
export async function tryFile(
  path: string,
  file: { readonly name: string; readonly modifiedAtMs: number; readonly isCut?: boolean },
  { source, mapping = source.mapping ?? PLAIN_MAPPING, settings, now }: Trying,
): Promise<Tried> {
  const preview = await previewFile(path, mapping, { settings, nowMs: now.getTime() });
  const trueAt = whenTrue(preview, file, { source, mapping, settings, now });
  return { ...preview, file: file.name, isCut: file.isCut ?? false, ...trueAt };
}

/**
 * Fetches the beginning of a file that waits in the source's incoming/, and reads it as the source would.
 * @throws NotFound when it does not wait there; SftpFailure
 */
export async function tryWaiting(withInbox: WithInbox, name: string, trying: Trying): Promise<Tried> {
  const folder = await mkdtemp(join(tmpdir(), "inventory-sync-try-"));
  try {
    const path = join(folder, "beginning");
    const file = await withInbox(async (inbox) => {
      const found = (await inbox.list()).find((waiting) => waiting.name === name);
      if (!found) throw new NotFound("file", `No file ${name} waits in incoming/ of source ${trying.source.name}.`);
      const beginning = { ...found, size: Math.min(found.size, TRIED_BYTES_MAX) };
      await pipeline(inbox.open(beginning), createWriteStream(path, { flags: "wx" }));
      return { ...found, isCut: found.size > TRIED_BYTES_MAX };
    }, trying.source.name);
    return await tryFile(path, file, trying);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function whenTrue(
  { columns }: FilePreview,
  { name, modifiedAtMs }: { readonly name: string; readonly modifiedAtMs: number },
  { source, mapping, now }: Trying & { readonly mapping: SnapshotMapping },
): Pick<Tried, "asOf" | "asOfFrom" | "asOfNote"> {
  try {
    const { asOf, asOfFrom, note } = fileAsOf({
      ...{ name, modifiedAtMs, manifestAsOf: undefined, nowMs: now.getTime(), nameStamp: mapping.nameStamp },
      timeZone: source.schedule.timeZone,
    });
    const rowsCarryAsOf = columns.some(({ field }) => field === "asOf");
    return { asOf, asOfFrom: rowsCarryAsOf ? "row" : asOfFrom, asOfNote: note };
  } catch (error) {
    if (!(error instanceof FileRefused)) throw error;
    return { asOf: null, asOfFrom: null, asOfNote: error.message };
  }
}

/** What a row would be, in words: "counted", "left out: …", "rejected: BAD_QUANTITY …". */
export function triedRowText({ rejected, leftOut }: PreviewedRow): string {
  if (leftOut === "not-stocked") return "left out: it says that the product is not stocked";
  if (leftOut === "nothing") return "left out: it says nothing, or is the header again";
  return rejected === null ? "counted" : `rejected: ${rejected.code}, ${rejected.reason}`;
}

/** What is to be known of the file as a whole, a sentence or two each, the gravest first; none when all is plain. */
export function triedNotes(tried: Tried): string[] {
  const { refused, proposedEncoding, nearMisses, doubts, asOfNote, isCut } = tried;
  const isIgnored = (name: string) => tried.columns.some((each) => each.name === name.trim() && each.field === null);
  const near = nearMisses
    .filter(({ column }) => isIgnored(column))
    .map(({ column, known, field }) => {
      const shown = shownShort(column, CELL_CHARACTERS_SHOWN_MAX);
      return `The column "${shown}" is nearly "${known}" (${field}); name it in the mapping if it is meant.`;
    });
  return [
    ...(refused === null ? [] : [`The file would be refused: ${refused.code}. ${refused.message}`]),
    ...(proposedEncoding === null ? [] : [`It is not UTF-8. Try the encoding ${proposedEncoding}.`]),
    ...doubts,
    ...(asOfNote === null ? [] : [asOfNote]),
    ...near,
    ...(isCut ? ["Only the first 256 kB of the file were looked at."] : []),
  ];
}

/** By what the time of its counts is known. */
const TIME_FROM: Readonly<Record<string, string>> = {
  row: "the time in its rows, and where one has none the file's",
  name: "the time in its name",
  mtime: "its modification time",
};

/** By what the time of its counts is known, in words. */
export function triedTimeText({ asOfFrom }: Pick<Tried, "asOfFrom">): string {
  return TIME_FROM[asOfFrom ?? ""] ?? "";
}

/** What each column is read for, in words: "2 store: facility", "3 note: ignored". */
export function triedColumns({ columns }: Pick<Tried, "columns">): { used: string[]; ignored: string[] } {
  const [used, ignored]: [string[], string[]] = [[], []];
  for (const [index, { name, field }] of columns.entries()) {
    const named = `${index + 1} ${shownShort(name, CELL_CHARACTERS_SHOWN_MAX)}`;
    if (field === null) ignored.push(named);
    else used.push(`${named}: ${field}`);
  }
  return { used, ignored };
}
