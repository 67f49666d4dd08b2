// Whether what a job was to do has been done: looked up in sets, because there may be hundreds of thousands of failed jobs.
import { type Database, run } from "@inventory-sync/db";
import { keptDigest } from "@inventory-sync/domain";
import type { FailedJob } from "@inventory-sync/queue";

/**
 * How much of what a job was to do is in the ledger: all of it, a part, nothing; `other` when an event's id is there with another
 * content, so that it can never be applied; `unknown` when the job does not say what it was to do. The harmless ones first.
 */
export const effects = ["all", "part", "none", "other", "unknown"] as const;
export type Effect = (typeof effects)[number];

type Work = FailedJob["carries"];

/** What of a job is in the ledger, and how many of its sales would be lost without it. */
export interface InLedger {
  readonly effect: Effect;
  /**
   * Events of which not all is there. One that is there with other content is not lost by this job, and a reset is the database's. Of a
   * job that cannot be read nothing can be applied where that is why it failed; else it counts as one.
   */
  readonly losing: number;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What of jobs is in the ledger, in their order. */
export async function inLedger(
  database: Database,
  jobs: readonly Pick<FailedJob, "queue" | "cause" | "carries">[],
): Promise<InLedger[]> {
  const works = jobs.map(({ carries }) => carries);
  const [byEvents, byReset] = await Promise.all([eventEffects(database, works), resetEffects(database, works)]);
  return jobs.map(({ queue, cause }, index) => {
    const unread = { effect: "unknown" as const, losing: queue === "events" && cause !== "BAD_PAYLOAD" ? 1 : 0 };
    return byEvents.get(index) ?? byReset.get(index) ?? unread;
  });
}

/** By the index of the work. */
type Effects = Map<number, InLedger>;

async function eventEffects(database: Database, works: readonly Work[]): Promise<Effects> {
  const asked = works.flatMap((work, index) =>
    work.kind === "events" ? work.events.map((event) => ({ index, event })) : [],
  );
  if (asked.length === 0) return new Map();
  const rows = await run<{ same: number; other: number }>(database.pool, "events_in_ledger", [
    asked.map(({ event }) => event.facilityId),
    asked.map(({ event }) => event.eventId),
    asked.map(({ event }) => keptDigest(event.content)),
  ]);
  const found = new Map<number, Found>();
  for (const [ord, { index, event }] of asked.entries()) {
    const sum = found.get(index) ?? { of: 0, done: 0, other: 0, losing: 0 };
    const { same, other } = rows[ord] ?? { same: 0, other: 0 };
    // An acknowledgement has no lines.
    const lines = Math.max(1, event.lines);
    const losing = sum.losing + (other === 0 && same < lines ? 1 : 0);
    found.set(index, { of: sum.of + lines, done: sum.done + Math.min(lines, same), other: sum.other + other, losing });
  }
  return new Map([...found].map(([index, each]) => [index, { effect: effectOf(each), losing: each.losing }]));
}

async function resetEffects(database: Database, works: readonly Work[]): Promise<Effects> {
  const asked = works.flatMap((work, index) =>
    work.kind === "reset" && UUID.test(work.resetId) ? [{ index, work }] : [],
  );
  if (asked.length === 0) return new Map();
  const rows = await run<{ facilities: number; applied: number }>(database.pool, "resets_in_ledger", [
    asked.map(({ work }) => work.resetId),
    asked.map(({ work }) => work.facilityId),
  ]);
  return new Map(
    asked.map(({ index }, ord) => {
      const { facilities, applied } = rows[ord] ?? { facilities: 0, applied: 0 };
      return [index, { effect: effectOf({ of: facilities, done: applied, other: 0 }), losing: 0 }];
    }),
  );
}

interface Found {
  readonly of: number;
  readonly done: number;
  readonly other: number;
  readonly losing: number;
}

function effectOf({ of, done, other }: Omit<Found, "losing">): Effect {
  if (other > 0) return "other";
  if (done === 0) return "none";
  return done < of ? "part" : "all";
}
