// A session of the test's own on the system's database: to hold a facility locked the way a reset does, and to look at what
// no API shows.
import pg from "pg";
import { eventually, type System } from "../support/index.ts";

export interface DatabaseClient {
  /** Holds a facility as a reset does, until `release`. The facility must be known. */
  lockFacility(facilityId: string): Promise<void>;
  release(): Promise<void>;
  /** Stops everybody who wants to write to a table, until what it returns is called. */
  lockTable(table: string): Promise<() => Promise<void>>;
  /** Stops everybody who wants to change a row, but not those who refer to it, until what it returns is called. */
  lockRow(table: string, where: string): Promise<() => Promise<void>>;
  /** Waits until somebody waits for a lock on a table, or on a row of it. */
  somebodyWaits(table: string): Promise<void>;
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
    lockTable: (table) => hold(system, `lock table ${table} in exclusive mode`),
    lockRow: (table, where) => hold(system, `select from ${table} where ${where} for no key update`),
    somebodyWaits: async (table) => {
      // Who waits for a row waits for the transaction that has it, and keeps the row itself locked meanwhile.
      const waiting = `select from pg_locks w
        where not w.granted
          and (w.relation = $1::regclass
               or w.locktype = 'transactionid'
                  and exists (select from pg_locks t where t.pid = w.pid and t.relation = $1::regclass and t.locktype = 'tuple'))`;
      await eventually(async () => (await looker.query(waiting, [table])).rowCount);
    },
    rows: async <T extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) =>
      (await looker.query<T>(sql, [...values])).rows,
    end: async () => void (await Promise.all([holder.end(), looker.end()])),
  };
}

/** Takes a lock in a session of its own, which ends with it. */
async function hold(system: Pick<System, "databaseUrl">, statement: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: system.databaseUrl });
  await client.connect();
  await client.query("begin");
  await client.query(statement);
  return () => client.end();
}
