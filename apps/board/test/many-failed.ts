// Very many failed jobs for a test, copied from one: failing each of them would take minutes.
import { type Database, openDatabase } from "@inventory-sync/db";
import type { Queues } from "@inventory-sync/queue";
import { redisCommand } from "../../../tests/support/index.ts";
import { failSales, sale } from "./support.ts";

const LOT = 10_000;
/** The first copy failed at this time, each other one a millisecond after the one before. */
export const firstFailedMs = 1_700_000_000_000;

/** Fails the sale e0 of store S001, and copies it: events e1…, of as many stores S0, S1… in turn. */
export async function failMany(queues: Queues, url: string, jobs: number, stores: number): Promise<void> {
  await failSales(queues, "UNKNOWN_PRODUCT", [sale("e0", "S001", "A", 1)]);
  const id = (await queues.failedJobs()).jobs[0]?.id ?? "";
  const database = queues.kind === "redis" ? undefined : openDatabase({ url, name: "test", poolMax: 1 });
  for (let from = 1; from <= jobs; from += LOT) {
    const lot = { id, from, to: Math.min(jobs, from + LOT - 1), stores };
    await (database === undefined ? copyInRedis(url, lot) : copyInPostgres(database, lot));
  }
  await database?.close();
}

interface Lot {
  readonly id: string;
  readonly from: number;
  readonly to: number;
  readonly stores: number;
}

async function copyInRedis(url: string, { id, from, to, stores }: Lot): Promise<void> {
  const script = `local from = redis.call('HGETALL', KEYS[1])
    for n = ${from}, ${to} do
      local to = {}
      for i = 1, #from, 2 do
        to[i] = from[i]
        to[i + 1] = from[i + 1]
        if from[i] == 'data' then
          to[i + 1] = string.gsub(string.gsub(from[i + 1], 'S001', 'S' .. (n % ${stores})), 'e0', 'e' .. n)
        end
      end
      redis.call('HSET', 'inventory-sync:events:copy' .. n, unpack(to))
      redis.call('ZADD', KEYS[2], ${firstFailedMs - 1} + n, 'copy' .. n)
    end`;
  await redisCommand(url, "EVAL", script, "2", `inventory-sync:events:${id}`, "inventory-sync:events:failed");
}

async function copyInPostgres(database: Database, { id, from, to, stores }: Lot): Promise<void> {
  await database.pool.query(
    `insert into bullmq.job
     select r.*
       from bullmq.job j, generate_series(${from}, ${to}) n,
            jsonb_populate_record(j, jsonb_build_object('id', 'copy' || n, 'finished_at_ms', ${firstFailedMs - 1} + n,
              'data', replace(replace(j.data::text, 'S001', 'S' || n % ${stores}), 'e0', 'e' || n)::jsonb)) r
      where j.id = $1`,
    [id],
  );
}
