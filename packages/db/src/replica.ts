// A replica that is read from: how old what it shows is, and whether it shows what somebody has just written. Its age is measured by what
// the primary has written and when that was seen, so that neither clocks nor an idle primary nor a cut replication deceive.
import { setTimeout as sleep } from "node:timers/promises";
import { withinMs } from "@inventory-sync/runtime/deadline";
import type { OutageLog } from "@inventory-sync/runtime/postgres";
import { type Database, openDatabase } from "./database.ts";
import { only, type Queryable } from "./statements.ts";

/** How a replica stands. `unknown` until it has first shown what there was then, or the limit has passed. */
export interface ReplicaStanding {
  readonly state: "current" | "behind" | "away" | "unknown";
  /** What it shows is no older than this, in ms; undefined where that is not known. */
  readonly ageMs: number | undefined;
  /** The primary does not answer, so that it is better than nothing however old it is. */
  readonly isAlone: boolean;
}

export type Replica = ReturnType<typeof openReplica>;

interface ReplicaOptions {
  readonly primary: Pick<Database, "pool">;
  readonly url: string;
  readonly name: string;
  readonly poolMax: number;
  /** One whose age is above this is not read from, in ms. */
  readonly ageMsMax: number;
  /** Is told when it begins and when it ceases to be used. */
  readonly log: OutageLog;
}

const LOOK_MS_MAX = 1_000;
const LOOKS_IN_LIMIT = 3;
const ANSWER_MS_MAX = 1_000;
/** Below the server's own limit, after which it cancels what keeps it from replaying. */
const STATEMENT_MS_MAX = 25_000;
/** Who has just written waits for the replica so long; then the primary is asked. */
const CATCH_UP_MS_MAX = 1_000;
const CATCH_UP_LOOK_MS = 50;
/** Of a replica that is hours behind no more is remembered. */
const SEEN_MAX = 1_000;

/** A place in the primary's log as it is written in headers: `16/B374D848`. */
export const LSN = /^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/;

/** Up to where the server has written what is committed. */
export async function writtenUpTo({ pool }: Pick<Database, "pool">): Promise<string> {
  return (await lsnOf(pool, "written_up_to")) ?? "0/0";
}

async function lsnOf(on: Queryable, statement: "written_up_to" | "replayed_up_to"): Promise<string | undefined> {
  return (await only<{ lsn: string | null }>(on, statement)).lsn ?? undefined;
}

function numberOf(lsn: string): bigint {
  const [high = "0", low = "0"] = lsn.split("/");
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}

/** Opens a replica and looks at it until it is closed; the servers may be away. */
export function openReplica({ primary, ageMsMax, log, ...options }: ReplicaOptions) {
  const database = openDatabase({ ...options, statementMsMax: STATEMENT_MS_MAX, givesUpSilent: true });
  const everyMs = Math.min(LOOK_MS_MAX, ageMsMax / LOOKS_IN_LIMIT);
  /** What the primary had written, and when at the earliest, oldest first. */
  let seen: { readonly lsn: bigint; readonly atMs: number }[] = [];
  let shownAtMs: number | undefined;
  let replayed = -1n;
  let isAway: boolean | undefined;
  const openedAtMs = performance.now();
  let isAlone = false;
  let wasUsable = true;

  const standing = (): ReplicaStanding => {
    if (isAway === undefined) return { state: "unknown", ageMs: undefined, isAlone };
    const ageMs = shownAtMs === undefined ? undefined : Math.round(performance.now() - shownAtMs);
    if (isAway) return { state: "away", ageMs, isAlone };
    // It takes a moment to replay even what was written when it was first looked at.
    if (ageMs === undefined && performance.now() - openedAtMs <= ageMsMax) return { state: "unknown", ageMs, isAlone };
    return { state: ageMs !== undefined && ageMs <= ageMsMax ? "current" : "behind", ageMs, isAlone };
  };
  const isUsable = (): boolean => {
    const { state, ageMs } = standing();
    return state === "current" || (state === "behind" && isAlone && ageMs !== undefined);
  };
  const note = (lsn: string): void => {
    replayed = numberOf(lsn);
    const newest = seen.findLast((each) => each.lsn <= replayed);
    if (newest === undefined) return;
    shownAtMs = newest.atMs;
    seen = seen.filter((each) => each.lsn > replayed);
  };
  const look = async (): Promise<void> => {
    const atMs = performance.now();
    const written = await withinMs(ANSWER_MS_MAX, writtenUpTo(primary)).catch(() => undefined);
    isAlone = written === undefined;
    if (written !== undefined && seen.length < SEEN_MAX) seen.push({ lsn: numberOf(written), atMs });
    const lsn = await withinMs(ANSWER_MS_MAX, lsnOf(database.pool, "replayed_up_to")).catch(() => undefined);
    isAway = lsn === undefined;
    if (lsn !== undefined) note(lsn);
    if (standing().state === "unknown" || isUsable() === wasUsable) return;
    wasUsable = isUsable();
    if (wasUsable) log.info({}, "the replica can be read from again");
    else log.warn(standing(), "the replica of DATABASE_READ_URL is away or too old; the primary is read from");
  };
  const stopping = new AbortController();
  const looking = (async () => {
    while (!stopping.signal.aborted) {
      await look();
      await sleep(everyMs, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
    }
  })();
  return {
    database,
    standing,
    isUsable,
    /** Waits a moment until it has replayed what was written up to a place of the log. Says whether it has. Never throws. */
    async shows(lsn: string): Promise<boolean> {
      const wanted = numberOf(lsn);
      const until = performance.now() + CATCH_UP_MS_MAX;
      while (replayed < wanted && performance.now() < until) {
        const now = await withinMs(ANSWER_MS_MAX, lsnOf(database.pool, "replayed_up_to")).catch(() => undefined);
        if (now === undefined) return false;
        note(now);
        if (replayed < wanted) await sleep(CATCH_UP_LOOK_MS);
      }
      return replayed >= wanted;
    },
    async close(): Promise<void> {
      stopping.abort();
      await looking;
      await database.close();
    },
  };
}
