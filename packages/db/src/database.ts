// One database handle: a pg pool for the statement files, and Prisma over the same pool for everything that is not hot.
import { setTimeout as sleep } from "node:timers/promises";
import {
  type ConnectionRoom,
  type OutageLog,
  openPool,
  type Reached,
  refusePooler,
  roomAtServer,
  settle,
  tellConnections,
  tellOutages,
} from "@inventory-sync/runtime/postgres";
import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { isLockTimeout, isTransient } from "./errors.ts";
import { PrismaClient } from "./generated/client.ts";
import { run } from "./statements.ts";

export interface DatabaseOptions {
  readonly url: string;
  /** Shown in pg_stat_activity, e.g. "inventory-sync worker". */
  readonly name: string;
  readonly poolMax?: number;
  /** Those that the process makes to the same server besides, where it does. */
  readonly besides?: number;
  /** A statement that runs longer is cancelled by the server, in milliseconds; a transaction may set its own. */
  readonly statementMsMax?: number;
  /** For what people wait for: nothing waits for a server that is frozen. Long work would begin anew each time that the server stands still for a while. */
  readonly givesUpSilent?: boolean;
  /** Is told once when an outage of the database begins, and once when it is over. */
  readonly log?: OutageLog;
}

export type Database = Readonly<ReturnType<typeof openDatabase>>;

const TRANSACTION_TRIES_MAX = 4;
const RETRY_DELAY_MS = 20;
const CONNECT_MS_MAX = 5_000;
const STATEMENT_MS_MAX = 30_000;
/** What a client that has vanished holds locked is free after so long. */
const IDLE_IN_TRANSACTION_MS_MAX = 15_000;

/** A connection that does not answer for so long while a new one does is forgotten by the network. */
const SILENT_MS = 4_000;

/** Opens a database; connections are made when first needed, so this never fails because the server is down. */
export function openDatabase(options: DatabaseOptions) {
  const outages = tellOutages(options.log);
  let isAway = false;
  const { pool, close } = openPool({
    url: options.url,
    application_name: options.name,
    max: options.poolMax ?? 10,
    connectionTimeoutMillis: CONNECT_MS_MAX,
    settings: {
      statement_timeout: String(options.statementMsMax ?? STATEMENT_MS_MAX),
      idle_in_transaction_session_timeout: String(IDLE_IN_TRANSACTION_MS_MAX),
    },
    silentMs: SILENT_MS,
    givesUpSilent: options.givesUpSilent,
    besides: options.besides,
    onSettled: tellPooler(options.log),
    onOutage: (error) => {
      isAway = true;
      outages.onOutage(error);
    },
    onReachable: () => {
      isAway = false;
      outages.onReachable();
    },
    ...tellConnections(options.log, "DATABASE_POOL_MAX"),
  });
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool), errorFormat: "minimal" });
  return {
    pool,
    prisma,
    /** Runs `work` in one READ COMMITTED transaction; transient errors run it again a few times, then are thrown. */
    transaction: <Result>(work: (client: pg.PoolClient) => Promise<Result>) => transaction(pool, work),
    /** An outage has begun and is not over: the log was told. */
    isAway: () => isAway,
    /** Throws when the database does not answer. */
    ping: async (): Promise<void> => void (await pool.query("select")),
    close: async (): Promise<void> => {
      await prisma.$disconnect();
      await close();
    },
  };
}

/** Tells a log once that a pooler stands before the server, and what then is not so. */
function tellPooler(log: OutageLog | undefined): (reached: Reached) => void {
  let told = false;
  return ({ isPooled, statementTimeout }) => {
    if (!isPooled || told) return;
    told = true;
    log?.info(
      {},
      "the database is reached through a pooler: statements are sent without a name, settings with each transaction",
    );
    if (statementTimeout !== "0") return;
    log?.warn(
      {},
      "the pooler's role has no statement_timeout: a statement outside of a transaction that takes too long is given up by this process, " +
        "and goes on in the server. Set one: alter role NAME set statement_timeout = '30s'",
    );
  };
}

async function transaction<Result>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await transactionOnce(pool, work);
    } catch (error) {
      // A lock timeout has waited as long as its caller wanted to.
      const isFinal = !isTransient(error) || isLockTimeout(error);
      if (attempt >= TRANSACTION_TRIES_MAX || isFinal) throw error;
      await sleep(RETRY_DELAY_MS * attempt * (1 + Math.random()));
    }
  }
}

/** Runs `work` in one transaction that is rolled back when it throws. Not run again: for work that cannot be done twice. */
export async function transactionOnce<Result>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query("begin");
    const result = await work(client);
    await client.query("commit");
    return result;
  } catch (error) {
    // When even the rollback fails the connection is unusable, and the pool must not hand it out again.
    await client.query("rollback").catch((rollbackError: Error) => {
      broken = rollbackError;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

/**
 * A connection by itself, for what is done to a database before there is a pool: migrations, roles and rights. Connects, does the
 * work, and ends the connection.
 * @param name what the server shows after "inventory-sync"
 */
export async function withConnection<Result>(
  url: string,
  name: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: url, application_name: `inventory-sync ${name}` });
  // Without a listener a connection that is cut ends the process. The query that fails says so.
  client.on("error", () => undefined);
  await client.connect();
  try {
    await settle(client, {}, CONNECT_MS_MAX);
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The connections of one role to one database, of processes of one name. */
export interface Connected {
  readonly role: string;
  readonly database: string;
  readonly name: string;
  readonly connections: number;
  readonly working: number;
}

/** Asks the server. @throws ConfigError where the address leads to a pooler, which hides who is behind it */
export async function lookAtConnections(
  url: string,
): Promise<{ readonly room: ConnectionRoom | undefined; readonly held: readonly Connected[] }> {
  return withConnection(url, "connections", async (client) => {
    refusePooler(client, {
      address: "DATABASE_URL",
      what: "who holds its connections is not seen through it",
      fix: "Set it to the PostgreSQL server's own address for this command, and ask the pooler by SHOW POOLS",
    });
    return { room: await roomAtServer(client), held: await run<Connected>(client, "list_connections") };
  });
}
