// Files that we leave in a folder of a partner's server, to be taken there. Each is put there in two steps, first under a name that nobody takes:
// what its sender has not kept on record in between is never taken. The partner moves what it has taken to archive/ below the folder, and what it
// refuses, or rows that it refuses, to error/ or failed/.
import { posix } from "node:path";
import { buffer } from "node:stream/consumers";
import { isPlainFileName } from "@inventory-sync/domain";
import { parse } from "csv-parse/sync";
import { SftpFailure } from "./failure.ts";
import { statOf } from "./look.ts";
import { download, moveFile } from "./remote-files.ts";
import { openSession, type Session, type SessionOptions, type SftpLog } from "./session.ts";

const REFUSED_BYTES_MAX = 16 * 1024 * 1024;

/** Which server, and the folder on it from which files are taken. */
export interface OutboxOptions extends SessionOptions {
  /** Below the base path, unless it begins with a slash. It is not made where it is missing. */
  readonly folder: string;
}

/** Where a file is: not to be taken yet, waiting, taken, refused as a whole, or in none of the known places. */
export type Whereabouts = "staged" | "waiting" | "taken" | "refused" | "gone";

/** A row that was refused, by its column names in small letters. */
export type RefusedRow = Readonly<Record<string, string>>;

/** The folder in one SFTP session. Every method throws SftpFailure when the server fails. */
export type Outbox = ReturnType<typeof outboxIn>;

/** Signs in, does `use`, and ends the session whatever happens. @throws SftpFailure */
export async function withOutbox<T>(
  options: OutboxOptions,
  log: SftpLog,
  use: (outbox: Outbox) => Promise<T>,
): Promise<T> {
  const session = await openSession(options, log);
  try {
    const { folder } = options;
    return await use(outboxIn(session, folder.startsWith("/") ? folder : posix.join(session.basePath, folder)));
  } finally {
    await session.end();
  }
}

function outboxIn(session: Session, folder: string) {
  const at = (...parts: readonly string[]) => posix.join(folder, ...parts);
  const isAt = async (path: string) => (await statOf(session, path)) !== undefined;
  const refusals = (name: string) => [at("error", plain(name)), at("failed", plain(name))];
  return {
    /** Writes a new file that nobody takes yet. What fails half-way has no name under which it would be taken. */
    stage: (name: string, text: string) => stage(session, staged(at(plain(name))), text),
    /** Lets a staged file be taken. */
    release: (name: string) => moveFile(session, staged(at(plain(name))), at(name)),
    find: async (name: string): Promise<Whereabouts> => {
      // In the order in which it goes from one place to the next, so that one on its way is not missed.
      if (await isAt(staged(at(plain(name))))) return "staged";
      if (await isAt(at(name))) return "waiting";
      if (await isAt(at("archive", name))) return "taken";
      for (const path of refusals(name)) if (await isAt(path)) return "refused";
      return "gone";
    },
    /** The rows of a file that stand in error/ or failed/ under its name. @throws SftpFailure also when that cannot be read as CSV */
    refusedRows: async (name: string): Promise<readonly RefusedRow[]> => {
      const rows: RefusedRow[] = [];
      for (const path of refusals(name)) if (await isAt(path)) rows.push(...(await readRows(session, path)));
      return rows;
    },
  };
}

function staged(path: string): string {
  return `${path}.part`;
}

function plain(name: string): string {
  if (isPlainFileName(name)) return name;
  throw new SftpFailure("other", `${JSON.stringify(name)} is no plain file name.`);
}

async function stage(session: Session, path: string, text: string): Promise<void> {
  const bytes = Buffer.from(text);
  await session.request(`write ${path}`, (client) => client.put(bytes, path), session.limits.writeDeadlineMs);
  const size = (await statOf(session, path))?.size;
  if (size !== bytes.length)
    throw new SftpFailure("other", `${path} has ${size ?? 0} of ${bytes.length} bytes on ${session.server}.`);
}

async function readRows(session: Session, path: string): Promise<RefusedRow[]> {
  const bytes = await buffer(download(session, path, REFUSED_BYTES_MAX + 1));
  if (bytes.length > REFUSED_BYTES_MAX)
    throw new SftpFailure("other", `${path} on ${session.server} has more than ${REFUSED_BYTES_MAX} bytes.`);
  const columns = (names: string[]) => names.map((name) => name.trim().toLowerCase());
  try {
    return parse(bytes, { bom: true, columns, relax_column_count: true, skip_empty_lines: true });
  } catch (error) {
    throw new SftpFailure("other", `${path} on ${session.server} cannot be read as CSV.`, { cause: error });
  }
}
