// Flow 2, steps 1 and 2: the folders on the SFTP server, what waits in incoming/, and where files go afterwards. Nothing is ever
// deleted or overwritten there except our own reports; every step can be repeated after a crash. There is one session a use, always
// ended: no pool and no retry; a job that fails is retried by the queue, with a new session.
import { randomUUID } from "node:crypto";
import { posix } from "node:path";
import type { Readable } from "node:stream";
import {
  archiveFolder,
  isPlainFileName,
  type Manifest,
  readManifest,
  readSha256Sidecar,
  reasonName,
  rejectsName,
  sidecarNames,
  snapshotNameTest,
  uniqueName,
} from "@inventory-sync/domain";
import { bringBack, hasChanged, type TakenFile } from "./bring-back.ts";
import { SftpFailure, shownName } from "./failure.ts";
import { type InboxFile, type Moved, moveAway, type RefusedName, refuseNames } from "./leave-incoming.ts";
import { type RemoteStat, statOf } from "./look.ts";
import { download, ensureFolder, readSidecar, upload, writeText } from "./remote-files.ts";
import { openSession, type SessionOptions, type SftpLog } from "./session.ts";
import { besideText, type Found, lookIntoIncoming, type WaitingSnapshot } from "./waiting.ts";

const SNAPSHOT_GLOB = "*.csv,*.csv.gz,*.txt";
const FOLDERS: readonly string[] = ["incoming", "archive", "rejected", "error"];

/** The server, and which of its files are looked at. */
export interface InboxOptions extends SessionOptions {
  /** Default: `*.csv,*.csv.gz,*.txt`. */
  readonly snapshotGlob?: string | undefined;
}

/** What a sender said about a whole file, in its sidecars. */
export interface Sidecars {
  readonly manifest?: Manifest;
  /** From `<name>.sha256`, 64 lower-case hexadecimal digits. */
  readonly sha256?: string;
}

/** The folders of one SFTP session. Every method throws SftpFailure when the server fails. */
export type Inbox = Omit<Awaited<ReturnType<typeof connectInbox>>, "close">;

/** Signs in, does `use`, and ends the session whatever happens. */
export async function withInbox<T>(options: InboxOptions, log: SftpLog, use: (inbox: Inbox) => Promise<T>): Promise<T> {
  const inbox = await connectInbox(options, log);
  try {
    return await use(inbox);
  } finally {
    await inbox.close();
  }
}

/** Signs in. The inbox must be closed. @throws SftpFailure: host-key, auth, unreachable or deadline */
export async function connectInbox(options: InboxOptions, log: SftpLog) {
  const session = await openSession(options, log);
  const { basePath } = session;
  const isSnapshot = snapshotNameTest(options.snapshotGlob ?? SNAPSHOT_GLOB);
  const place = { session, log, basePath };
  const at = (...parts: readonly string[]): string => posix.join(basePath, ...parts);
  const incoming = (name: string): string => at("incoming", plainName(name));
  /** Makes incoming/, archive/, rejected/ and error/ where they are missing. */
  const ensureFolders = async (): Promise<void> => {
    for (const folder of FOLDERS) await ensureFolder(session, at(folder));
  };
  const look = (): Promise<Found> => lookIntoIncoming(place, isSnapshot, ensureFolders);
  return {
    ensureFolders,
    /** What lies in incoming/, in one look. One that is missing is made. */
    look,
    list: async (): Promise<readonly WaitingSnapshot[]> => (await look()).waiting,
    /** Moves badly named files to rejected/ under names of ours, with the reason beside each; of very many the first hundred. */
    refuseNames: (files: readonly InboxFile[], record: (refused: RefusedName) => Promise<void>): Promise<void> =>
      refuseNames(place, files, record),
    /** One file of incoming/ as it stands now, or undefined. */
    stat: async (name: string): Promise<InboxFile | undefined> => {
      const found = await statOf(session, incoming(name));
      return found && { name, ...found };
    },
    /** What lies beside a snapshot now, told as a look tells it. */
    sidecarsSeen: async (name: string): Promise<string> => {
      const stats = new Map<string, RemoteStat>();
      for (const sidecar of Object.values(sidecarNames(plainName(name)))) {
        const found = await statOf(session, at("incoming", sidecar));
        if (found) stats.set(sidecar, found);
      }
      return besideText(name, stats);
    },
    /** The manifest and the hash that lie beside a snapshot, if any. @throws FileRefused BAD_MANIFEST */
    readSidecars: async (name: string): Promise<Sidecars> => {
      const names = sidecarNames(plainName(name));
      const manifest = await readSidecar(session, at("incoming", names.manifest));
      const sha256 = await readSidecar(session, at("incoming", names.sha256));
      return {
        ...(manifest === undefined ? {} : { manifest: readManifest(manifest, names.manifest) }),
        ...(sha256 === undefined ? {} : { sha256: readSha256Sidecar(sha256, name) }),
      };
    },
    /**
     * Puts a new file into incoming/, which is there once it is whole.
     * @returns false, with nothing written, when a file of that name waits already or its name is not one of a snapshot
     */
    put: async (name: string, content: Readable): Promise<boolean> => {
      const path = incoming(name);
      if (!isSnapshot(name) || (await statOf(session, path)) !== undefined) return false;
      await ensureFolder(session, at("incoming"));
      await upload(session, { path, unfinished: at("incoming", `.${randomUUID()}.part`) }, content);
      return true;
    },
    /** The bytes of a file, up to the size it was listed with. The stream fails when none come for a while. */
    open: (file: InboxFile): Readable => download(session, incoming(file.name), file.size),
    /** Moves an applied file and its sidecars to archive/YYYY/MM/DD; `date` is YYYY-MM-DD. Repeating it is a success. */
    archive: async (file: InboxFile, { resetId, date }: { resetId: string; date: string }): Promise<Moved> => {
      const names = [plainName(file.name), uniqueName(file.name, resetId)] as const;
      return moveAway(place, file, { folder: archiveFolder(date), names });
    },
    /** Moves a refused file and its sidecars to rejected/ and writes why beside it. `id` makes the name unique where it is taken. */
    reject: async (file: InboxFile, { reason, id }: { reason: string; id: string }): Promise<Moved> => {
      const names = [plainName(file.name), uniqueName(file.name, id)] as const;
      const moved = await moveAway(place, file, { folder: "rejected", names });
      await writeText(session, reasonName(at(moved.path)), [`${reason}\n`]);
      return moved;
    },
    /** Whether a file that was put away at `path`, below the base path, has other bytes than the one that was taken. */
    hasChanged: (path: string, how: { taken: TakenFile; thoroughly: boolean }): Promise<boolean> =>
      hasChanged(place, path, how),
    /** Moves a file that was put away back to incoming/, under its name or one made of `resetId`; undefined when it is gone. */
    bringBack: (path: string, { name, resetId }: { name: string; resetId: string }): Promise<InboxFile | undefined> =>
      bringBack(place, path, [plainName(name), uniqueName(name, resetId)]),
    /**
     * Writes `error/<name>.rejects.csv`, replacing an older one of the same name. Returns its path below the base path.
     * @param id makes the name unique: for rows that come late, and must not take the place of newer ones
     */
    writeError: async (name: string, content: Iterable<string>, id?: string): Promise<string> => {
      const plain = plainName(name);
      const path = posix.join("error", rejectsName(id === undefined ? plain : uniqueName(plain, id)));
      await ensureFolder(session, at("error"));
      await writeText(session, at(path), content);
      return path;
    },
    /** Writes a file of ours into incoming/, under a name that nobody else uses, and gives it as it is there. */
    writeIncoming: async (name: string, content: Iterable<string>): Promise<InboxFile> => {
      await ensureFolders();
      await writeText(session, incoming(name), content);
      const found = await statOf(session, incoming(name));
      if (!found) throw new SftpFailure("not-found", `${name} is gone from incoming/ right after it was put there.`);
      return { name, ...found };
    },
    /** Ends the session; never throws and never hangs. */
    close: (): Promise<void> => session.end(),
  };
}

function plainName(name: string): string {
  if (isPlainFileName(name)) return name;
  throw new SftpFailure(
    "other",
    `${JSON.stringify(shownName(name))} is no plain file name: it must not hold folders, ".." or characters that nobody sees, and has at most 200 bytes.`,
  );
}
