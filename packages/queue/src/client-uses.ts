// When each key of a client was last used, kept on the queue's server: ingest has no other place in its default mode. It is
// a note for operators (is the old key still in use?), so it costs no request anything, and may be lost without harm.

import type { Cluster, Redis } from "ioredis";
import type { Pool } from "pg";
import { within } from "./deadline.ts";
import type { QueueLog } from "./log.ts";
import { messageOf, type Outage } from "./outage.ts";

/** Digits of a key's SHA-256 under which its use is noted: enough to tell keys apart, nothing to send with. */
const idLength = 16;
/** A key's use is written at most once in this time. */
const writeIntervalMs = 60_000;
const writeDeadlineMs = 2_000;
/** How often what is not written yet is looked at; uses that come meanwhile are written together. */
const lookIntervalMs = 500;

/** Where the notes are kept; by key id, the time of the last use in ms. */
export interface ClientUseStore {
  write(uses: ReadonlyMap<string, number>): Promise<void>;
  read(): Promise<Map<string, number>>;
}

/** What the producer notes, and the operator reads. */
export interface ClientUses {
  /** Notes that a key was used just now. Never waits and never throws. @param keyHash SHA-256 of the key, hex */
  noteClientUse(keyHash: string): void;
  /** When the keys were last used, by their SHA-256 in hex; a key that is missing was not seen. Throws when the server is away. */
  clientUses(keyHashes: readonly string[]): Promise<Map<string, Date>>;
}

/** The id under which the use of a key is kept. */
function idOf(keyHash: string): string {
  return keyHash.slice(0, idLength);
}

/** Starts noting. `flush` writes what is left, for the end of the process. */
export function createClientUses(
  { clientUses: store, outage }: { readonly clientUses: ClientUseStore; readonly outage: Outage },
  log: QueueLog,
): ClientUses & { flush(): Promise<void> } {
  const unwritten = new Map<string, number>();
  const triedAtMs = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;

  const dueAtMs = (id: string): number => (triedAtMs.get(id) ?? 0) + writeIntervalMs;

  const write = async (ids: readonly string[]): Promise<void> => {
    if (ids.length === 0 || outage.state() !== "up") return;
    const uses = new Map(ids.map((id) => [id, unwritten.get(id) ?? Date.now()]));
    for (const id of ids) {
      triedAtMs.set(id, Date.now());
      unwritten.delete(id);
    }
    try {
      await within(writeDeadlineMs, "noting the use of keys", store.write(uses));
    } catch (error) {
      // A use that came meanwhile is newer than the one that could not be written.
      for (const [id, atMs] of uses) if (!unwritten.has(id)) unwritten.set(id, atMs);
      log.debug({ reason: messageOf(error) }, "the use of keys could not be noted; it is tried again later");
    }
  };
  const arm = (): void => {
    if (timer !== undefined || unwritten.size === 0) return;
    timer = setTimeout(() => {
      timer = undefined;
      void write([...unwritten.keys()].filter((id) => dueAtMs(id) <= Date.now())).then(arm);
    }, lookIntervalMs).unref();
  };

  return {
    noteClientUse(keyHash) {
      unwritten.set(idOf(keyHash), Date.now());
      arm();
    },
    flush: () => write([...unwritten.keys()]),
    async clientUses(keyHashes) {
      const uses = await within(writeDeadlineMs, "the use of keys", store.read());
      return new Map(
        keyHashes.flatMap((keyHash): [string, Date][] => {
          const atMs = uses.get(idOf(keyHash));
          return atMs === undefined ? [] : [[keyHash, new Date(atMs)]];
        }),
      );
    },
  };
}

/** In a hash of Redis. @param key its name */
export function redisClientUses(client: Redis | Cluster, key: string): ClientUseStore {
  return {
    async write(uses) {
      await client.hset(key, uses);
    },
    async read() {
      const fields = await client.hgetall(key);
      return new Map(Object.entries(fields).map(([id, atMs]) => [id, Number(atMs)]));
    },
  };
}

/** Makes the table below, in the first schema of the search path. The lock keeps two processes from making it at once. */
export const clientUseTableSql = `
  select pg_advisory_xact_lock(7302, 1);
  create table if not exists client_use (key_id text primary key, last_used_at timestamptz not null)`;

/** In a table beside BullMQ's own. @param pool its search_path is BullMQ's schema */
export function postgresClientUses(pool: Pool): ClientUseStore {
  return {
    async write(uses) {
      const sql = `
        insert into client_use (key_id, last_used_at)
        select id, to_timestamp(at_ms / 1000) from unnest($1::text[], $2::float8[]) as used (id, at_ms) order by id
            on conflict (key_id) do update set last_used_at = greatest(client_use.last_used_at, excluded.last_used_at)`;
      await pool.query(sql, [[...uses.keys()], [...uses.values()]]);
    },
    async read() {
      const sql = "select key_id, extract(epoch from last_used_at)::float8 * 1000 as at from client_use";
      const { rows } = await pool.query<{ key_id: string; at: number }>(sql);
      return new Map(rows.map((row) => [row.key_id, Math.round(row.at)]));
    },
  };
}
