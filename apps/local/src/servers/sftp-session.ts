// One SFTP session of the private server: each request of the protocol answered from a folder, through the jail.

import type { Stats } from "node:fs";
import {
  type FileHandle,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  rmdir,
  stat,
  truncate,
  unlink,
  utimes,
} from "node:fs/promises";
import type { FileEntry, SFTPWrapper } from "ssh2";
import ssh2 from "ssh2";
import { attributes, emptyAttributes, listed } from "./sftp-attributes.ts";
import { statusOf, wordsOf } from "./sftp-errors.ts";
import type { Jail } from "./sftp-jail.ts";
import { openFlags, twoStrings } from "./sftp-requests.ts";

const { OPEN_MODE, STATUS_CODE } = ssh2.utils.sftp;
const handlesMax = 256;
/** Over all sessions: a process has some thousand file descriptors at least. */
const handlesInAllMax = 2_048;
const readBytesMax = 256 * 1024;
const namesPerAnswer = 100;

type Handle = { file: FileHandle; append: boolean } | { folder: string; names: string[] };

/** How much is open in all sessions of a server. */
export interface OpenHandles {
  count: number;
}

interface Session {
  readonly sftp: SFTPWrapper;
  readonly jail: Jail;
  /** Runs the work of one request; what it throws becomes the request's status. */
  answer(id: number, work: () => Promise<unknown>): void;
  ok(id: number): void;
  /** Opens something and answers with its handle. Throws when too much is open. */
  keep(id: number, open: () => Promise<Handle>): Promise<void>;
  find(name: Buffer): Handle;
  close(name: Buffer): Promise<void>;
}

/** Answers the requests of one session until it ends; open files are closed with it. */
export function serveSession(sftp: SFTPWrapper, { jail, open }: { jail: Jail; open: OpenHandles }): void {
  const handles = new Map<number, Handle>();
  let nextHandle = 0;
  /** What is open here, and what is being opened. */
  let held = 0;
  let isOver = false;
  const find = (name: Buffer) => {
    const handle = name.length === 4 ? handles.get(name.readUInt32BE()) : undefined;
    if (!handle) throw new Error("nothing is open under this handle");
    return handle;
  };
  const count = (change: number) => {
    held += change;
    open.count += change;
  };
  const release = async (handle: Handle) => {
    count(-1);
    if ("file" in handle) await handle.file.close();
  };
  const session: Session = {
    sftp,
    jail,
    find,
    answer: (id, work) => {
      work().catch((error: unknown) => sftp.status(id, statusOf(error), wordsOf(error)));
    },
    ok: (id) => sftp.status(id, STATUS_CODE.OK),
    keep: async (id, begin) => {
      // What is being opened counts, too: requests do not wait for the answers to those before them.
      if (held >= handlesMax) throw new Error(`${handlesMax} files are open in this session`);
      if (open.count >= handlesInAllMax) throw new Error("too many files are open");
      count(1);
      const handle = await begin().catch((error: unknown) => {
        count(-1);
        throw error;
      });
      if (isOver) return release(handle);
      const number = nextHandle++;
      handles.set(number, handle);
      const name = Buffer.alloc(4);
      name.writeUInt32BE(number);
      sftp.handle(id, name);
    },
    close: async (name) => {
      const handle = find(name);
      handles.delete(name.readUInt32BE());
      await release(handle);
    },
  };
  serveFiles(session);
  serveAttributes(session);
  serveFolders(session);
  serveNames(session);
  const closeAll = () => {
    isOver = true;
    for (const handle of handles.values()) release(handle).catch(() => undefined);
    handles.clear();
  };
  sftp.on("end", () => {
    closeAll();
    // OpenSSH's client has said all it has to say, and waits for the channel to close.
    sftp.end();
  });
  sftp.on("close", closeAll);
}

function serveFiles({ sftp, jail, answer, ok, keep, find, close }: Session): void {
  sftp.on("OPEN", (id, name, flags) =>
    answer(id, async () => {
      const path = await jail.resolve(name);
      if ((await lstat(path).catch(() => undefined))?.isDirectory()) throw new Error(`${name} is a folder`);
      const append = (flags & OPEN_MODE.APPEND) !== 0;
      await keep(id, async () => ({ file: await open(path, openFlags(flags)), append }));
    }),
  );
  sftp.on("READ", (id, handle, offset, length) =>
    answer(id, async () => {
      const buffer = Buffer.allocUnsafe(Math.min(length, readBytesMax));
      const { bytesRead } = await fileOf(find(handle)).file.read(buffer, 0, buffer.length, offset);
      if (bytesRead === 0) sftp.status(id, STATUS_CODE.EOF);
      else sftp.data(id, buffer.subarray(0, bytesRead));
    }),
  );
  sftp.on("WRITE", (id, handle, offset, data) =>
    answer(id, async () => {
      const { file, append } = fileOf(find(handle));
      const { bytesWritten } = await file.write(data, 0, data.length, append ? null : offset);
      if (bytesWritten !== data.length) throw new Error("the file could not be written in full: is the disk full?");
      ok(id);
    }),
  );
  sftp.on("CLOSE", (id, handle) => answer(id, async () => close(handle).then(() => ok(id))));
}

function serveAttributes({ sftp, jail, answer, ok, find }: Session): void {
  const tell = (id: number, look: () => Promise<Stats>) =>
    answer(id, async () => sftp.attrs(id, attributes(await look())));
  sftp.on("FSTAT", (id, handle) => tell(id, async () => fileOf(find(handle)).file.stat()));
  sftp.on("STAT", (id, name) => tell(id, async () => stat(await jail.resolve(name))));
  sftp.on("LSTAT", (id, name) => tell(id, async () => lstat(await jail.resolveEntry(name))));
  sftp.on("SETSTAT", (id, name, attrs) =>
    answer(id, async () => {
      const path = await jail.resolve(name);
      if (attrs.size !== undefined) await truncate(path, attrs.size);
      if (attrs.mtime !== undefined) await utimes(path, attrs.atime, attrs.mtime);
      ok(id);
    }),
  );
  sftp.on("FSETSTAT", (id, handle, attrs) =>
    answer(id, async () => {
      const { file } = fileOf(find(handle));
      if (attrs.size !== undefined) await file.truncate(attrs.size);
      if (attrs.mtime !== undefined) await file.utimes(attrs.atime, attrs.mtime);
      ok(id);
    }),
  );
}

function serveFolders({ sftp, jail, answer, ok, keep, find }: Session): void {
  sftp.on("OPENDIR", (id, name) =>
    answer(id, async () => {
      const folder = await jail.resolve(name);
      await keep(id, async () => ({ folder, names: await readdir(folder) }));
    }),
  );
  sftp.on("READDIR", (id, name) =>
    answer(id, async () => {
      const handle = find(name);
      if (!("names" in handle)) throw new Error("this handle is no folder's");
      // Entries that vanished meanwhile are left out; an answer without any would read as an error, so the next ones follow.
      let entries: FileEntry[] = [];
      while (entries.length === 0 && handle.names.length > 0) {
        entries = await listed(handle.folder, handle.names.splice(0, namesPerAnswer));
      }
      if (entries.length === 0) sftp.status(id, STATUS_CODE.EOF);
      else sftp.name(id, entries);
    }),
  );
  sftp.on("MKDIR", (id, name) => answer(id, async () => mkdir(await jail.resolveEntry(name)).then(() => ok(id))));
  sftp.on("RMDIR", (id, name) => answer(id, async () => rmdir(await jail.resolveEntry(name)).then(() => ok(id))));
}

function serveNames({ sftp, jail, answer, ok }: Session): void {
  sftp.on("REMOVE", (id, name) => answer(id, async () => unlink(await jail.resolveEntry(name)).then(() => ok(id))));
  sftp.on("RENAME", (id, from, to) =>
    answer(id, async () => {
      await moveWithoutReplacing(await jail.resolveEntry(from), await jail.resolveEntry(to));
      ok(id);
    }),
  );
  sftp.on("REALPATH", (id, name) =>
    answer(id, async () => sftp.name(id, [{ filename: jail.visible(name), longname: "", attrs: emptyAttributes }])),
  );
  sftp.on("EXTENDED", (id, request, data) =>
    answer(id, async () => {
      if (request !== "posix-rename@openssh.com") return sftp.status(id, STATUS_CODE.OP_UNSUPPORTED);
      const [from, to] = twoStrings(data);
      await rename(await jail.resolveEntry(from), await jail.resolveEntry(to));
      ok(id);
    }),
  );
}

function fileOf(handle: Handle): Extract<Handle, { file: FileHandle }> {
  if (!("file" in handle)) throw new Error("this handle is no file's");
  return handle;
}

/** Files move by link and unlink, which fails in one step when the new name exists; folders cannot be linked, so they are looked at first. */
async function moveWithoutReplacing(from: string, to: string): Promise<void> {
  if (!(await lstat(from)).isDirectory()) {
    await link(from, to);
    await rm(from);
    return;
  }
  if (
    await lstat(to).then(
      () => true,
      () => false,
    )
  )
    throw new Error("the new name exists already");
  await rename(from, to);
}
