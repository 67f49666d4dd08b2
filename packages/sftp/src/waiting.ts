// Flow 2, step 1: what waits in incoming/, as one look at the folder finds it; and which of it a reset that a person begins is to be run over, or in
// words why there is none.
import { posix } from "node:path";
import { isOneFileName, isPlainFileName, nameFault, sidecarNames, someOf } from "@inventory-sync/domain";
import { SftpFailure, shownName } from "./failure.ts";
import type { InboxFile, InboxPlace } from "./leave-incoming.ts";
import { listFolder, type RemoteEntry, type RemoteStat, statOf } from "./look.ts";

/** A file of incoming/ as a look at the whole folder finds it. */
export interface WaitingSnapshot extends InboxFile {
  /** Size and time of the manifest and the hash beside it, as one text that changes when they do; "" when there are none. */
  readonly beside: string;
}

export interface Found {
  /** Oldest first, those of the same second by name. */
  readonly waiting: readonly WaitingSnapshot[];
  /** Snapshots by their endings, whose names cannot be kept: too long, or with characters that nobody sees. */
  readonly badlyNamed: readonly InboxFile[];
  /** Every name, also of what is no snapshot: for telling people what was found. */
  readonly names: readonly string[];
}

/** Looks into incoming/. One that is missing is made by `make`, with its sisters. @throws SftpFailure when the server fails */
export async function lookIntoIncoming(
  place: InboxPlace,
  isSnapshot: (name: string) => boolean,
  make: () => Promise<void>,
): Promise<Found> {
  const entries = await listIncoming(place, make);
  const isOurs = ({ name, isFile }: RemoteEntry): boolean => isFile && isOneFileName(name) && isSnapshot(name);
  const seen = await Promise.all(entries.filter(isOurs).map((entry) => filledUp(place, entry)));
  const files = seen
    .flatMap(({ name, stat }) => (stat ? [{ name, ...stat }] : []))
    .sort((a, b) => a.modifiedAtMs - b.modifiedAtMs || (a.name < b.name ? -1 : 1));
  const stats = new Map(entries.flatMap(({ name, stat }) => (stat ? [[name, stat] as const] : [])));
  return {
    waiting: files
      .filter(({ name }) => isPlainFileName(name))
      .map((file) => ({ ...file, beside: besideText(file.name, stats) })),
    badlyNamed: files.filter(({ name }) => !isPlainFileName(name)),
    names: entries.map(({ name }) => name).sort(),
  };
}

/** The sidecars that are there, as one text that changes when they do. */
export function besideText(name: string, stats: ReadonlyMap<string, RemoteStat>): string {
  return Object.values(sidecarNames(name))
    .flatMap((sidecar) => {
      const found = stats.get(sidecar);
      return found ? [`${sidecar} ${found.size} ${found.modifiedAtMs}`] : [];
    })
    .join("; ");
}

/** What incoming/ holds. On a new server it is missing: then it and its sisters are made, unless there is no such base path at all. */
async function listIncoming({ session, basePath }: InboxPlace, make: () => Promise<void>): Promise<RemoteEntry[]> {
  try {
    return await listFolder(session, posix.join(basePath, "incoming"));
  } catch (error) {
    const isMissing = error instanceof SftpFailure && error.kind === "not-found";
    if (!isMissing || (await statOf(session, basePath)) === undefined) throw error;
    await make();
    return [];
  }
}

/** The entry with its size and time, asked for by itself where the list lacks them. What tells neither stops nobody else. */
async function filledUp({ session, log, basePath }: InboxPlace, entry: RemoteEntry): Promise<RemoteEntry> {
  if (entry.stat) return entry;
  const stat = await statOf(session, posix.join(basePath, "incoming", entry.name)).catch((error: unknown) => {
    if (error instanceof SftpFailure && error.kind === "other") return undefined;
    throw error;
  });
  if (stat && stat.modifiedAtMs > 0) return { ...entry, stat };
  log.warn({ file: shownName(entry.name) }, "passed over: the server tells no size or time of this file");
  return entry;
}

/** There is nothing to run a reset over. */
export interface NoSnapshot {
  /** `named`: the file asked for is not there; `unusable`: it is, but is no snapshot by its name; `none`: nothing waits. */
  readonly missing: "named" | "unusable" | "none";
  /** What was looked for, what was found in incoming/, and what to do. */
  readonly reason: string;
}

const NAMES_SHOWN_MAX = 10;

/**
 * Chooses the oldest waiting snapshot, or the one of that name. Files whose names cannot be kept are passed over, and said to be
 * there: the daily run moves them to rejected/, where that is on record and raises an alarm.
 * @param dealtWith asked once the folder was listed; tells what a reset has dealt with: it is run again only where it is named
 * @throws SftpFailure when the server fails
 */
export async function chooseSnapshot(
  inbox: { look(): Promise<Found> },
  name: string | undefined,
  dealtWith: () => Promise<(file: WaitingSnapshot) => boolean> = async () => () => false,
): Promise<WaitingSnapshot | NoSnapshot> {
  const { waiting, badlyNamed, names } = await inbox.look();
  const isDealtWith = await dealtWith();
  const chosen = waiting.find((file) => (name === undefined ? !isDealtWith(file) : file.name === name));
  if (chosen) return chosen;
  if (name === undefined) {
    const bad =
      badlyNamed.length === 0
        ? ""
        : ` The names of ${badlyNamed.length} of them cannot be kept: the daily run moves those to rejected/.`;
    const reason = `No snapshot waits in incoming/. ${found(names)}${bad} Send a file whose name fits SNAPSHOT_GLOB, then ask again.`;
    return { missing: "none", reason };
  }
  if (badlyNamed.some((file) => file.name === name)) {
    const reason = `${shownName(name)} cannot be taken: its name ${nameFault(name)}. Send it again under another name; the daily run moves this one to rejected/.`;
    return { missing: "unusable", reason };
  }
  if (names.includes(name)) {
    const reason = `${shownName(name)} lies in incoming/, but its name is not that of a whole snapshot. Rename it to fit SNAPSHOT_GLOB once it is whole.`;
    return { missing: "unusable", reason };
  }
  return {
    missing: "named",
    reason: `${shownName(name)} does not lie in incoming/. ${found(names)} Name one of those, or send the file.`,
  };
}

function found(names: readonly string[]): string {
  if (names.length === 0) return "The folder is empty.";
  return `Found there: ${someOf(names.map(shownName), NAMES_SHOWN_MAX)}.`;
}
