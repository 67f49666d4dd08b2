// A session of the test's own on the system's database: to hold a facility locked the way a reset does, and to look at what
// no API shows.
import pg from "pg";
import type { System } from "../support/index.ts";

export interface DatabaseClient {
  /** Holds a facility as a reset does, until `release`. The facility must be known. */
  lockFacility(facilityId: string): Promise<void>;
  release(): Promise<void>;
  rows<T extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<T[]>;
  end(): Promise<void>;
}

/** The first key of the advisory lock of a facility. */
const facilityLock = 7002;

/** Opens a session for one lock, and another one for looking. */
export async function databaseClient(system: Pick<System, "databaseUrl">): Promise<DatabaseClient> {
  const [holder, looker] = [0, 1].map(() => new pg.Client({ connectionString: system.databaseUrl })) as [
    pg.Client,
    pg.Client,
  ];
  await Promise.all([holder.connect(), looker.connect()]);
  return {
    lockFacility: async (facilityId) => {
      const found = await looker.query<{ id: number }>("select id from facility where facility_id = $1", [facilityId]);
      if (!found.rows[0]) throw new Error(`facility ${facilityId} is not known`);
      await holder.query("begin");
      await holder.query("select pg_advisory_xact_lock($1, $2)", [facilityLock, found.rows[0].id]);
    },
    release: async () => void (await holder.query("rollback")),
    rows: async <T extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) =>
      (await looker.query<T>(sql, [...values])).rows,
    end: async () => void (await Promise.all([holder.end(), looker.end()])),
  };
}
