// Flow 2, before anything else: files whose names cannot be kept leave incoming/ at once. A name may be too long for what has to be
// written beside it, or hold characters that nobody sees, so that it could not be told from another one. Left there, such a file
// would be the oldest one for ever, and those behind it would wait.
import { createHash } from "node:crypto";
import { posix } from "node:path";
import { nameFault, reasonName, replacementName } from "@inventory-sync/domain";
import { SftpFailure, shownName } from "./failure.ts";
import type { InboxFile, RefusedName } from "./inbox-files.ts";
import { ensureFolder, moveFile, writeText } from "./remote-files.ts";
import type { Session, SftpLog } from "./session.ts";

/** The rest waits for the next look: somebody waits for this one. */
const AT_ONCE_MAX = 100;
const ID_DIGITS = 16;

interface RefuseNames {
  readonly session: Session;
  readonly log: SftpLog;
  readonly basePath: string;
  readonly files: readonly InboxFile[];
}

/** Moves them to rejected/, each with its reason. @throws SftpFailure when the server cannot be spoken with */
export async function refuseNames({ files, ...place }: RefuseNames): Promise<readonly RefusedName[]> {
  const refused: RefusedName[] = [];
  if (files.length > 0) await ensureFolder(place.session, posix.join(place.basePath, "rejected"));
  for (const file of files.slice(0, AT_ONCE_MAX)) {
    try {
      refused.push(await refuseName(file, place));
    } catch (error) {
      if (!(error instanceof SftpFailure) || error.kind === "unreachable" || error.kind === "deadline") throw error;
      const shown = shownName(file.name);
      place.log.warn({ file: shown, reason: error.message }, "a badly named file could not be moved out of incoming/");
    }
  }
  return refused;
}

/** The new name follows from the old one, so that doing it again after a crash finds what is done. */
async function refuseName(
  file: InboxFile,
  { session, log, basePath }: Omit<RefuseNames, "files">,
): Promise<RefusedName> {
  const { name: given, size, modifiedAtMs } = file;
  const id = createHash("sha256").update(`${given} ${size} ${modifiedAtMs}`).digest("hex").slice(0, ID_DIGITS);
  const name = replacementName(given, id);
  const target = posix.join(basePath, "rejected", name);
  const shown = shownName(given);
  const reason = `BAD_NAME: The name ${shown} ${nameFault(given)}. The file was not looked at, and is kept in rejected/ as ${name}. Send it under another name.`;
  // The reason goes first: once the file has left incoming/ nobody comes back to it.
  await writeText(session, reasonName(target), [`${reason}\n`]);
  await moveFile(session, posix.join(basePath, "incoming", given), target);
  log.warn({ file: shown, movedTo: `rejected/${name}` }, reason);
  return { file, name, reason };
}
