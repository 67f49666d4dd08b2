// Connections that the network has forgotten: a firewall restarted, an address moved, a cable was pulled. Nobody says so: what
// was asked is never answered, and without this a worker would wait for the rest of its life, its locks renewed. So a query
// that waits long is asked about over another connection: a server that is not working on it will not answer it either.
import pg from "pg";

/** A query that waits longer is asked about. */
const PATIENCE_MS = 4_000;
const LOOK_MS = 2_000;
const ASK_MS_MAX = 4_000;

interface InUse {
  readonly client: pg.PoolClient;
  /** The query that was waiting when last looked, and since when. */
  waiting: { readonly query: unknown; readonly sinceMs: number } | undefined;
  /** The server was found not to be working on it. */
  doubted: boolean;
}

/** What pg keeps of a client and its types do not tell. */
interface Inner {
  readonly _activeQuery?: unknown;
  readonly processID?: number | null;
  readonly connection: { readonly stream: { destroy(error?: Error): void } };
}

const innerOf = (client: pg.PoolClient): Inner => client as unknown as Inner;

/**
 * Watches the connections of a pool; one on which an answer is lost is cut, and with it those that lie idle, which have gone
 * the same way. Whoever waits then sees a lost connection. Ends with the pool.
 */
export function watchLostAnswers(pool: pg.Pool, url: string): { stop(): void } {
  const all = new Set<pg.PoolClient>();
  const inUse = new Map<pg.PoolClient, InUse>();
  pool.on("connect", (client) => all.add(client));
  pool.on("remove", (client) => {
    all.delete(client);
    inUse.delete(client);
  });
  pool.on("acquire", (client) => inUse.set(client, { client, waiting: undefined, doubted: false }));
  pool.on("release", (_, client) => inUse.delete(client));

  let looking = false;
  const look = async (): Promise<void> => {
    const overdue = [...inUse.values()].filter(isOverdue);
    if (overdue.length === 0 || looking) return;
    looking = true;
    try {
      const working = await workingBackends(url);
      if (working === undefined) return;
      const lost = overdue.filter((each) => isLost(each, working));
      for (const { client } of lost) cut(client);
      if (lost.length > 0) for (const client of all) if (!inUse.has(client)) cut(client);
    } catch {
      // The server itself cannot be reached: what waits for it waits on, and is looked at again.
    } finally {
      looking = false;
    }
  };
  const timer = setInterval(() => void look(), LOOK_MS).unref();
  return { stop: () => clearInterval(timer) };
}

function isOverdue(each: InUse): boolean {
  const query = innerOf(each.client)._activeQuery ?? undefined;
  if (query === undefined || query !== each.waiting?.query) {
    each.waiting = query === undefined ? undefined : { query, sinceMs: Date.now() };
    each.doubted = false;
    return false;
  }
  return Date.now() - each.waiting.sinceMs >= PATIENCE_MS;
}

/** Only what is doubted twice is lost: between two looks an answer may be on its way. */
function isLost(each: InUse, working: ReadonlySet<number>): boolean {
  const { processID, _activeQuery } = innerOf(each.client);
  if (_activeQuery !== each.waiting?.query) return false;
  const isWorkedOn = typeof processID === "number" && working.has(processID);
  const lost = !isWorkedOn && each.doubted;
  each.doubted = !isWorkedOn;
  return lost;
}

function cut(client: pg.PoolClient): void {
  innerOf(client).connection.stream.destroy(
    new Error("Connection terminated: the server is not working on what it was asked"),
  );
}

/**
 * The backends of this database that are working on a statement; undefined where a pooler stands before the server, whose
 * numbers for them are others.
 */
async function workingBackends(url: string): Promise<ReadonlySet<number> | undefined> {
  const asker = new pg.Client({
    connectionString: url,
    application_name: "inventory-sync lost answers",
    connectionTimeoutMillis: ASK_MS_MAX,
    query_timeout: ASK_MS_MAX,
  });
  asker.on("error", () => undefined);
  await asker.connect();
  try {
    const { rows } = await asker.query<{ own: number; pid: number }>(
      `select pg_backend_pid() as own, pid from pg_stat_activity
        where datname = current_database() and state in ('active', 'fastpath function call')`,
    );
    const { processID } = asker as unknown as { readonly processID?: number | null };
    return rows.some(({ own }) => own === processID) ? new Set(rows.map(({ pid }) => pid)) : undefined;
  } finally {
    void asker.end().catch(() => undefined);
  }
}
