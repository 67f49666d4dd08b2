// Flow 2, steps 1 and 7: what the names in the inbox say. Which files are snapshots, which are still being written,
// which belong to another file, and where files go afterwards.
import { isShowable } from "../showable.ts";

const MANIFEST_ENDING = ".manifest.json";
const SHA256_ENDING = ".sha256";
const REASON_ENDING = ".reason.txt";
const REJECTS_ENDING = ".rejects.csv";
/** Uploads in progress, and files that only tell something about another one. */
const NO_SNAPSHOT_ENDINGS: readonly string[] = [
  ".part",
  ".tmp",
  ".filepart",
  MANIFEST_ENDING,
  SHA256_ENDING,
  REASON_ENDING,
];

/** The names under which a sender may leave the manifest and the hash of a snapshot. */
export function sidecarNames(name: string): { manifest: string; sha256: string } {
  return { manifest: `${name}${MANIFEST_ENDING}`, sha256: `${name}${SHA256_ENDING}` };
}

/**
 * Makes the test for snapshot names out of `SNAPSHOT_GLOB`: patterns separated by commas, `*` for any characters, `?`
 * for one, in any case. Names that begin with a dot, uploads in progress and sidecars are never snapshots.
 */
export function snapshotNameTest(globs: string): (name: string) => boolean {
  const patterns = globs
    .split(",")
    .map((glob) => glob.trim())
    .filter((glob) => glob !== "")
    .map(globPattern);
  return (name) =>
    !name.startsWith(".") &&
    !NO_SNAPSHOT_ENDINGS.some((ending) => name.toLowerCase().endsWith(ending)) &&
    patterns.some((pattern) => pattern.test(name));
}

function globPattern(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*+/g, ".*")
    .replace(/\?/g, ".");
  return new RegExp(`^${source}$`, "isu");
}

/** `archive/YYYY/MM/DD`, below the base path: the folder of files that were applied on a date `YYYY-MM-DD`. */
export function archiveFolder(date: string): string {
  const [year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date)?.slice(1) ?? [];
  if (year === undefined || month === undefined || day === undefined)
    throw new RangeError(`"${date}" is no date YYYY-MM-DD`);
  return `archive/${year}/${month}/${day}`;
}

/** For a name that is taken: `onhand.csv.gz` and `42` give `onhand.42.csv.gz`. The ending stays, so that it can be sent again as it is. */
export function uniqueName(name: string, id: string): string {
  const ending = endingOf(name);
  return `${name.slice(0, name.length - ending.length)}.${safeId(id)}${ending}`;
}

/** The name that a file gets whose own cannot be kept: `badly-named.42.csv.gz`. */
export function replacementName(name: string, id: string): string {
  return `badly-named.${safeId(id)}${endingOf(name)}`;
}

function endingOf(name: string): string {
  return /(?:\.[0-9A-Za-z]{1,4})?(?:\.gz)?$/i.exec(name)?.[0] ?? "";
}

function safeId(id: string): string {
  return id.replace(/[^0-9A-Za-z_-]/g, "-");
}

/** The name in `error/` under which the rejected rows of a snapshot are handed back. */
export function rejectsName(name: string): string {
  return `${name}${REJECTS_ENDING}`;
}

/** The name in `rejected/` of the text that says why a file was refused. */
export function reasonName(name: string): string {
  return `${name}${REASON_ENDING}`;
}

/** A file system takes 255; what is left is for a reset's id and the endings of what lies beside the file. */
const NAME_BYTES_MAX = 200;

/** Says whether a name is one file name and no path: no folder, no `..`. */
export function isOneFileName(name: string): boolean {
  return name !== "" && name !== "." && name !== ".." && !/[/\\]/.test(name);
}

/** What stands for bytes that are no UTF-8. With it the file can be neither opened nor moved: its real name is not known. */
const UNREAD = "\u{fffd}";

/** Why a file of this name is not taken, as the end of a sentence about it; undefined when it is. */
export function nameFault(name: string): string | undefined {
  if (!isOneFileName(name)) return "is a path";
  const bytes = new TextEncoder().encode(name).length;
  if (bytes > NAME_BYTES_MAX) return `has ${bytes} bytes, and at most ${NAME_BYTES_MAX} are taken`;
  if (name.includes(UNREAD)) return "is not written in UTF-8";
  return isShowable(name) ? undefined : "holds characters that nobody sees";
}

/** Says whether a name is one plain file name: no folder, no `..`, nothing that is not seen, at most 200 bytes. */
export function isPlainFileName(name: string): boolean {
  return nameFault(name) === undefined;
}
