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
import type { Jail } from "./sftp-jail.ts";
import { attributes, emptyAttributes, failureOf, listed, openFlags, twoStrings } from "./sftp-protocol.ts";

const { OPEN_MODE, STATUS_CODE } = ssh2.utils.sftp;
const handlesMax = 256;
/** Over all sessions: a process has some thousand file descriptors at least. */
const handlesInAllMax = 2_048;
const readBytesMax = 256 * 1024;
const namesPerAnswer = 100;

export interface OpenHandles {
  count: number;
}

type OpenFile = { file: FileHandle; append: boolean };
type OpenFolder = { folder: string; names: string[] };

type Session = ReturnType<typeof sessionOf>;

/** Answers the requests of one session until it ends; open files are closed with it. */
export function serveSession(sftp: SFTPWrapper, { jail, open }: { jail: Jail; open: OpenHandles }): void {
  const session = sessionOf(sftp, jail, open);
  const { handles } = session;
  serveFiles(session);
  serveAttributes(session);
  serveFolders(session);
  serveNames(session);
  sftp.on("end", () => {
    handles.closeAll();
    // OpenSSH's client has said all it has to say, and waits for the channel to close.
    sftp.end();
  });
  sftp.on("close", handles.closeAll);
}

function sessionOf(sftp: SFTPWrapper, jail: Jail, open: OpenHandles) {
  /** Runs the work of one request, which sends its answer; what it throws becomes the request's status. */
  const answer = (id: number, work: () => Promise<unknown>): void => {
    work().catch((error: unknown) => sftp.status(id, ...failureOf(error)));
  };
  /** Runs the work of a request whose answer is only that it is done. */
  const done = (id: number, work: () => Promise<unknown>): void =>
    answer(id, async () => {
      await work();
      sftp.status(id, STATUS_CODE.OK);
    });
  return { sftp, jail, handles: createHandles(open), answer, done };
}

function serveFiles({ sftp, jail, handles, answer, done }: Session): void {
  sftp.on("OPEN", (id, name, flags) =>
    answer(id, async () => {
      const path = await jail.resolve(name);
      if ((await lstat(path).catch(() => undefined))?.isDirectory()) throw new Error(`${name} is a folder`);
      const append = (flags & OPEN_MODE.APPEND) !== 0;
      const handle = await handles.keep(async () => ({ file: await open(path, openFlags(flags)), append }));
      if (handle) sftp.handle(id, handle);
    }),
  );
  sftp.on("READ", (id, handle, offset, length) =>
    answer(id, async () => {
      const buffer = Buffer.allocUnsafe(Math.min(length, readBytesMax));
      const { bytesRead } = await handles.file(handle).file.read(buffer, 0, buffer.length, offset);
      if (bytesRead === 0) sftp.status(id, STATUS_CODE.EOF);
      else sftp.data(id, buffer.subarray(0, bytesRead));
    }),
  );
  sftp.on("WRITE", (id, handle, offset, data) =>
    done(id, async () => {
      const { file, append } = handles.file(handle);
      const { bytesWritten } = await file.write(data, 0, data.length, append ? null : offset);
      if (bytesWritten !== data.length) throw new Error("the file could not be written in full: is the disk full?");
    }),
  );
  sftp.on("CLOSE", (id, handle) => done(id, () => handles.close(handle)));
}

function serveAttributes({ sftp, jail, handles, answer, done }: Session): void {
  const tell = (id: number, look: () => Promise<Stats>) =>
    answer(id, async () => sftp.attrs(id, attributes(await look())));
  sftp.on("FSTAT", (id, handle) => tell(id, async () => handles.file(handle).file.stat()));
  sftp.on("STAT", (id, name) => tell(id, async () => stat(await jail.resolve(name))));
  sftp.on("LSTAT", (id, name) => tell(id, async () => lstat(await jail.resolveEntry(name))));
  sftp.on("SETSTAT", (id, name, attrs) =>
    done(id, async () => {
      const path = await jail.resolve(name);
      if (attrs.size !== undefined) await truncate(path, attrs.size);
      if (attrs.mtime !== undefined) await utimes(path, attrs.atime, attrs.mtime);
    }),
  );
  sftp.on("FSETSTAT", (id, handle, attrs) =>
    done(id, async () => {
      const { file } = handles.file(handle);
      if (attrs.size !== undefined) await file.truncate(attrs.size);
      if (attrs.mtime !== undefined) await file.utimes(attrs.atime, attrs.mtime);
    }),
  );
}

function serveFolders({ sftp, jail, handles, answer, done }: Session): void {
  sftp.on("OPENDIR", (id, name) =>
    answer(id, async () => {
      const folder = await jail.resolve(name);
      const handle = await handles.keep(async () => ({ folder, names: await readdir(folder) }));
      if (handle) sftp.handle(id, handle);
    }),
  );
  sftp.on("READDIR", (id, handle) =>
    answer(id, async () => {
      const { folder, names } = handles.folder(handle);
      // Entries that vanished meanwhile are left out; an answer without any would read as an error, so the next ones follow.
      let entries: FileEntry[] = [];
      while (entries.length === 0 && names.length > 0) entries = await listed(folder, names.splice(0, namesPerAnswer));
      if (entries.length === 0) sftp.status(id, STATUS_CODE.EOF);
      else sftp.name(id, entries);
    }),
  );
  sftp.on("MKDIR", (id, name) => done(id, async () => mkdir(await jail.resolveEntry(name))));
  sftp.on("RMDIR", (id, name) => done(id, async () => rmdir(await jail.resolveEntry(name))));
}

function serveNames({ sftp, jail, answer, done }: Session): void {
  sftp.on("REMOVE", (id, name) => done(id, async () => unlink(await jail.resolveEntry(name))));
  sftp.on("RENAME", (id, from, to) =>
    done(id, async () => moveWithoutReplacing(await jail.resolveEntry(from), await jail.resolveEntry(to))),
  );
  sftp.on("REALPATH", (id, name) =>
    answer(id, async () => sftp.name(id, [{ filename: jail.visible(name), longname: "", attrs: emptyAttributes }])),
  );
  sftp.on("EXTENDED", (id, request, data) => {
    if (request !== "posix-rename@openssh.com") return void sftp.status(id, STATUS_CODE.OP_UNSUPPORTED);
    done(id, async () => {
      const [from, to] = twoStrings(data);
      await rename(await jail.resolveEntry(from), await jail.resolveEntry(to));
    });
  });
}

/** Files move by link and unlink, which fails in one step when the new name exists; folders cannot be linked, so they are looked at first. */
async function moveWithoutReplacing(from: string, to: string): Promise<void> {
  if (!(await lstat(from)).isDirectory()) {
    await link(from, to);
    return rm(from);
  }
  if (await lstat(to).catch(() => undefined)) throw new Error("the new name exists already");
  await rename(from, to);
}

/** What is open in one session. `open` counts what is open in all of them. */
function createHandles(open: OpenHandles) {
  const handles = new Map<number, OpenFile | OpenFolder>();
  let nextHandle = 0;
  /** What is open here, and what is being opened. */
  let held = 0;
  let isOver = false;
  const count = (change: number) => {
    held += change;
    open.count += change;
  };
  const find = (name: Buffer) => {
    const handle = name.length === 4 ? handles.get(name.readUInt32BE()) : undefined;
    if (!handle) throw new Error("nothing is open under this handle");
    return handle;
  };
  const release = async (handle: OpenFile | OpenFolder) => {
    count(-1);
    if ("file" in handle) await handle.file.close();
  };
  return {
    /** Opens something; resolves with its handle, or with none when the session is over. Throws when too much is open. */
    keep: async (begin: () => Promise<OpenFile | OpenFolder>): Promise<Buffer | undefined> => {
      // What is being opened counts, too: requests do not wait for the answers to those before them.
      if (held >= handlesMax) throw new Error(`${handlesMax} files are open in this session`);
      if (open.count >= handlesInAllMax) throw new Error("too many files are open");
      count(1);
      const handle = await begin().catch((error: unknown) => {
        count(-1);
        throw error;
      });
      if (isOver) return void (await release(handle));
      const name = Buffer.alloc(4);
      name.writeUInt32BE(nextHandle);
      handles.set(nextHandle++, handle);
      return name;
    },
    file: (name: Buffer): OpenFile => {
      const handle = find(name);
      if (!("file" in handle)) throw new Error("this handle is no file's");
      return handle;
    },
    folder: (name: Buffer): OpenFolder => {
      const handle = find(name);
      if (!("names" in handle)) throw new Error("this handle is no folder's");
      return handle;
    },
    close: async (name: Buffer): Promise<void> => {
      const handle = find(name);
      handles.delete(name.readUInt32BE());
      await release(handle);
    },
    closeAll: (): void => {
      isOver = true;
      for (const handle of handles.values()) release(handle).catch(() => undefined);
      handles.clear();
    },
  };
}
