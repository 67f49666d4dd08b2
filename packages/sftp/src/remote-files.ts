// The few file operations that the inbox is made of, over one session: each with a name, a deadline and errors in words.
import { posix } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { FileRefused } from "@inventory-sync/domain";
import { deadlineFailure } from "./failure.ts";
import { statOf } from "./look.ts";
import { readInOrder } from "./ordered-reads.ts";
import type { Session } from "./session.ts";

const SIDECAR_BYTES_MAX = 64 * 1024;
const WRITE_CHUNK_CHARACTERS = 32 * 1024;

/** Makes a folder and those above it where they are missing. */
export async function ensureFolder(session: Session, path: string): Promise<void> {
  if ((await statOf(session, path)) !== undefined) return;
  try {
    await session.request(`make the folder ${path}`, (client) => client.mkdir(path, true));
  } catch (error) {
    // Another worker may have made it in between.
    if ((await statOf(session, path)) === undefined) throw error;
  }
}

/** Moves a file; a server refuses when the new name is taken. */
export async function moveFile(session: Session, from: string, to: string): Promise<void> {
  await session.request(`move ${from} to ${to}`, (client) => client.rename(from, to));
}

/**
 * The first `size` bytes of a remote file, or all of it where it is shorter. Fails with SftpFailure when the connection does,
 * or when no bytes come for a while.
 */
export function download(session: Session, path: string, size: number): Readable {
  const doing = `read ${path}`;
  const { stallMs } = session.limits;
  return readInOrder(session.files(), path, size, {
    stallMs,
    stalled: () => deadlineFailure(`${doing} (no bytes came)`, session.server, stallMs),
    failed: (error) => session.failure(error, doing),
  });
}

/**
 * Reads a small text file; undefined when it is not there.
 * @throws FileRefused BAD_MANIFEST when it is too large to be what its name says
 */
export async function readSidecar(session: Session, path: string): Promise<string | undefined> {
  if ((await statOf(session, path)) === undefined) return undefined;
  const content = await buffer(download(session, path, SIDECAR_BYTES_MAX + 1));
  if (content.length > SIDECAR_BYTES_MAX) {
    throw new FileRefused(
      "BAD_MANIFEST",
      `${posix.basename(path)} is larger than ${SIDECAR_BYTES_MAX} bytes, so it is no manifest or hash. Correct it, or send the snapshot without it.`,
    );
  }
  return content.toString("utf8");
}

/** Writes a text file, replacing an older one; under a temporary name first, so that no reader opens half of it. */
export async function writeText(session: Session, path: string, content: Iterable<string>): Promise<void> {
  const unfinished = `${path}.part`;
  const writing = (client: Session["client"]): Promise<void> =>
    pipeline(Readable.from(inChunks(content)), client.createWriteStream(unfinished));
  await session.request(`write ${path}`, writing, session.limits.writeDeadlineMs);
  try {
    await session.request(`name ${path}`, (client) => client.posixRename(unfinished, path));
  } catch {
    // Servers other than OpenSSH's may lack the renaming that replaces.
    const isThere = (await statOf(session, path)) !== undefined;
    await session.request(`replace ${path}`, async (client) => {
      if (isThere) await client.delete(path, true);
      await client.rename(unfinished, path);
    });
  }
}

/**
 * Writes what comes into a new file, under its name only once it is whole; what fails half-way leaves nothing.
 * @param unfinished its name until then
 */
export async function upload(
  session: Session,
  { path, unfinished }: { readonly path: string; readonly unfinished: string },
  content: Readable,
): Promise<void> {
  const writing = (client: Session["client"]): Promise<void> => pipeline(content, client.createWriteStream(unfinished));
  try {
    await session.request(`write ${path}`, writing, session.limits.writeDeadlineMs);
    await moveFile(session, unfinished, path);
  } catch (error) {
    await session.request(`remove ${unfinished}`, (client) => client.delete(unfinished, true)).catch(() => undefined);
    throw error;
  }
}

/** Gathers lines into larger pieces: each piece written costs a round trip. */
function* inChunks(content: Iterable<string>): Generator<string> {
  let gathered = "";
  for (const text of content) {
    gathered += text;
    if (gathered.length < WRITE_CHUNK_CHARACTERS) continue;
    yield gathered;
    gathered = "";
  }
  if (gathered !== "") yield gathered;
}
