// What lies on a server, as it says it. Two things are not taken for granted: that a server which answers "failure" means "not
// there" (some say so of every missing path, others when something went wrong), and that each entry of a folder has all its fields.
import { posix } from "node:path";
import { FAILURE, SftpFailure } from "./failure.ts";
import type { Attributes, Entry, Session } from "./session.ts";

/** What is known of a remote file or folder. SFTP tells times to the second. */
export interface RemoteStat {
  readonly size: number;
  readonly modifiedAtMs: number;
}

export interface RemoteEntry {
  readonly name: string;
  readonly isFile: boolean;
  /** Undefined where the server tells no size or no time of it. */
  readonly stat: RemoteStat | undefined;
}

const FILE_TYPE_MASK = 0o170000;
const REGULAR_FILE = 0o100000;

/**
 * Looks at a path; undefined when nothing is there. That is so when the server says "no such file", or when it says "failure" and
 * the folder's list does not have the name: what is listed and cannot be looked at is a failure.
 * @throws SftpFailure
 */
export async function statOf(session: Session, path: string): Promise<RemoteStat | undefined> {
  try {
    const found = await session.ask<Attributes>(`look at ${path}`, (files, done) => files.stat(path, done));
    return remoteStat(found) ?? { size: found.size ?? 0, modifiedAtMs: 0 };
  } catch (error) {
    if (!(error instanceof SftpFailure)) throw error;
    if (error.kind === "not-found") return undefined;
    if (error.status === FAILURE && !(await isListed(session, path))) return undefined;
    throw error;
  }
}

/** Lists a folder. @throws SftpFailure "not-found" when it is missing, whichever way the server says so */
export async function listFolder(session: Session, path: string): Promise<RemoteEntry[]> {
  const entries = await list(session, path).catch(async (error: unknown) => {
    if (!(error instanceof SftpFailure) || error.status !== FAILURE || (await statOf(session, path))) throw error;
    throw new SftpFailure("not-found", error.message, { cause: error });
  });
  return entries.map(({ filename, longname, attrs }) => ({
    name: filename,
    isFile: isFile(attrs.mode, longname ?? ""),
    stat: remoteStat(attrs),
  }));
}

function list(session: Session, path: string) {
  return session.ask<readonly Entry[]>(`list ${path}`, (files, done) => files.readdir(path, done));
}

/** Whether the folder above has it. One that is missing itself has nothing; the topmost one is always there. */
async function isListed(session: Session, path: string): Promise<boolean> {
  const above = posix.dirname(path);
  if (above === path) return true;
  try {
    return (await list(session, above)).some(({ filename }) => filename === posix.basename(path));
  } catch (error) {
    if (!(error instanceof SftpFailure)) throw error;
    if (error.kind === "not-found") return false;
    if (error.status === FAILURE && !(await isListed(session, above))) return false;
    throw error;
  }
}

function remoteStat({ size, mtime }: Attributes): RemoteStat | undefined {
  return size === undefined || mtime === undefined ? undefined : { size, modifiedAtMs: mtime * 1_000 };
}

/** By the mode where it is told, else by the line that is meant for people; an entry of which nothing is known may be a file. */
function isFile(mode: number | undefined, line: string): boolean {
  if (mode !== undefined && (mode & FILE_TYPE_MASK) !== 0) return (mode & FILE_TYPE_MASK) === REGULAR_FILE;
  return !/^[dl]|<DIR>/.test(line);
}
