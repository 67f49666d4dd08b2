/**
 * How many connections a process may make to its database, against how many there is room for. Said once for each pool, when its server is
 * first reached: that processes do not fit together is best seen when one starts, and else is seen when the server refuses a sale.
 */
import pg from "pg";
import { settle } from "./pooler.ts";

/** What limits the connections of one address. */
export interface ConnectionRoom {
  /** Connections that may be made at all. */
  readonly max: number;
  /** Of these for the server's administrators. */
  readonly reserved: number;
  /** Made now, by whoever it is; undefined where that cannot be seen. */
  readonly used: number | undefined;
  /** What sets the limit, in words: "max_connections", "the connection limit of the role NAME". */
  readonly limit: string;
}

/** What a pool may need, and how to make it need less. */
export interface ConnectionNeed {
  /** Connections that the pool may make, with its probe. */
  readonly most: number;
  /** Of these it has now. */
  readonly has: number;
  readonly room: ConnectionRoom | undefined;
}

export interface OutageLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

// Of the three limits the one that leaves least. Kept for administrators are those of the whole server only.
const ASK = `
  with limits as (
    select 'max_connections' as name, current_setting('max_connections')::int as most,
           current_setting('superuser_reserved_connections')::int + coalesce(current_setting('reserved_connections', true)::int, 0) as reserved,
           (select sum(numbackends)::int from pg_stat_database) as used
     union all
    select format('the connection limit of the role %s', rolname), rolconnlimit, 0,
           (select count(*)::int from pg_stat_activity where usesysid = oid)
      from pg_roles where rolname = current_user and rolconnlimit >= 0
     union all
    select format('the connection limit of the database %s', d.datname), d.datconnlimit, 0, numbackends
      from pg_database d join pg_stat_database s on s.datid = d.oid where d.datname = current_database() and d.datconnlimit >= 0
  )
  select name as limit, most as max, reserved, used from limits order by most - reserved - used limit 1`;

/** Asks the server. @param client straight to it */
export async function roomAtServer(client: pg.ClientBase): Promise<ConnectionRoom | undefined> {
  const { rows } = await client.query<ConnectionRoom>(ASK);
  return rows[0];
}

/** Returns what asks, by the first probe of a pool that is answered, how many connections there is room for. */
export function askOnce({
  url,
  pool,
  besides,
  answerMsMax,
  onNeed,
}: {
  readonly url: string;
  readonly pool: pg.Pool;
  readonly besides: number;
  readonly answerMsMax: number;
  readonly onNeed: ((need: ConnectionNeed) => void) | undefined;
}): (probe: pg.Client) => Promise<void> {
  let isAsked = onNeed === undefined;
  return async (probe) => {
    if (isAsked) return;
    isAsked = true;
    try {
      const { isPooled } = await settle(probe, {}, answerMsMax);
      const room = isPooled ? await roomAtPooler(url, answerMsMax) : await roomAtServer(probe);
      onNeed?.({ most: pool.options.max + 1 + besides, has: pool.totalCount + 1, room });
    } catch {
      // Asked again with the next probe.
      isAsked = false;
    }
  };
}

/** Asks the pooler, which tells those alone whom its `stats_users` names; undefined when it does not. @param url that leads to it */
async function roomAtPooler(url: string, answerMsMax: number): Promise<ConnectionRoom | undefined> {
  const address = new URL(url);
  address.pathname = "/pgbouncer";
  const client = new pg.Client({
    connectionString: address.href,
    connectionTimeoutMillis: answerMsMax,
    query_timeout: answerMsMax,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const settings = await client.query<{ key: string; value: string }>("show config");
    const lists = await client.query<{ list: string; items: number }>("show lists");
    const max = Number(settings.rows.find(({ key }) => key === "max_client_conn")?.value);
    const used = Number(lists.rows.find(({ list }) => list === "used_clients")?.items);
    return Number.isNaN(max) ? undefined : { max, reserved: 0, used, limit: "max_client_conn of the pooler" };
  } catch {
    return undefined;
  } finally {
    void client.end().catch(() => undefined);
  }
}

/**
 * Tells a log what a pool may need and whether there is room for it; for the options of `openPool`.
 * @param setting what makes it need less, where something does
 */
export function tellConnections(log: OutageLog | undefined, setting?: string): { onNeed(need: ConnectionNeed): void } {
  return {
    onNeed: ({ most, has, room }) => {
      const { max, reserved = 0, used, limit = "the pooler, which does not tell its max_client_conn" } = room ?? {};
      const about = { most, limit, max, reserved, used };
      if (max === undefined || used === undefined || most - has <= max - reserved - used)
        log?.info(about, `this process makes up to ${most} connections to this database`);
      else log?.warn(about, tooFew({ most, has }, { max, reserved, used, limit }, setting));
    },
  };
}

function tooFew(
  { most, has }: Pick<ConnectionNeed, "most" | "has">,
  { max, reserved, used, limit }: ConnectionRoom & { readonly used: number },
  setting: string | undefined,
): string {
  const kept = reserved > 0 ? `${reserved} are kept for administrators, ` : "";
  const left = Math.max(0, max - reserved - used + has);
  return (
    `this process may make ${most} connections to this database, and there is room for ${left}: of ${limit} (${max}) ${kept}` +
    `${used - has} are taken by others. What finds none waits, and is put back. ${setting ? `Set ${setting} lower, or run` : "Run"} fewer ` +
    "processes, raise that limit, or put a pooler before the server (docs/pooler.md)"
  );
}
