// The sources of counts, for people: how each stands, which one is meant, and a session on its server.
import { type Database, read } from "@inventory-sync/db";
import { messageOf, nextDueTime, plural, resetStates } from "@inventory-sync/domain";
import type { Inbox, Source, Sources, WaitingSnapshot } from "@inventory-sync/sftp";
import { z } from "zod";
import { time } from "./asking.ts";
import { NotFound, Refusal } from "./refusals.ts";

/** Runs something in an SFTP session with a source; where only one is there, it need not be named. */
export type WithInbox = <T>(use: (inbox: Inbox) => Promise<T>, source?: string) => Promise<T>;

/**
 * The source of that name, or the only one there is.
 * @throws NotFound when there is none of that name; Refusal when several are there and none is named, or none can be used
 */
export function chooseSource(sources: Sources, name: string | undefined): Source {
  const all = sources.all();
  const names = all.map((each) => each.name).join(", ");
  if (name !== undefined) {
    const named = sources.find(name);
    if (named) return named;
    throw new NotFound("source", `There is no source ${name}. Those of SOURCES_FILE are: ${names || "none"}.`);
  }
  const [only] = all;
  if (only && all.length === 1) return only;
  if (only) throw new Refusal(`Counts come from several sources; name one of them: ${names}.`);
  throw new Refusal(`There is no source: ${sources.fault() ?? "SOURCES_FILE has none"}.`);
}

/** What lies in incoming/ of each source, oldest first, and the servers that could not be asked. */
export interface Waiting {
  readonly files: readonly (WaitingSnapshot & { readonly source: string })[];
  /** Source by name, and why. */
  readonly away: ReadonlyMap<string, string>;
}

/** Looks into incoming/ of every source, all at once. Never throws. @param look may add a deadline of its own */
export async function lookIntoAll(
  sources: Sources,
  look: (source: string) => Promise<readonly WaitingSnapshot[]>,
): Promise<Waiting> {
  const away = new Map<string, string>();
  const found = await Promise.all(
    sources.all().map(async ({ name }) => {
      try {
        return (await look(name)).map((file) => ({ ...file, source: name }));
      } catch (error) {
        away.set(name, messageOf(error));
        return [];
      }
    }),
  );
  const files = found.flat().sort((a, b) => a.modifiedAtMs - b.modifiedAtMs || (a.name < b.name ? -1 : 1));
  return { files, away };
}

/** A source as it stands. Times are ISO in UTC. */
export const sourceSchema = z.object({
  name: z.string(),
  kind: z.literal("sftp"),
  /** Account, server and folder, without a password. */
  server: z.string(),
  timeZone: z.string(),
  resetAt: z.array(z.string()),
  deadline: z.array(z.string()),
  /** Files that wait in its incoming/; null while its server cannot be asked. */
  waiting: z.int().nullable(),
  reachable: z.boolean(),
  /** Why it is not. */
  lastError: z.string().nullable(),
  lastFile: z
    .object({
      file: z.string(),
      at: time,
      resetId: z.uuid(),
      state: z.enum(resetStates),
      outcome: z.string().nullable(),
    })
    .nullable(),
  lastAccepted: z.object({ file: z.string(), at: time }).nullable(),
  nextRun: time.nullable(),
  nextDeadline: time.nullable(),
});

export type SourceStanding = z.infer<typeof sourceSchema>;

type Last = Omit<NonNullable<SourceStanding["lastFile"]>, "resetId"> & {
  readonly source: string;
  readonly resetId: string | null;
  readonly acceptedFile: string | null;
  readonly acceptedAt: string;
};

/** How each source stands. @param waiting what a look into their incoming/ has found */
export async function readSources(
  { pool }: Pick<Database, "pool">,
  sources: Sources,
  { waiting, now }: { readonly waiting: Waiting; readonly now: Date },
): Promise<SourceStanding[]> {
  const all = sources.all();
  const last = await read<Last>(pool, "last_of_sources", [all.map(({ name }) => name)]);
  return all.map((source) => {
    const { name, schedule, deadlines } = source;
    const lastError = waiting.away.get(name) ?? null;
    const of = last.find((each) => each.source === name);
    return {
      ...{ name, kind: "sftp", server: serverOf(source), timeZone: schedule.timeZone },
      ...{ resetAt: [...schedule.times], deadline: [...deadlines.times], lastError, reachable: lastError === null },
      waiting: lastError === null ? waiting.files.filter((file) => file.source === name).length : null,
      lastFile: of?.resetId
        ? { file: of.file, at: of.at, resetId: of.resetId, state: of.state, outcome: of.outcome }
        : null,
      lastAccepted: of?.acceptedFile ? { file: of.acceptedFile, at: of.acceptedAt } : null,
      nextRun: nextDueTime(schedule, now)?.dueAt.toISOString() ?? null,
      nextDeadline: nextDueTime(deadlines, now)?.dueAt.toISOString() ?? null,
    };
  });
}

/** Said of a source in one line: "2 files wait", or why its server cannot be asked. */
export function waitingText({ waiting, lastError }: Pick<SourceStanding, "waiting" | "lastError">): string {
  return waiting === null ? (lastError ?? "not known") : `${plural(waiting, "file waits", "files wait")}`;
}

/** Account, server and folder, without the password. */
function serverOf(source: Source): string {
  try {
    const url = new URL(source.inbox().url);
    url.password = "";
    return url.href;
  } catch {
    return "not known: its password cannot be read";
  }
}
