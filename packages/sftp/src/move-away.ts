// Flow 2, last step: a file that has been dealt with leaves incoming/, together with its manifest and hash. The step may
// be repeated after a crash, and must then not touch a newer file that has arrived under the same name.
import { posix } from "node:path";
import { sidecarNames } from "@inventory-sync/domain";
import { SftpFailure } from "./failure.ts";
import type { InboxFile, Moved } from "./inbox-files.ts";
import { ensureFolder, moveFile, statOf } from "./remote-files.ts";
import type { Session, SftpLog } from "./session.ts";

interface MoveAway {
  readonly session: Session;
  readonly log: SftpLog;
  readonly basePath: string;
  readonly file: InboxFile;
  /** Below the base path. */
  readonly folder: string;
  /** The name it gets when free, and the one it gets otherwise. */
  readonly names: readonly [string, string];
}

/** @throws SftpFailure "not-found" when the file is in neither place, "other" when both names are taken */
export async function moveAway({ session, log, basePath, file, folder, names }: MoveAway): Promise<Moved> {
  const incoming = (name: string): string => posix.join(basePath, "incoming", name);
  const target = (name: string): string => posix.join(basePath, folder, name);
  const source = await statOf(session, incoming(file.name));
  const taken: string[] = [];
  for (const name of names) if ((await statOf(session, target(name))) !== undefined) taken.push(name);

  if (source === undefined || source.size !== file.size || source.modifiedAtMs !== file.modifiedAtMs) {
    const before = taken.at(-1);
    if (before !== undefined) return { path: posix.join(folder, before), moved: false };
    throw lost(session, file, folder, source === undefined ? "is gone" : "was replaced by another one");
  }
  const name = names.find((candidate) => !taken.includes(candidate));
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

function lost(session: Session, file: InboxFile, folder: string, what: string): SftpFailure {
  return new SftpFailure(
    "not-found",
    `${file.name} ${what} before it could be moved to ${folder}/ on ${session.server}. What it held has been dealt with; only the copy is missing.`,
  );
}
