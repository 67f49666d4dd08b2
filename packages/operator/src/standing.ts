// How stock stands, in the few numbers that a scrape of metrics asks for: what needs attention, how old the counts are, how
// the last reset went.
import { type Database, run } from "@inventory-sync/db";

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
