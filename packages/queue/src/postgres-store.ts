// What is read and kept in PostgreSQL past BullMQ's own calls: BullMQ's table `job`, which is only read except for the stall
// counter and failed jobs that are dismissed, and tables of ours beside it. All are found through the pool's search_path.

import type { Pool, QueryResultRow } from "pg";
import type { Durability, FailedRow, QueueStore } from "./connection.ts";

/** Makes our tables. The lock keeps two processes from making them at once. */
export const ownTablesSql = `
  select pg_advisory_xact_lock(7302, 1);
  create table if not exists client_use (key_id text primary key, last_used_at timestamptz not null);
  create table if not exists request_note (id bigint generated always as identity primary key, note text not null)`;

const loadSql = `
  select count(*)::int as waiting
  from (select 1 from job where queue = 'events' and state in ('waiting', 'delayed') limit $1::int) as counted`;

const holdsEventSql = `
  select count(*)::int as looked,
         coalesce(bool_or(data @> jsonb_build_object('events', jsonb_build_array(
           jsonb_build_object('facilityId', $1::text, 'eventId', $2::text)))), false) as found
  from (select data from job where queue = 'events' and state in ('waiting', 'delayed', 'active') limit $3::int) as held`;

const failedCountSql = "select count(*)::int as failed from job where queue = $1::text and state = 'failed'";

const failedAmongSql = `
  select id, finished_at_ms::float8 as at from job where queue = $1::text and state = 'failed' and id = any($2::text[])`;

const unfinishedAmongSql = `
  select id, state = 'failed' as "isFailed" from job where queue = $1::text and id = any($2::text[]) and state <> 'completed'`;

const failedPageSql = `
  select id, name, coalesce(failed_reason, '') as reason, coalesce(finished_at_ms, 0)::float8 as "failedAtMs",
         attempts_made as attempts, case when $5::boolean then data::text end as data
  from job
  where queue = $1::text and state = 'failed'
    and ($2::bigint is null or (finished_at_ms, id collate "C") < ($2::bigint, $3::text collate "C"))
  order by finished_at_ms desc, id collate "C" desc
  limit $4::int`;

/** The row is locked before its state is believed, so a retry comes before or after; what a removal means is BullMQ's to say. */
const removeFailedSql = `
  with failed as (
    select id from job where queue = $1::text and state = 'failed' and id = any($2::text[]) order by id for update
  )
  select id from failed where remove($1::text, id, false) > 0`;

const clearStallsSql = "update job set stalled_count = 0 where queue = $1::text and id = $2::text";

const writeKeyUsesSql = `
  insert into client_use (key_id, last_used_at)
  select id, to_timestamp(at_ms / 1000) from unnest($1::text[], $2::float8[]) as used (id, at_ms) order by id
      on conflict (key_id) do update set last_used_at = greatest(client_use.last_used_at, excluded.last_used_at)`;

const readKeyUsesSql = `
  select key_id as id, round(extract(epoch from last_used_at) * 1000)::float8 as at from client_use`;

const addNotesSql = `
  with added as (
    insert into request_note (note) select note from unnest($1::text[]) with ordinality as n (note, ord) order by ord
  )
  delete from request_note where id <= (select max(id) from request_note) - $2::int`;

const readNotesSql = "select id::text as id, note as text from request_note order by request_note.id limit $1::int";

const removeNotesSql = "delete from request_note where id = any($1::bigint[])";

const durabilitySql = "select current_setting('synchronous_commit') as commits, current_setting('fsync') as fsync";

/** Opens the store over a pool whose search_path is BullMQ's schema. */
export function createPostgresStore(pool: Pool): QueueStore {
  const rowsOf = async <Row extends QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> =>
    (await pool.query<Row>(sql, values)).rows;
  const timesOf = async (sql: string, values?: unknown[]): Promise<Map<string, number>> =>
    new Map((await rowsOf<{ id: string; at: number }>(sql, values)).map(({ id, at }) => [id, at]));
  return {
    async loads(waitingMax) {
      const [row] = await rowsOf<{ waiting: number }>(loadSql, [waitingMax + 1]);
      return new Map([[0, { waiting: row?.waiting ?? 0, memoryShare: 0 }]]);
    },
    async holdsEvent({ facilityId, eventId }, lookedMax) {
      const values = [facilityId, eventId, lookedMax + 1];
      const [row] = await rowsOf<{ looked: number; found: boolean }>(holdsEventSql, values);
      return { found: row?.found ?? false, isAll: (row?.looked ?? 0) <= lookedMax };
    },
    replicated: (_shard, write) => write(),
    replicas: async () => undefined,
    async durability() {
      const [row] = await rowsOf<{ commits: string; fsync: string }>(durabilitySql);
      return durabilityOf(row ?? { commits: "unknown", fsync: "unknown" });
    },
    async failedCount(queue) {
      const [row] = await rowsOf<{ failed: number }>(failedCountSql, [queue]);
      return row?.failed ?? 0;
    },
    failedAmong: async (queue, _shard, ids) => (ids.length === 0 ? new Map() : timesOf(failedAmongSql, [queue, ids])),
    async unfinishedAmong(queue, ids) {
      const rows = await rowsOf<{ id: string; isFailed: boolean }>(unfinishedAmongSql, [queue, ids]);
      return new Map(rows.map(({ id, isFailed }) => [id, { isFailed }]));
    },
    async failedPage(queue, { after, limit, withData }) {
      const values = [queue, after?.failedAtMs ?? null, after?.id ?? null, limit, withData];
      const rows = await rowsOf<Omit<FailedRow, "data" | "shard"> & { data: string | null }>(failedPageSql, values);
      return rows.map((row) => ({ ...row, shard: 0, data: row.data ?? undefined }));
    },
    removeFailed: async (queue, ids) =>
      (await rowsOf<{ id: string }>(removeFailedSql, [queue, ids])).map(({ id }) => id),
    clearStalls: async (queue, _shard, id) => void (await rowsOf(clearStallsSql, [queue, id])),
    writeKeyUses: async (uses) => void (await rowsOf(writeKeyUsesSql, [[...uses.keys()], [...uses.values()]])),
    readKeyUses: () => timesOf(readKeyUsesSql),
    addNotes: async (texts, keptMax) => void (await rowsOf(addNotesSql, [texts, keptMax])),
    readNotes: (limit) => rowsOf(readNotesSql, [limit]),
    removeNotes: async (ids) => void (await rowsOf(removeNotesSql, [ids])),
    sharedRate: undefined,
  };
}

function durabilityOf({ commits, fsync }: { commits: string; fsync: string }): Durability {
  const warnings: string[] = [];
  if (commits === "off")
    warnings.push("synchronous_commit is off: a crash of PostgreSQL loses accepted events; set it to on");
  if (fsync !== "on")
    warnings.push("fsync is off: a power loss can lose accepted events and break the database; set it to on");
  return { ok: commits !== "off", durability: `postgresql (synchronous_commit ${commits})`, warnings };
}
