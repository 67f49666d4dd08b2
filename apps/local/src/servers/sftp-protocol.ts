// The private SFTP server's translations between the protocol and the file system: attributes and listings, flags and names of requests,
// and what an error means.
import { constants, type Stats } from "node:fs";
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import ssh2, { type Attributes, type FileEntry } from "ssh2";
import { OutsideJail } from "./sftp-jail.ts";

const { OPEN_MODE, STATUS_CODE } = ssh2.utils.sftp;

/** For answers that are only about a name. */
export const emptyAttributes: Attributes = { mode: 0, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 };

/** What stat(2) says, in the protocol's fields: times in whole seconds. */
export function attributes({ mode, uid, gid, size, atimeMs, mtimeMs }: Stats): Attributes {
  return { mode, uid, gid, size, atime: Math.floor(atimeMs / 1000), mtime: Math.floor(mtimeMs / 1000) };
}

/** The entries of those names that are still there, as READDIR answers them. */
export async function listed(folder: string, names: readonly string[]): Promise<FileEntry[]> {
  const entries = await Promise.all(
    names.map(async (filename) => {
      const found = await lstat(join(folder, filename)).catch(() => undefined);
      return found && { filename, longname: longName(filename, found), attrs: attributes(found) };
    }),
  );
  return entries.filter((entry) => entry !== undefined);
}

/** The line `ls -l` shows for it. */
function longName(name: string, found: Stats): string {
  const kind = found.isDirectory() ? "d" : found.isSymbolicLink() ? "l" : "-";
  const rights = [..."rwxrwxrwx"].map((letter, bit) => ((found.mode >> (8 - bit)) & 1 ? letter : "-")).join("");
  const time = found.mtime.toISOString().slice(0, 16).replace("T", " ");
  return `${kind}${rights} 1 ${found.uid} ${found.gid} ${String(found.size).padStart(12)} ${time} ${name}`;
}

const CREATION = [
  { asked: OPEN_MODE.CREAT, flag: constants.O_CREAT },
  { asked: OPEN_MODE.EXCL, flag: constants.O_EXCL },
  { asked: OPEN_MODE.TRUNC, flag: constants.O_TRUNC },
  { asked: OPEN_MODE.APPEND, flag: constants.O_APPEND },
];

/** The protocol's flags as open(2) takes them. */
export function openFlags(flags: number): number {
  const has = (flag: number) => (flags & flag) !== 0;
  const writing = has(OPEN_MODE.READ) ? constants.O_RDWR : constants.O_WRONLY;
  const access = has(OPEN_MODE.WRITE) ? writing : constants.O_RDONLY;
  return CREATION.reduce((all, { asked, flag }) => (has(asked) ? all | flag : all), access);
}

/** The two names that an extended request to rename carries. */
export function twoStrings(data: Buffer): [string, string] {
  const firstEnd = 4 + data.readUInt32BE(0);
  const secondEnd = firstEnd + 4 + data.readUInt32BE(firstEnd);
  return [data.toString("utf8", 4, firstEnd), data.toString("utf8", firstEnd + 4, secondEnd)];
}

const { NO_SUCH_FILE, PERMISSION_DENIED, FAILURE } = STATUS_CODE;
/** What the file system's errors mean. Its own texts name the path on disk, which clients need not know. */
const meanings: Readonly<Record<string, readonly [number, string]>> = {
  ENOENT: [NO_SUCH_FILE, "no such file"],
  ENOTDIR: [NO_SUCH_FILE, "no such file"],
  EEXIST: [FAILURE, "the name exists already"],
  ENOTEMPTY: [FAILURE, "the folder is not empty"],
  EISDIR: [FAILURE, "it is a folder"],
  EACCES: [PERMISSION_DENIED, "permission denied"],
  EPERM: [PERMISSION_DENIED, "permission denied"],
  EROFS: [PERMISSION_DENIED, "permission denied"],
  ENAMETOOLONG: [FAILURE, "the name is too long"],
  EFBIG: [FAILURE, "the file would be too large"],
  ENOSPC: [FAILURE, "the disk is full"],
  EMFILE: [FAILURE, "too many files are open"],
  ELOOP: [FAILURE, "too many links"],
};

/** The protocol's number for an error, and what to tell a client about it. */
export function failureOf(error: unknown): readonly [number, string] {
  if (error instanceof OutsideJail) return [PERMISSION_DENIED, error.message];
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined) return meanings[code] ?? [FAILURE, `it failed (${code})`];
  return [FAILURE, error instanceof Error ? error.message : "it failed"];
}
