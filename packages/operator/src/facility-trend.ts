// How a facility has been day by day: what it sold, and what its counts corrected.
import { type Database, read } from "@inventory-sync/db";

/** One day of a facility, in units. */
export type FacilityDay = Readonly<
  /** When it began, ISO in UTC. */
  Record<"at", string> &
    /** Units that went out; net units that counts corrected, and those of them that nothing explains. */
    Record<"sold" | "corrected" | "unexplained", number>
>;

/** The last days of a facility, the oldest first. @param of `facility` is facility.id, `zone` an IANA name, `days` with today */
export async function facilityTrend(
  database: Database,
  { facility, zone, days }: { readonly facility: number; readonly zone: string; readonly days: number },
): Promise<FacilityDay[]> {
  return read<FacilityDay>(database.pool, "facility_trend", [facility, zone, days]);
}
