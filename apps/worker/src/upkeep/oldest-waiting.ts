// What waits in incoming/ while a count is late: most often the file came a little after the run, and has only to be run.
import { dealtWith, filesNotPutAway } from "@inventory-sync/db";
import type { WaitingFile } from "@inventory-sync/domain";
import { withinMs } from "@inventory-sync/runtime";
import { type SftpLog, type Source, withInbox } from "@inventory-sync/sftp";
import type { ResetParts } from "../resets/parts.ts";

/** While an alarm fires it is looked again so often; what is shown may be as old. */
const LOOK_EVERY_MS = 60_000;
/** The alarm does not wait for a server that hangs: it is told without the file then. */
const LOOK_MS_MAX = 8_000;

interface Looked {
  readonly atMs: number;
  readonly found: WaitingFile | undefined;
}

const looked = new WeakMap<object, Map<string, Looked>>();

/** A server that stays away has its lines in the log from those who need it. */
const quiet: SftpLog = { debug: () => undefined, warn: () => undefined };

/** The oldest file of a source's incoming/ that no reset has dealt with, as of a minute ago at most; undefined when none is known of. */
export async function oldestWaiting(
  { database }: Pick<ResetParts, "database">,
  source: Source,
): Promise<WaitingFile | undefined> {
  const bySource = looked.get(database) ?? new Map<string, Looked>();
  looked.set(database, bySource);
  const before = bySource.get(source.name);
  if (before && performance.now() - before.atMs < LOOK_EVERY_MS) return before.found;
  const found = await look(database, source).catch(() => undefined);
  bySource.set(source.name, { atMs: performance.now(), found });
  return found;
}

async function look(database: ResetParts["database"], source: Source): Promise<WaitingFile | undefined> {
  const isDealtWith = dealtWith(await filesNotPutAway(database), source.name);
  const listed = withInbox(source.inbox(), quiet, (connected) => connected.list());
  const oldest = (await withinMs(LOOK_MS_MAX, listed)).find((file) => !isDealtWith(file));
  return oldest && { file: oldest.name, at: new Date(oldest.modifiedAtMs) };
}
