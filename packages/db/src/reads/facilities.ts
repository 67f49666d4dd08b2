// What people ask about facilities: which there are, whether they are open, when they were last heard of.
import type { Database } from "../database.ts";
import { run } from "../statements.ts";

/** `held`: its latest reset waits for somebody's decision. `reconciling`: a reset holds the facility at this moment. */
export type FacilityState = "open" | "reconciling" | "held";

/** A facility as the board shows it. Times are ISO in UTC. */
export interface FacilityView {
  readonly facilityId: string;
  readonly state: FacilityState;
  /** Its part of the latest reset that reached it; `state` is that of the facility reset. */
  readonly lastReset: {
    readonly resetId: string;
    readonly state: string;
    readonly asOf: string | null;
    readonly finishedAt: string | null;
  } | null;
  /** When the latest of its events occurred. */
  readonly lastEventAt: string | null;
}

type Row = {
  readonly facility_id: string;
  readonly reset_id: string | null;
  readonly reset_state: string | null;
  readonly as_of: Date | null;
  readonly finished_at: Date | null;
  readonly last_event_at: Date | null;
};

/** Facilities in the order of their ids. @param page `after` is the last id of the page before, '' for the first */
export async function listFacilities(
  database: Database,
  page: { readonly after: string; readonly limit: number },
): Promise<FacilityView[]> {
  const rows = await run<Row>(database.pool, "list_facilities", [page.after, page.limit]);
  return rows.map(facilityView);
}

function facilityView(row: Row): FacilityView {
  return {
    facilityId: row.facility_id,
    state: row.reset_state === "reconciling" || row.reset_state === "held" ? row.reset_state : "open",
    lastReset: row.reset_id === null ? null : lastReset(row, row.reset_id),
    lastEventAt: row.last_event_at?.toISOString() ?? null,
  };
}

function lastReset(row: Row, resetId: string): FacilityView["lastReset"] {
  const asOf = row.as_of?.toISOString() ?? null;
  return { resetId, state: row.reset_state ?? "", asOf, finishedAt: row.finished_at?.toISOString() ?? null };
}

/** facility.id of an outside id, or undefined when it is not known. */
export async function facilityNumber(database: Database, facilityId: string): Promise<number | undefined> {
  const found = await database.prisma.facility.findUnique({ where: { facilityId }, select: { id: true } });
  return found?.id;
}
