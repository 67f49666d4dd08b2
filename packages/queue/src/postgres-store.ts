// The store on PostgreSQL: BullMQ's `job` table, found through the pool's search_path. Read only, except for the stall counter.

import type { Pool } from "pg";
import type { QueueName } from "./catalog.ts";
import type { Durability, FailedRow, QueueStore } from "./store.ts";

const loadSql = `
  select count(*)::int as waiting
  from (select 1 from job where queue = 'events' and state in ('waiting', 'delayed') limit $1::int) as counted`;

const failedAmongSql = `
  select id, finished_at_ms::float8 as at from job where queue = $1::text and state = 'failed' and id = any($2::text[])`;

const failedPageSql = `
  select id, name, coalesce(failed_reason, '') as reason, coalesce(finished_at_ms, 0)::float8 as at, attempts_made as attempts,
         case when $5::boolean then data::text end as data
  from job
  where queue = $1::text and state = 'failed'
    and ($2::bigint is null or (finished_at_ms, id collate "C") < ($2::bigint, $3::text collate "C"))
  order by finished_at_ms desc, id collate "C" desc
  limit $4::int`;

interface PageRow {
  id: string;
  name: string;
  reason: string;
  at: number;
  attempts: number;
  data: string | null;
}

/** Opens the store over a pool whose search_path is BullMQ's schema. */
export function createPostgresStore(pool: Pool): QueueStore {
  return {
    async load(waitingMax) {
      const { rows } = await pool.query<{ waiting: number }>(loadSql, [waitingMax + 1]);
      return { waiting: rows[0]?.waiting ?? 0, memoryShare: 0 };
    },
    durability: () => durability(pool),
    async failedCount(queue) {
      const sql = "select count(*)::int as failed from job where queue = $1::text and state = 'failed'";
      const { rows } = await pool.query<{ failed: number }>(sql, [queue]);
      return rows[0]?.failed ?? 0;
    },
    async failedAmong(queue, ids) {
      if (ids.length === 0) return new Map();
      const { rows } = await pool.query<{ id: string; at: number }>(failedAmongSql, [queue, ids]);
      return new Map(rows.map((row) => [row.id, row.at]));
    },
    async failedPage(queue: QueueName, { after, limit, withData }) {
      const values = [queue, after?.failedAtMs ?? null, after?.id ?? null, limit, withData];
      const { rows } = await pool.query<PageRow>(failedPageSql, values);
      return rows.map(({ at, data, ...row }): FailedRow => ({ ...row, failedAtMs: at, data: data ?? undefined }));
    },
    async clearStalls(queue, id) {
      await pool.query("update job set stalled_count = 0 where queue = $1::text and id = $2::text", [queue, id]);
    },
  };
}

async function durability(pool: Pool): Promise<Durability> {
  const sql = "select current_setting('synchronous_commit') as commits, current_setting('fsync') as fsync";
  const { rows } = await pool.query<{ commits: string; fsync: string }>(sql);
  const { commits, fsync } = rows[0] ?? { commits: "unknown", fsync: "unknown" };
  const warnings: string[] = [];
  if (commits === "off")
    warnings.push("synchronous_commit is off: a crash of PostgreSQL loses accepted events; set it to on");
  if (fsync !== "on")
    warnings.push("fsync is off: a power loss can lose accepted events and break the database; set it to on");
  return { ok: commits !== "off", durability: `postgresql (synchronous_commit ${commits})`, warnings };
}
