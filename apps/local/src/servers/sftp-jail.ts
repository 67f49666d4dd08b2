// Names of the SFTP server: what a client calls /incoming/x is a file below one folder, and no name, nor a link in it, leads out of there.
import { lstat, realpath } from "node:fs/promises";
import { basename, dirname, join, posix, sep } from "node:path";

/** A name that would lead out of the served folder. */
export class OutsideJail extends Error {
  constructor(name: string) {
    super(`${name} is outside the folder that is served`);
    this.name = "OutsideJail";
  }
}

export type Jail = Awaited<ReturnType<typeof openJail>>;

/** A jail over `root`, which must exist. Both lookups throw OutsideJail, or the file system's own error. */
export async function openJail(root: string) {
  const realRoot = await realpath(root);
  const visible = (name: string) => posix.normalize(`/${name.replaceAll("\\", "/")}`).replace(/(.)\/$/, "$1");
  const inside = (path: string, name: string) => {
    if (path !== realRoot && !path.startsWith(realRoot + sep)) throw new OutsideJail(name);
    return path;
  };
  const resolveEntry = async (name: string): Promise<string> => {
    const path = join(realRoot, visible(name));
    // join() keeps the last slash of "/", so the root itself is asked for by its name.
    if (visible(name) === "/") return realRoot;
    return join(inside(await realpath(dirname(path)), name), basename(path));
  };
  return {
    /** The absolute form that clients see: always begins with "/", never holds "..". */
    visible,
    /** The path on disk of the entry itself: only its folder is followed. For lstat, remove, rename. */
    resolveEntry,
    /** The path on disk of something that exists or may be created; links are followed, and must stay inside. */
    resolve: async (name: string): Promise<string> => {
      const path = join(realRoot, visible(name));
      try {
        return inside(await realpath(path), name);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
        const entry = await resolveEntry(name);
        // A link to nowhere also reads as "not there"; creating through it would leave the jail, so its target is looked at.
        const found = await lstat(entry).catch(() => undefined);
        if (found?.isSymbolicLink()) throw new OutsideJail(name);
        return entry;
      }
    },
  };
}
