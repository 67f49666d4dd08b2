// How stock stands, in the few numbers that a scrape of metrics asks for: what needs attention, how old the counts are, how the last reset
// went. And the last mornings: whether each had its count by its deadline, and what became of it.
import { type Database, read, run } from "@inventory-sync/db";
import { deadlineWindows, localTime, type PartState, type ResetState } from "@inventory-sync/domain";

export interface Standing {
  /** Facilities that need attention, by state of their reset. */
  readonly attention: { readonly held: number; readonly failed: number };
  /** What each facility's stock rests on: the time of the newest count applied in the last 30 days, oldest first. */
  readonly snapshots: readonly { readonly facilityId: string; readonly asOf: Date }[];
  /** The reset that ended last, previews and duplicates aside. */
  readonly lastReset: LastReset | undefined;
}

export type LastReset = {
  readonly id: string;
  readonly state: string;
  readonly finishedAt: Date;
  readonly rows: number;
  /** Milliseconds by step: fetchMs, stageMs (beyond fetchMs: rows are staged while the file arrives), putAwayMs, totalMs. */
  readonly timings: Readonly<Record<string, number>>;
  /** Facilities by state. */
  readonly facilities: Readonly<Record<string, number>>;
};

/** @param facilitiesMax so many snapshots at most, those with the oldest counts */
export async function readStanding(
  { pool }: Pick<Database, "pool">,
  { facilitiesMax }: { readonly facilitiesMax: number },
): Promise<Standing> {
  const [[attention], snapshots, [lastReset]] = await Promise.all([
    run<Standing["attention"]>(pool, "count_attention", []),
    run<Standing["snapshots"][number]>(pool, "list_snapshot_ages", [facilitiesMax]),
    run<LastReset>(pool, "read_last_reset", []),
  ]);
  return { attention: attention ?? { held: 0, failed: 0 }, snapshots, lastReset };
}

/** What became of the count of one morning. Times are ISO in UTC. */
export type Morning = {
  /** From when on a reset counts for it. */
  readonly opens: string;
  readonly deadline: string;
  /** `late`: applied, but not by its deadline. `refused`: a reset failed. `none`: nothing was applied, held or refused. */
  readonly state: "applied" | "late" | "held" | "refused" | "none";
  /** How many stores ended how, each by the newest reset that listed it. */
  readonly stores: Readonly<Partial<Record<PartState, number>>>;
  /** When the last of them was applied. */
  readonly appliedAt: string | null;
  readonly resetId: string | null;
  readonly running: { readonly file: string; readonly state: ResetState } | null;
  /** The resets that failed and that no accepted one has followed. */
  readonly refused: readonly { readonly resetId: string; readonly file: string; readonly outcome: string | null }[];
  /** A reset had been asked for before the deadline: one that was not has missed none. */
  readonly inUse: boolean;
};

const MORNINGS = 7;

/**
 * The last seven mornings of a source, one for each deadline, oldest first. The last one is today's: in the evening it is still that, until a reset
 * has begun that counts for tomorrow's deadline.
 * @param deadlines local times of the day
 */
export async function readMornings(
  { pool }: Pick<Database, "pool">,
  deadlines: { readonly times: readonly string[]; readonly timeZone: string },
  now: Date,
  source = "default",
): Promise<Morning[]> {
  const windows = deadlineWindows(deadlines, now, MORNINGS + 1);
  const values = [
    windows.map(({ opens }) => opens.toISOString()),
    windows.map(({ deadline }) => deadline.toISOString()),
    windows.at(-1)?.closes ?? now,
    source,
  ];
  const mornings = await read<Morning>(pool, "mornings", values);
  const newest = mornings.at(-1);
  const dayOf = (at: Date) => localTime(at, deadlines.timeZone).slice(0, "2026-11-23".length);
  const isNotYet = newest !== undefined && newest.resetId === null && dayOf(new Date(newest.deadline)) > dayOf(now);
  return (isNotYet ? mornings.slice(0, -1) : mornings).slice(-MORNINGS);
}
