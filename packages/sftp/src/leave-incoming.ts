// Flow 2, steps 1 and 7: files leave incoming/. One that has been dealt with goes together with its manifest and hash; one whose name
// cannot be kept goes at once, since it would be the oldest for ever, and those behind it would wait. Each step may be repeated
// after a crash, and must then not touch a newer file that has arrived under the same name.
import { createHash } from "node:crypto";
import { posix } from "node:path";
import { nameFault, reasonName, replacementName, sidecarNames } from "@inventory-sync/domain";
import { SftpFailure, shownName } from "./failure.ts";
import { statOf } from "./look.ts";
import { ensureFolder, moveFile, writeText } from "./remote-files.ts";
import type { Session, SftpLog } from "./session.ts";

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

/** A badly named file, and what becomes of it. */
export interface RefusedName {
  readonly file: InboxFile;
  /** The name of ours that it gets in rejected/. */
  readonly name: string;
  /** Why, with the code in front. */
  readonly reason: string;
}

/** Which folders on which server. */
export interface InboxPlace {
  readonly session: Session;
  readonly log: SftpLog;
  /** On the server; absolute, or "." for where the account begins. */
  readonly basePath: string;
}

/**
 * Moves a file and its sidecars.
 * @param to the folder below the base path; the name that the file gets when that is free, and the one it gets otherwise
 * @throws SftpFailure "not-found" when the file is in neither place, "other" when both names are taken
 */
export async function moveAway(
  { session, log, basePath }: InboxPlace,
  file: InboxFile,
  { folder, names }: { readonly folder: string; readonly names: readonly [string, string] },
): Promise<Moved> {
  const incoming = (name: string): string => posix.join(basePath, "incoming", name);
  const target = (name: string): string => posix.join(basePath, folder, name);
  const source = await statOf(session, incoming(file.name));
  const taken = new Map<string, Pick<InboxFile, "size" | "modifiedAtMs">>();
  for (const name of names) {
    const there = await statOf(session, target(name));
    if (there !== undefined) taken.set(name, there);
  }
  const isIt = (seen: Pick<InboxFile, "size" | "modifiedAtMs"> | undefined) =>
    seen?.size === file.size && seen.modifiedAtMs === file.modifiedAtMs;

  if (!isIt(source)) {
    // The other name is this reset's own; under the file's there may lie an earlier one.
    const before = names.findLast((name, index) => (index > 0 ? taken.has(name) : isIt(taken.get(name))));
    if (before !== undefined) return { path: posix.join(folder, before), moved: false };
    const what = source === undefined ? "is gone" : "was replaced by another one";
    throw new SftpFailure(
      "not-found",
      `${file.name} ${what} before it could be moved to ${folder}/ on ${session.server}. What it held has been dealt with; only the copy is missing.`,
    );
  }
  const name = names.find((candidate) => !taken.has(candidate));
  if (name === undefined) {
    throw new SftpFailure(
      "other",
      `${file.name} cannot be moved to ${folder}/ on ${session.server}: both ${names.join(" and ")} exist there. Move one of them away.`,
    );
  }
  await ensureFolder(session, posix.join(basePath, folder));
  // The sidecars go first: once the file itself is gone, nothing that lies in incoming/ can be its own any more.
  const [from, to] = [sidecarNames(file.name), sidecarNames(name)];
  for (const kind of ["manifest", "sha256"] as const) {
    if ((await statOf(session, incoming(from[kind]))) === undefined) continue;
    if ((await statOf(session, target(to[kind]))) === undefined) {
      await moveFile(session, incoming(from[kind]), target(to[kind]));
    } else log.warn({ file: from[kind], folder }, "a sidecar of this name is there already; it stays in incoming");
  }
  await moveFile(session, incoming(file.name), target(name));
  return { path: posix.join(folder, name), moved: true };
}

/** The rest waits for the next look: a daily run waits for this one. */
const REFUSED_AT_ONCE_MAX = 100;
const ID_DIGITS = 16;

/**
 * Moves badly named files to rejected/, each with its reason; of very many the first hundred. One that cannot be moved stays and is
 * told in the log.
 * @param record puts a file's refusal on record before anything is done to it: once it has left incoming/ no run comes back to it
 * @throws SftpFailure when the server cannot be spoken with
 */
export async function refuseNames(
  place: InboxPlace,
  files: readonly InboxFile[],
  record: (refused: RefusedName) => Promise<void>,
): Promise<void> {
  if (files.length > 0) await ensureFolder(place.session, posix.join(place.basePath, "rejected"));
  for (const file of files.slice(0, REFUSED_AT_ONCE_MAX)) {
    if (file.name.includes("\u{fffd}")) {
      place.log.warn({ file: shownName(file.name) }, "passed over: the name of this file is not written in UTF-8");
      continue;
    }
    try {
      await refuseName(place, file, record);
    } catch (error) {
      if (!(error instanceof SftpFailure) || error.kind === "unreachable" || error.kind === "deadline") throw error;
      const shown = shownName(file.name);
      place.log.warn({ file: shown, reason: error.message }, "a badly named file could not be moved out of incoming/");
    }
  }
}

/** The new name follows from the old one, so that doing it again after a crash finds what is done. */
async function refuseName(
  { session, log, basePath }: InboxPlace,
  file: InboxFile,
  record: (refused: RefusedName) => Promise<void>,
): Promise<void> {
  const { name: given, size, modifiedAtMs } = file;
  const id = createHash("sha256").update(`${given} ${size} ${modifiedAtMs}`).digest("hex").slice(0, ID_DIGITS);
  const name = replacementName(given, id);
  const target = posix.join(basePath, "rejected", name);
  const shown = shownName(given);
  const reason = `BAD_NAME: The name ${shown} ${nameFault(given)}. The file is not looked at, and goes to rejected/${name} unless the account may not move it. Send it under another name.`;
  await record({ file, name, reason });
  await writeText(session, reasonName(target), [`${reason}\n`]);
  await moveFile(session, posix.join(basePath, "incoming", given), target);
  log.warn({ file: shown, movedTo: `rejected/${name}` }, reason);
}
