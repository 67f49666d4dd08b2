// What the private SFTP server says about files: attributes, and the lines of a listing.
import type { Stats } from "node:fs";
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import type { Attributes, FileEntry } from "ssh2";

/** For answers that are only about a name. */
export const emptyAttributes: Attributes = { mode: 0, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 };

/** The entries of those names that are still there, as READDIR answers them. */
export async function listed(folder: string, names: readonly string[]): Promise<FileEntry[]> {
  const entries = await Promise.all(
    names.map(async (filename) => {
      const found = await lstat(join(folder, filename)).catch(() => undefined);
      if (!found) return undefined;
      const attrs = attributes(found);
      return { filename, longname: longName(filename, found), attrs };
    }),
  );
  return entries.filter((entry) => entry !== undefined);
}

/** The line `ls -l` shows for it. */
function longName(name: string, found: Stats): string {
  const kind = found.isDirectory() ? "d" : found.isSymbolicLink() ? "l" : "-";
  const rights = [6, 3, 0].map((shift) =>
    ["r", "w", "x"].map((letter, bit) => ((found.mode >> (shift + 2 - bit)) & 1 ? letter : "-")).join(""),
  );
  const time = found.mtime.toISOString().slice(0, 16).replace("T", " ");
  return `${kind}${rights.join("")} 1 ${found.uid} ${found.gid} ${String(found.size).padStart(12)} ${time} ${name}`;
}

/** What stat(2) says, in the protocol's fields: times in whole seconds. */
export function attributes(found: Stats): Attributes {
  const seconds = (ms: number) => Math.floor(ms / 1000);
  return {
    ...{ mode: found.mode, uid: found.uid, gid: found.gid, size: found.size },
    ...{ atime: seconds(found.atimeMs), mtime: seconds(found.mtimeMs) },
  };
}
