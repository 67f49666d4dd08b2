// The few file operations that the inbox is made of, over one session: each with a name, a deadline and errors in words.
import { posix } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { FileRefused } from "@inventory-sync/domain";
import { deadlineFailure, SftpFailure } from "./failure.ts";
import { readInOrder } from "./ordered-reads.ts";
import type { Session } from "./session.ts";
import { stallDetector } from "./stall.ts";

const SIDECAR_BYTES_MAX = 64 * 1024;
const WRITE_CHUNK_CHARACTERS = 32 * 1024;

/** What is known of a remote file or folder. SFTP tells times to the second. */
export interface RemoteStat {
  readonly size: number;
  readonly modifiedAtMs: number;
}

/** Looks at a path; undefined when nothing is there. */
export async function statOf(session: Session, path: string): Promise<RemoteStat | undefined> {
  try {
    const found = await session.request(`look at ${path}`, (client) => client.stat(path));
    return { size: found.size, modifiedAtMs: found.modifyTime };
  } catch (error) {
    if (error instanceof SftpFailure && error.kind === "not-found") return undefined;
    throw error;
  }
}

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
  const source = readInOrder(session.files(), path, size);
  const watched = stallDetector(stallMs, () => deadlineFailure(`${doing} (no bytes came)`, session.server, stallMs));
  // Not pipeline(): it would hand on the library's own error, which says neither what was read nor from where.
  source.on("error", (error: unknown) => watched.destroy(session.failure(error, doing)));
  source.on("close", () => {
    if (!source.readableEnded) watched.destroy(session.failure(new Error("connection lost"), doing));
  });
  watched.on("close", () => source.destroy());
  source.pipe(watched);
  return watched;
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

/** Writes a text file, replacing an older one; under a temporary name first, so that nobody opens half of it. */
export async function writeText(
  session: Session,
  path: string,
  content: Iterable<string> | AsyncIterable<string>,
): Promise<void> {
  const unfinished = `${path}.part`;
  const writing = (client: Session["client"]): Promise<void> =>
    pipeline(Readable.from(inChunks(content)), client.createWriteStream(unfinished));
  await session.request(`write ${path}`, writing, session.limits.writeDeadlineMs);
  try {
    await session.request(`name ${path}`, (client) => client.posixRename(unfinished, path));
  } catch {
    // Servers other than OpenSSH's may lack the renaming that replaces.
    await session.request(`replace ${path}`, async (client) => {
      await client.delete(path, true);
      await client.rename(unfinished, path);
    });
  }
}

/** Gathers lines into larger pieces: each piece written costs a round trip. */
async function* inChunks(content: Iterable<string> | AsyncIterable<string>): AsyncGenerator<string> {
  let gathered = "";
  for await (const text of content) {
    gathered += text;
    if (gathered.length < WRITE_CHUNK_CHARACTERS) continue;
    yield gathered;
    gathered = "";
  }
  if (gathered !== "") yield gathered;
}
