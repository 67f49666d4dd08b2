// Flow 2, the folders on the SFTP server: what waits in incoming/, and where files go afterwards. Nothing is ever
// deleted or overwritten there except our own reports; every step can be repeated after a crash.
import { posix } from "node:path";
import type { Readable } from "node:stream";
import {
  archivePlace,
  isPlainFileName,
  type Manifest,
  readManifest,
  readSha256Sidecar,
  reasonName,
  rejectsName,
  sidecarNames,
  uniqueName,
} from "@inventory-sync/domain";
import { SftpFailure } from "./failure.ts";
import { moveAway } from "./move-away.ts";
import { download, ensureFolder, readSidecar, statOf, writeText } from "./remote-files.ts";
import type { Session, SftpLog } from "./session.ts";

const FOLDERS: readonly string[] = ["incoming", "archive", "rejected", "error"];

/** A file of incoming/. The server tells times to the second. */
export interface InboxFile {
  readonly name: string;
  readonly size: number;
  readonly modifiedAtMs: number;
}

/** Where a file went. `moved` is false when it had been moved before (a newer file of its name is then left alone). */
export interface Moved {
  /** Below the base path. */
  readonly path: string;
  readonly moved: boolean;
}

/** What a sender said about a whole file, in its sidecars. */
export interface Sidecars {
  readonly manifest?: Manifest;
  /** From `<name>.sha256`, 64 lower-case hexadecimal digits. */
  readonly sha256?: string;
}

/** The folders of one SFTP session. Every method throws SftpFailure when the server fails. */
export interface Inbox {
  /** Makes incoming/, archive/, rejected/ and error/ where they are missing. */
  ensureFolders(): Promise<void>;
  /** The waiting snapshots, oldest first, those of the same second by name. */
  list(): Promise<readonly InboxFile[]>;
  /** Every name in incoming/, also of what is no snapshot: for telling people what was found there. */
  names(): Promise<readonly string[]>;
  /** One file of incoming/ as it stands now, or undefined. */
  stat(name: string): Promise<InboxFile | undefined>;
  /** Size and time of the manifest and the hash beside a snapshot, as one text that changes when they do; "" when there are none. */
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
  return {
    ensureFolders: async () => {
      for (const folder of FOLDERS) await ensureFolder(session, at(folder));
    },
    list: async () => {
      const entries = await session.request("list incoming/", (client) => client.list(at("incoming")));
      return entries
        .filter(({ type, name }) => type !== "d" && type !== "l" && isPlainFileName(name) && isSnapshot(name))
        .map(({ name, size, modifyTime }) => ({ name, size, modifiedAtMs: modifyTime }))
        .sort((a, b) => a.modifiedAtMs - b.modifiedAtMs || (a.name < b.name ? -1 : 1));
    },
    names: async () => {
      const entries = await session.request("list incoming/", (client) => client.list(at("incoming")));
      return entries.map(({ name }) => name).sort();
    },
    stat: async (name) => {
      const found = await statOf(session, incoming(name));
      return found && { name, ...found };
    },
    sidecarsSeen: async (name) => {
      const seen: string[] = [];
      for (const sidecar of Object.values(sidecarNames(plainName(name)))) {
        const found = await statOf(session, incoming(sidecar));
        if (found) seen.push(`${sidecar} ${found.size} ${found.modifiedAtMs}`);
      }
      return seen.join("; ");
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

function plainName(name: string): string {
  if (isPlainFileName(name)) return name;
  throw new SftpFailure(
    "other",
    `${JSON.stringify(name)} is no plain file name: it must not hold folders, ".." or control characters.`,
  );
}
