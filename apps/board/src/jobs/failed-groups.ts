// Failed jobs by cause, as they are counted: one after another, with what of each is in the ledger already.
import { type Effect, effects } from "@inventory-sync/db";
import type { FailedJob, QueueName } from "@inventory-sync/queue";

/** How many jobs have had which effect. */
export type EffectCounts = Readonly<Record<Effect, number>>;

/** Jobs of one facility in a group. */
export interface FacilityCount {
  /** Null for jobs that belong to none. */
  readonly facilityId: string | null;
  readonly count: number;
  readonly effects: EffectCounts;
}

/** Failed jobs of one queue and one cause. */
export interface FailedGroup {
  readonly queue: QueueName;
  readonly cause: string;
  readonly count: number;
  readonly firstAt: string;
  readonly lastAt: string;
  /** The newest. */
  readonly example: FailedJob;
  readonly effects: EffectCounts;
  /** Most first. */
  readonly facilities: readonly FacilityCount[];
}

type Counting<T> = { -readonly [Key in keyof T]: T[Key] };
type Tally = { -readonly [Key in Effect]: number };
type Group = Omit<Counting<FailedGroup>, "facilities" | "effects"> & {
  effects: Tally;
  facilities: Map<string | null, { count: number; effects: Tally }>;
};

/** Counts jobs into groups. */
export interface FailedTally {
  /** @param effect what of it is in the ledger */
  add(job: FailedJob, effect: Effect): void;
  /** What is counted so far, most first. */
  groups(): FailedGroup[];
}

/** An empty count. */
export function createTally(): FailedTally {
  const groups = new Map<string, Group>();
  return {
    add(job, effect) {
      const key = `${job.queue} ${job.cause}`;
      const group = groups.get(key) ?? begin(job);
      groups.set(key, group);
      group.count += 1;
      group.effects[effect] += 1;
      if (job.failedAt < group.firstAt) group.firstAt = job.failedAt;
      if (job.failedAt > group.lastAt) group.lastAt = job.failedAt;
      const facility = group.facilities.get(job.facility) ?? { count: 0, effects: none() };
      group.facilities.set(job.facility, facility);
      facility.count += 1;
      facility.effects[effect] += 1;
    },
    groups: () => [...groups.values()].map(finished).sort((a, b) => b.count - a.count || (a.cause < b.cause ? -1 : 1)),
  };
}

function begin(job: FailedJob): Group {
  const { queue, cause, failedAt } = job;
  return {
    ...{ queue, cause, count: 0, firstAt: failedAt, lastAt: failedAt, example: job },
    ...{ effects: none(), facilities: new Map() },
  };
}

function finished(group: Group): FailedGroup {
  const facilities = [...group.facilities].map(([facilityId, { count, effects: had }]) => ({
    ...{ facilityId, count, effects: { ...had } },
  }));
  const byCount = facilities.sort(
    (a, b) => b.count - a.count || ((a.facilityId ?? "") < (b.facilityId ?? "") ? -1 : 1),
  );
  return { ...group, effects: { ...group.effects }, facilities: byCount };
}

function none(): Tally {
  return Object.fromEntries(effects.map((effect) => [effect, 0])) as Tally;
}
