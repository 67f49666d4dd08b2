// What the tests of reads share: a database of their own, events the way the worker applies them, resets as rows.
import { randomUUID } from "node:crypto";
import { applyEvents, type Database, openDatabase } from "@inventory-sync/db";
import { fromWire, type WireEvent } from "@inventory-sync/domain";
import { freshDatabase } from "../../../tests/support/index.ts";

export interface OpenTestDatabase extends Database {
  drop(): Promise<void>;
}

/** A migrated, empty database, opened. */
export async function openFresh(): Promise<OpenTestDatabase> {
  const fresh = await freshDatabase();
  const database = openDatabase({ url: fresh.url, name: "test", poolMax: 4 });
  return {
    ...database,
    drop: async () => {
      await database.close();
      await fresh.drop();
    },
  };
}

/** How many transactions wait for another one. */
export async function waitingOnLocks(database: Database): Promise<number> {
  const found = await database.pool.query<{ waiting: number }>(
    "select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
  );
  return found.rows[0]?.waiting ?? 0;
}

const policy = { facility: "create", product: "create" } as const;

/** Applies one wire event, received at `receivedAt`, and throws unless it was done. */
export async function apply(database: Database, event: WireEvent, receivedAt = new Date()): Promise<void> {
  const [fate] = await applyEvents(database, [fromWire(event, receivedAt)], policy);
  if (fate?.fate !== "done") throw new Error(`the event was not done: ${JSON.stringify(fate)}`);
}

/** A sale of one SKU. */
export function sale(
  eventId: string,
  facilityId: string,
  sku: string,
  quantity: number,
  occurredAt = "2026-11-23T10:00:00Z",
): WireEvent {
  return { eventId, facilityId, type: "sale", occurredAt, lines: [{ sku, quantity }] };
}

export interface ResetRowOptions {
  readonly file?: string;
  readonly state?: string;
  readonly asOf?: string;
  readonly createdAt?: string;
  readonly finishedAt?: string | null;
  readonly preview?: boolean;
}

/** Inserts a reset row and returns its id. */
export async function insertReset(database: Database, options: ResetRowOptions = {}): Promise<string> {
  const id = randomUUID();
  const { file = "stock.csv", state = "completed", asOf = "2026-11-23T04:00:00Z", preview = false } = options;
  const { createdAt = "2026-11-23T04:00:05Z", finishedAt = "2026-11-23T04:00:09Z" } = options;
  await database.pool.query(
    `insert into reset (id, file, size, modified_at, observed_at, requested_by, state, as_of, as_of_from, preview,
                        created_at, finished_at, sha256, rows, timings)
     values ($1, $2, 10, $3, $3, 'test', $4, $3, 'name', $5, $6, $7, 'ab12', 3, '{"totalMs": 4000}')`,
    [id, file, asOf, state, preview, createdAt, finishedAt],
  );
  return id;
}

/** Inserts a facility's part of a reset. */
export async function insertFacilityReset(
  database: Database,
  part: { readonly resetId: string; readonly facilityId: string; readonly state: string },
): Promise<void> {
  await database.pool.query(
    `insert into facility_reset (reset_id, facility_id, state, rows, corrected, units_before, units_after, unexplained,
                                 locked_ms, finished_at)
     select $1, id, $3, 3, 1, 10, 12.5, 2.5, 17, '2026-11-23T04:00:08Z' from facility where facility_id = $2`,
    [part.resetId, part.facilityId, part.state],
  );
}
