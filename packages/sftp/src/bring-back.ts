// Flow 2, step 7 and after it: a file that was put away and is not, or no longer, the one that was taken. A rename moves whatever bears the
// name, and a sender that still has the file open goes on writing it where it lies now.
import { createHash } from "node:crypto";
import { posix } from "node:path";
import { pipeline } from "node:stream/promises";
import { sidecarNames } from "@inventory-sync/domain";
import { SftpFailure } from "./failure.ts";
import type { InboxFile, InboxPlace } from "./leave-incoming.ts";
import { statOf } from "./look.ts";
import { download, moveFile } from "./remote-files.ts";

/** A file as it was taken; without a hash only its size and time can be compared. */
export interface TakenFile extends Pick<InboxFile, "size" | "modifiedAtMs"> {
  readonly sha256: string | null;
}

/**
 * Whether a file that was put away has other bytes than the one that was taken. One that is gone has not.
 * @param how `thoroughly`: its bytes are read also when size and time are the same
 * @throws SftpFailure when the server fails
 */
export async function hasChanged(
  { session, basePath }: InboxPlace,
  path: string,
  { taken, thoroughly }: { readonly taken: TakenFile; readonly thoroughly: boolean },
): Promise<boolean> {
  const at = posix.join(basePath, path);
  const now = await statOf(session, at);
  if (now === undefined) return false;
  if (now.size !== taken.size) return true;
  if (taken.sha256 === null) return now.modifiedAtMs !== taken.modifiedAtMs;
  if (now.modifiedAtMs === taken.modifiedAtMs && !thoroughly) return false;
  const hash = createHash("sha256");
  await pipeline(download(session, at, now.size), hash);
  return hash.digest("hex") !== taken.sha256;
}

/**
 * Moves a file that was put away back to incoming/, with its sidecars: under the first of these names that is free there.
 * @returns it as it lies there; undefined when it is gone, as when another worker did it
 * @throws SftpFailure "other" when all names are taken
 */
export async function bringBack(
  { session, basePath }: InboxPlace,
  path: string,
  names: readonly string[],
): Promise<InboxFile | undefined> {
  const from = posix.join(basePath, path);
  const incoming = (name: string): string => posix.join(basePath, "incoming", name);
  if ((await statOf(session, from)) === undefined) return undefined;
  for (const name of names) {
    if ((await statOf(session, incoming(name))) !== undefined) continue;
    const [left, back] = [sidecarNames(posix.basename(path)), sidecarNames(name)];
    for (const kind of ["manifest", "sha256"] as const) {
      const sidecar = posix.join(posix.dirname(from), left[kind]);
      if ((await statOf(session, sidecar)) === undefined || (await statOf(session, incoming(back[kind])))) continue;
      await moveFile(session, sidecar, incoming(back[kind]));
    }
    await moveFile(session, from, incoming(name));
    const found = await statOf(session, incoming(name));
    return found && { name, ...found };
  }
  throw new SftpFailure(
    "other",
    `${path} changed after it was taken and cannot be moved back to incoming/ on ${session.server}: ${names.join(" and ")} exist there. Move one of them away.`,
  );
}
