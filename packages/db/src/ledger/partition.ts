// Turns the ledger's table into one of sixteen partitions by facility, while sales go on: a copy that triggers keep up to date, filled
// behind them, takes the table's place in one short transaction. Each step is a transaction of its own and what is there says which
// comes next, so that one who is killed is gone on from by calling it again.
import { setTimeout as sleep } from "node:timers/promises";
import { refusePooler } from "@inventory-sync/runtime/postgres";
import type pg from "pg";
import { withConnection } from "../database.ts";
import { isLockTimeout } from "../errors.ts";
import { Locks } from "../locks.ts";
import { beginCopy, copyPiece, DROP_TRIGGERS, isCopied, unfinished } from "./partition-copy.ts";

export interface LedgerShape {
  /** whole: one table; copying: its copy is being filled; swapped: in partitions, and the old table is still there. */
  readonly state: "whole" | "copying" | "swapped" | "partitioned";
  /** Rows of the ledger, as the server estimates them. */
  readonly rows: number;
  /** Of the table with its indexes. */
  readonly bytes: number;
  /** max_locks_per_transaction. */
  readonly locks: number;
}

/** The ledger cannot be put into partitions now; the message says why. */
export class NotPartitioned extends Error {
  override readonly name = "NotPartitioned";
}

/** Below this many locks for each connection, all of them at work at once could use up those of the server. */
export const LOCKS_MIN = 256;
/** Sales wait no longer for the swap; it is tried again then. */
const LOCK_WAIT = "1s";
const LOCK_TRIES_MAX = 30;
const AGAIN_MS = 1_000;
/** Of the time that a piece took, so long nothing is copied: sales go first. */
const PAUSE_SHARE = 0.5;

export interface PartitionOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told after each piece how many rows this run has copied. */
  readonly onCopied?: (rows: number) => void;
}

/** Looks how the ledger stands. @param url postgres:// address, straight to the server */
export function readLedgerShape(url: string): Promise<LedgerShape> {
  return withConnection(url, "partition", shapeOf);
}

/**
 * Puts the ledger into partitions, or goes on with that. Returns how it stands then: partitioned, or copying when it was stopped.
 * @param url postgres:// address of the owner of the tables, straight to the server
 * @throws NotPartitioned when another run is at work, the copy differs, or the lock could not be had; ConfigError when a pooler answers
 */
export function partitionLedger(url: string, options: PartitionOptions = {}): Promise<LedgerShape> {
  return asOwner(url, async (client) => {
    let { state } = await shapeOf(client);
    if (state === "whole") await begin(client);
    if (state === "whole" || state === "copying") {
      if (!(await fill(client, options))) return shapeOf(client);
      await client.query("analyze movement_copy");
      await locked(client, SWAP);
      state = "swapped";
    }
    if (state === "swapped") await locked(client, "drop table movement_unpartitioned");
    return shapeOf(client);
  });
}

/** Gives a copy up that is not finished; the ledger is as it was. */
export function abandonPartitions(url: string): Promise<LedgerShape> {
  return asOwner(url, async (client) => {
    await dropLedgerCopy(client);
    return shapeOf(client);
  });
}

/** The same on a connection of the owner: a change of the ledger's shape would leave the copy behind. Returns whether there was one. */
export async function dropLedgerCopy(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>(
    "select to_regclass('public.movement_copied') is not null as there",
  );
  if (rows[0]?.there !== true) return false;
  await locked(client, `${DROP_TRIGGERS}; drop table movement_copy`);
  return true;
}

async function shapeOf(client: pg.Client): Promise<LedgerShape> {
  const { rows } = await client.query<LedgerShape>(`
    select case when to_regclass('public.movement_copied') is not null then 'copying'
                when to_regclass('public.movement_unpartitioned') is not null then 'swapped'
                when m.relkind = 'p' then 'partitioned' else 'whole' end as state,
           t.rows, t.bytes, current_setting('max_locks_per_transaction')::int as locks
      from pg_class m,
           lateral (select sum(greatest(c.reltuples, 0))::float8 as rows, sum(pg_total_relation_size(c.oid))::float8 as bytes
                      from pg_class c
                     where c.relkind = 'r' and (c.oid = m.oid or c.oid in (select inhrelid from pg_inherits where inhparent = m.oid))) t
     where m.oid = to_regclass('public.movement')`);
  const [shape] = rows;
  if (shape === undefined) throw new NotPartitioned("the database has no ledger: run the migrations first");
  return shape;
}

/** Only one at a time, and as the ledger's owner, whom all that is made then belongs to. */
async function asOwner<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  return withConnection(url, "partition", async (client) => {
    refusePooler(client, {
      address: "DATABASE_OWNER_URL",
      what: "the lock that keeps two of these from each other would not hold",
      fix: "Set it to the PostgreSQL server's own address",
    });
    const { rows } = await client.query<{ free: boolean }>("select pg_try_advisory_lock($1::int, 0) as free", [
      Locks.copy,
    ]);
    if (rows[0]?.free !== true) throw new NotPartitioned("another run is at work on the ledger's partitions");
    await client.query(
      "select set_config('role', tableowner, false) from pg_tables where schemaname = 'public' and tablename = 'movement'",
    );
    await client.query("select set_config('search_path', 'public', false)");
    return work(client);
  });
}

async function begin(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ options: string }>(
    "select coalesce(' with (' || array_to_string(reloptions, ', ') || ')', '') as options from pg_class where oid = 'movement'::regclass",
  );
  await locked(client, beginCopy(rows[0]?.options ?? ""));
}

/** Copies what was there before the triggers. Returns false when it was stopped. */
async function fill(client: pg.Client, { signal, onCopied }: PartitionOptions): Promise<boolean> {
  let copied = 0;
  for (;;) {
    const left = await unfinished(client);
    if (left.length === 0) return true;
    for (const first of left) {
      for (let at = first, isWhole = false; !isWhole; ) {
        if (signal?.aborted) return false;
        const startedAt = performance.now();
        const piece = await copyPiece(client, at);
        ({ next: at, isWhole } = piece);
        copied += piece.rows;
        onCopied?.(copied);
        if (piece.rows > 0) await sleep((performance.now() - startedAt) * PAUSE_SHARE);
      }
      if (await isCopied(client, first.facility)) continue;
      throw new NotPartitioned(
        `the copy of facility.id ${first.facility} is not what the ledger has. Nothing was changed: give it up with --abandon, and begin anew`,
      );
    }
  }
}

/** Runs statements in one transaction that waits for others a second at most, again and again. Those who come after it wait as long. */
async function locked(client: pg.Client, statements: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await client.query(`begin; set local lock_timeout = '${LOCK_WAIT}'; ${statements}; commit`);
      return;
    } catch (error) {
      await client.query("rollback").catch(() => undefined);
      if (!isLockTimeout(error)) throw error;
      if (tries === LOCK_TRIES_MAX)
        throw new NotPartitioned(
          "others hold the ledger all the time (a long statement, a backup?): nothing is lost, run it again when they are done",
        );
      await sleep(AGAIN_MS);
    }
  }
}

/** What the table has by itself goes over to its copy: names of indexes, rights, the sequence, triggers. */
const SWAP = `do $swap$
declare
  triggers text[];
  sequence text := pg_get_serial_sequence('movement', 'seq');
  each record;
begin
  lock table movement, movement_copy in access exclusive mode;
  ${DROP_TRIGGERS};
  select array_agg(pg_get_triggerdef(oid)) into triggers from pg_trigger where tgrelid = 'movement'::regclass and not tgisinternal;
  for each in
    select o.name as old, n.name as new
      from (select indexrelid::regclass::text as name, regexp_replace(pg_get_indexdef(indexrelid), ' INDEX .* USING', '') as def
              from pg_index where indrelid = 'movement'::regclass) o
      join (select indexrelid::regclass::text as name, regexp_replace(pg_get_indexdef(indexrelid), ' INDEX .* USING', '') as def
              from pg_index where indrelid = 'movement_copy'::regclass) n using (def)
  loop
    execute format('alter index %I rename to %I', each.old, each.old || '_unpartitioned');
    execute format('alter index %I rename to %I', each.new, each.old);
  end loop;
  for each in
    select a.privilege_type as privilege, '' as columns, a.grantee, a.is_grantable
      from pg_class c, aclexplode(c.relacl) a where c.oid = 'movement'::regclass and a.grantee <> c.relowner
     union all
    select a.privilege_type, format(' (%I)', t.attname), a.grantee, a.is_grantable
      from pg_attribute t, aclexplode(t.attacl) a where t.attrelid = 'movement'::regclass and not t.attisdropped
  loop
    execute format('grant %s%s on movement_copy to %s%s', each.privilege, each.columns,
                   case when each.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(each.grantee)) end,
                   case when each.is_grantable then ' with grant option' else '' end);
  end loop;
  alter table movement rename to movement_unpartitioned;
  alter table movement_copy rename to movement;
  execute format('alter sequence %s owned by movement.seq', sequence);
  for each in select unnest(triggers) as def loop
    execute each.def;
  end loop;
end $swap$`;
