// What waits in incoming/ while a count is late: most often the file came a little after the run, and has only to be run.
import { dealtWith } from "@inventory-sync/db";
import { sidecarNames, type WaitingFile } from "@inventory-sync/domain";
import { withinMs } from "@inventory-sync/runtime";
import { type SftpLog, type Source, withInbox } from "@inventory-sync/sftp";
import type { ResetParts } from "../resets/parts.ts";

/** While an alarm fires it is looked again so often; what is shown may be as old. */
const LOOK_EVERY_MS = 60_000;
/** The alarm does not wait for a server that hangs: it is told without the file then. */
const LOOK_MS_MAX = 8_000;

/** What lies in a source's incoming/ that no reset has dealt with. */
export interface LeftWaiting {
  /** The oldest count. */
  readonly waiting?: WaitingFile | undefined;
  /** What is no count by its name: nobody will ever take it. */
  readonly others: readonly string[];
}

interface Looked {
  readonly atMs: number;
  readonly found: LeftWaiting;
}

const looked = new WeakMap<object, Map<string, Looked>>();

/** A server that stays away has its lines in the log from those who need it. */
const quiet: SftpLog = { debug: () => undefined, warn: () => undefined };

/** What lies in a source's incoming/, as of a minute ago at most; nothing when none is known of. */
export async function leftWaiting({ database }: Pick<ResetParts, "database">, source: Source): Promise<LeftWaiting> {
  const bySource = looked.get(database) ?? new Map<string, Looked>();
  looked.set(database, bySource);
  const before = bySource.get(source.name);
  if (before && performance.now() - before.atMs < LOOK_EVERY_MS) return before.found;
  const found = await look(database, source).catch(() => ({ others: [] }));
  bySource.set(source.name, { atMs: performance.now(), found });
  return found;
}

async function look(database: ResetParts["database"], source: Source): Promise<LeftWaiting> {
  const looked = withInbox(source.inbox(), quiet, (connected) => connected.look());
  const { waiting, badlyNamed, names } = await withinMs(LOOK_MS_MAX, looked);
  const isDealtWith = await dealtWith(database, source.name);
  const oldest = waiting.find((file) => !isDealtWith(file));
  const counts = [...waiting, ...badlyNamed].map(({ name }) => name);
  const known = new Set(counts.flatMap((name) => [name, ...Object.values(sidecarNames(name))]));
  return {
    waiting: oldest && { file: oldest.name, at: new Date(oldest.modifiedAtMs) },
    others: names.filter((name) => !known.has(name)),
  };
}
