// The ledger's copy in partitions: how it is begun, filled and held against the ledger. The triggers bring whatever the ledger gains or loses
// into the copy in the same transaction; the rows from before them are copied facility by facility, a piece at a time. Two things alone
// take a row out of the ledger or change one, the archive and its owner: they and the copying of the same facility wait for each other.
import type pg from "pg";
import { Locks } from "../locks.ts";

/** Into how many partitions: each statement locks all of them, with their indexes, and sixteen are small enough to be looked after one by one. */
const PARTITIONS = 16;
/** Rows of one transaction: some tenths of a second. */
const PIECE_ROWS = 10_000;

const partitions = Array.from({ length: PARTITIONS }, (_, index) => `movement_p${String(index).padStart(2, "0")}`);

const key = "facility_id, event_id, line";
const same = "c.facility_id = r.facility_id and c.event_id = r.event_id and c.line = r.line";
const wait = (rows: string) =>
  `perform pg_advisory_xact_lock(${Locks.copy}, f) from (select distinct facility_id as f from ${rows} order by 1) x;`;
const take = (rows: string) => `delete from movement_copy c using ${rows} r where ${same};`;
const put = (rows: string) => `insert into movement_copy select * from ${rows} on conflict (${key}) do nothing;`;

/** The triggers by what they follow: the transition tables, and what is done. */
const triggers = {
  insert: { tables: "new table as added", does: put("added") },
  delete: { tables: "old table as removed", does: wait("removed") + take("removed") },
  update: {
    tables: "old table as removed new table as added",
    does: wait("removed") + take("removed") + put("added"),
  },
} as const;
const kinds = Object.keys(triggers) as (keyof typeof triggers)[];

/** Drops the triggers, their functions and the note of how far the copy is. */
export const DROP_TRIGGERS = [
  ...kinds.flatMap((kind) => [
    `drop trigger if exists movement_copy_${kind} on movement`,
    `drop function if exists movement_copy_${kind}()`,
  ]),
  "drop table if exists movement_copied",
].join("; ");

/** Makes the empty copy and the triggers, all or nothing. Waits for the transactions that write to the ledger. */
export function beginCopy(options: string): string {
  return [
    "create table movement_copy (like movement including all) partition by hash (facility_id)",
    ...partitions.map(
      (name, remainder) =>
        `create table ${name} partition of movement_copy for values with (modulus ${PARTITIONS}, remainder ${remainder})${options}`,
    ),
    // How far each facility is: up to and with this key.
    "create table movement_copied (facility_id int primary key, event_id text not null, line int not null, is_whole boolean not null)",
    ...kinds.flatMap((kind) => [
      `create function movement_copy_${kind}() returns trigger language plpgsql security definer set search_path = public, pg_temp as
         $body$ begin ${triggers[kind].does} return null; end $body$`,
      `revoke execute on function movement_copy_${kind}() from public`,
      `create trigger movement_copy_${kind} after ${kind} on movement referencing ${triggers[kind].tables}
         for each statement execute function movement_copy_${kind}()`,
    ]),
  ].join("; ");
}

const PIECE = `
  with piece as materialized (
    select m.* from movement m
     where m.facility_id = $1::int and (m.event_id, m.line) > ($2::text, $3::int)
     order by m.event_id, m.line
     limit $4::int
  ), put as (
    insert into movement_copy select * from piece on conflict (${key}) do nothing
  ), last as (
    select event_id, line from piece order by event_id desc, line desc limit 1
  ), noted as (
    insert into movement_copied as n (facility_id, event_id, line, is_whole)
    select $1, coalesce((select event_id from last), $2), coalesce((select line from last), $3), (select count(*) from piece) < $4
        on conflict (facility_id) do update set event_id = excluded.event_id, line = excluded.line, is_whole = excluded.is_whole
  )
  select count(*)::int as rows from piece`;

const EQUAL = ["movement", "movement_copy"]
  .map(
    (table) =>
      `(select row(count(*), sum(hashtextextended(m::text, 0)::numeric)) from ${table} m where m.facility_id = $1::int)`,
  )
  .join(" is not distinct from ");

/** A facility whose rows from before the triggers are not all copied, and the key up to which they are. */
export interface Unfinished {
  readonly facility: number;
  readonly eventId: string;
  readonly line: number;
}

/** The facilities that are still to be copied, those that were begun first. */
export async function unfinished(on: pg.Client): Promise<Unfinished[]> {
  const { rows } = await on.query<Unfinished>(
    `select f.id as facility, coalesce(c.event_id, '') as "eventId", coalesce(c.line, -1) as line
       from facility f left join movement_copied c on c.facility_id = f.id
      where c.is_whole is not true order by c.facility_id is null, f.id`,
  );
  return rows;
}

/** Copies the next piece of a facility. Returns how many rows it had; fewer than a whole piece when the facility is done. */
export async function copyPiece(
  on: pg.Client,
  { facility, eventId, line }: Unfinished,
): Promise<{ readonly rows: number; readonly isWhole: boolean; readonly next: Unfinished }> {
  await on.query("begin");
  try {
    // By a statement of its own, so that the next one sees what was taken out while it waited.
    await on.query("select pg_advisory_xact_lock($1::int, $2::int)", [Locks.copy, facility]);
    const { rows } = await on.query<{ rows: number }>(PIECE, [facility, eventId, line, PIECE_ROWS]);
    const at = await on.query<Unfinished & { is_whole: boolean }>(
      `select facility_id as facility, event_id as "eventId", line, is_whole from movement_copied where facility_id = $1::int`,
      [facility],
    );
    await on.query("commit");
    const [next] = at.rows;
    if (next === undefined) throw new Error("the piece was not noted");
    return { rows: rows[0]?.rows ?? 0, isWhole: next.is_whole, next };
  } catch (error) {
    await on.query("rollback").catch(() => undefined);
    throw error;
  }
}

/** Whether a facility's movements are in the copy exactly as they are in the ledger, at one moment. */
export async function isCopied(on: pg.Client, facility: number): Promise<boolean> {
  const { rows } = await on.query<{ equal: boolean }>(`select ${EQUAL} as equal`, [facility]);
  return rows[0]?.equal === true;
}
