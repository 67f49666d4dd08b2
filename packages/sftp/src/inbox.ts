// Flow 2, the folders on the SFTP server: what waits in incoming/, and where files go afterwards. Nothing is ever
// deleted or overwritten there except our own reports; every step can be repeated after a crash.
import { posix } from "node:path";
import type { Readable } from "node:stream";
import {
  archivePlace,
  isOneFileName,
  isPlainFileName,
  readManifest,
  readSha256Sidecar,
  reasonName,
  rejectsName,
  sidecarNames,
  uniqueName,
} from "@inventory-sync/domain";
import { SftpFailure, shownName } from "./failure.ts";
import type { Found, InboxFile, Moved, RefusedName, Sidecars, WaitingSnapshot } from "./inbox-files.ts";
import { moveAway } from "./move-away.ts";
import { refuseNames } from "./refuse-names.ts";
import { download, ensureFolder, type RemoteStat, readSidecar, statOf, writeText } from "./remote-files.ts";
import type { Session, SftpLog } from "./session.ts";

const FOLDERS: readonly string[] = ["incoming", "archive", "rejected", "error"];

/** The folders of one SFTP session. Every method throws SftpFailure when the server fails. */
export interface Inbox {
  /** Makes incoming/, archive/, rejected/ and error/ where they are missing. */
  ensureFolders(): Promise<void>;
  /** The waiting snapshots, oldest first, those of the same second by name. An incoming/ that is missing is made. */
  list(): Promise<readonly WaitingSnapshot[]>;
  /** The same, with what else was found there, in one look. */
  look(): Promise<Found>;
  /**
   * Moves badly named files to rejected/ under names of ours, with the reason beside each; of very many the first hundred. One
   * that cannot be moved stays and is told in the log.
   */
  refuseNames(files: readonly InboxFile[]): Promise<readonly RefusedName[]>;
  /** One file of incoming/ as it stands now, or undefined. */
  stat(name: string): Promise<InboxFile | undefined>;
  /** What lies beside a snapshot now, told as a look tells it. */
  sidecarsSeen(name: string): Promise<string>;
  /** The manifest and the hash that lie beside a snapshot, if any. @throws FileRefused BAD_MANIFEST */
  readSidecars(name: string): Promise<Sidecars>;
  /** The bytes of a file, up to the size it was listed with. The stream fails when none come for a while. */
  open(file: InboxFile): Readable;
  /** Moves an applied file and its sidecars to archive/YYYY/MM/DD; `date` is YYYY-MM-DD. Repeating it is a success. */
  archive(file: InboxFile, to: { resetId: string; date: string }): Promise<Moved>;
  /** Moves a refused file and its sidecars to rejected/ and writes why beside it. `id` makes the name unique where it is taken. */
  reject(file: InboxFile, why: { reason: string; id: string }): Promise<Moved>;
  /** Writes `error/<name>.rejects.csv`, replacing an older one of the same name. Returns its path below the base path. */
  writeError(name: string, content: string | Iterable<string> | AsyncIterable<string>): Promise<string>;
}

interface InboxPlace {
  /** On the server; absolute, or "." for where the account begins. */
  readonly basePath: string;
  /** Tells by name which files of incoming/ are looked at. */
  readonly isSnapshot: (name: string) => boolean;
}

/** The inbox of a session. */
export function openInbox(session: Session, { basePath, isSnapshot }: InboxPlace, log: SftpLog): Inbox {
  const at = (...parts: readonly string[]): string => posix.join(basePath, ...parts);
  const incoming = (name: string): string => at("incoming", plainName(name));
  const ensureFolders = async (): Promise<void> => {
    for (const folder of FOLDERS) await ensureFolder(session, at(folder));
  };
  const look = async (): Promise<Found> => {
    const entries = await listIncoming(session, basePath, ensureFolders);
    const files = entries
      .filter(({ type, name }) => type !== "d" && type !== "l" && isOneFileName(name) && isSnapshot(name))
      .map(({ name, size, modifyTime }) => ({ name, size, modifiedAtMs: modifyTime }))
      .sort((a, b) => a.modifiedAtMs - b.modifiedAtMs || (a.name < b.name ? -1 : 1));
    const sizes = new Map(entries.map(({ name, size, modifyTime }) => [name, { size, modifiedAtMs: modifyTime }]));
    return {
      waiting: files
        .filter(({ name }) => isPlainFileName(name))
        .map((file) => ({ ...file, beside: besideText(file.name, (sidecar) => sizes.get(sidecar)) })),
      badlyNamed: files.filter(({ name }) => !isPlainFileName(name)),
      names: entries.map(({ name }) => name).sort(),
    };
  };
  return {
    ensureFolders,
    list: async () => (await look()).waiting,
    look,
    refuseNames: (files) => refuseNames({ session, log, basePath, files }),
    stat: async (name) => {
      const found = await statOf(session, incoming(name));
      return found && { name, ...found };
    },
    sidecarsSeen: async (name) => {
      const seen = new Map<string, RemoteStat | undefined>();
      for (const sidecar of Object.values(sidecarNames(plainName(name))))
        seen.set(sidecar, await statOf(session, incoming(sidecar)));
      return besideText(name, (sidecar) => seen.get(sidecar));
    },
    readSidecars: async (name) => {
      const names = sidecarNames(plainName(name));
      const manifest = await readSidecar(session, incoming(names.manifest));
      const sha256 = await readSidecar(session, incoming(names.sha256));
      return {
        ...(manifest === undefined ? {} : { manifest: readManifest(manifest, names.manifest) }),
        ...(sha256 === undefined ? {} : { sha256: readSha256Sidecar(sha256, name) }),
      };
    },
    open: (file) => download(session, incoming(file.name), file.size),
    archive: async (file, { resetId, date }) => {
      const place = archivePlace(plainName(file.name), resetId, date);
      return moveAway({ session, log, basePath, file, folder: place.folder, names: [place.name, place.uniqueName] });
    },
    reject: async (file, { reason, id }) => {
      const names = [plainName(file.name), uniqueName(file.name, id)] as const;
      const moved = await moveAway({ session, log, basePath, file, folder: "rejected", names });
      await writeText(session, reasonName(at(moved.path)), [`${reason}\n`]);
      return moved;
    },
    writeError: async (name, content) => {
      const path = posix.join("error", rejectsName(plainName(name)));
      await ensureFolder(session, at("error"));
      await writeText(session, at(path), typeof content === "string" ? [content] : content);
      return path;
    },
  };
}

/** What incoming/ holds. On a new server it is missing: then it and its sisters are made, unless there is no such base path at all. */
async function listIncoming(session: Session, basePath: string, make: () => Promise<void>) {
  try {
    return await session.request("list incoming/", (client) => client.list(posix.join(basePath, "incoming")));
  } catch (error) {
    const isMissing = error instanceof SftpFailure && error.kind === "not-found";
    if (!isMissing || (await statOf(session, basePath)) === undefined) throw error;
    await make();
    return [];
  }
}

function plainName(name: string): string {
  if (isPlainFileName(name)) return name;
  throw new SftpFailure(
    "other",
    `${JSON.stringify(shownName(name))} is no plain file name: it must not hold folders, ".." or characters that nobody sees, and has at most 200 bytes.`,
  );
}

/** The sidecars that are there, as one text that changes when they do. */
function besideText(name: string, statOfSidecar: (sidecar: string) => RemoteStat | undefined): string {
  return Object.values(sidecarNames(name))
    .flatMap((sidecar) => {
      const found = statOfSidecar(sidecar);
      return found ? [`${sidecar} ${found.size} ${found.modifiedAtMs}`] : [];
    })
    .join("; ");
}
