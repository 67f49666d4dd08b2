// One database handle: a pg pool for the statement files, and Prisma over the same pool for everything that is not hot.
import { setTimeout as sleep } from "node:timers/promises";
import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { isLockTimeout, isTransient } from "./errors.ts";
import { PrismaClient } from "./generated/client.ts";
import { watchLostAnswers } from "./lost-answers.ts";

/** Limits of one process's use of the database. */
export interface DatabaseOptions {
  /** postgres:// address. */
  readonly url: string;
  /** Shown in pg_stat_activity, e.g. "inventory-sync worker". */
  readonly name: string;
  /** Connections held at most. */
  readonly poolMax?: number;
  /** A statement that runs longer is cancelled by the server, in milliseconds; a transaction may set its own. */
  readonly statementMsMax?: number;
  /** Called with errors of idle connections, such as those a restart of the server cuts. */
  readonly onIdleError?: (error: Error) => void;
}

/** An open database. */
export interface Database {
  readonly pool: pg.Pool;
  readonly prisma: PrismaClient;
  /** Runs `work` in one READ COMMITTED transaction; transient errors run it again a few times, then are thrown. */
  transaction<Result>(work: (client: pg.PoolClient) => Promise<Result>): Promise<Result>;
  /** Throws when the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

const TRANSACTION_TRIES_MAX = 4;
const RETRY_DELAY_MS = 20;
const CONNECT_MS_MAX = 5_000;
/** What a client that has vanished holds locked is free after so long. */
const IDLE_IN_TRANSACTION_MS_MAX = 15_000;

/** Opens a pool; connections are made when first needed, so this never fails because the server is down. */
export function openDatabase(options: DatabaseOptions): Database {
  const pool = new pg.Pool({
    connectionString: options.url,
    application_name: options.name,
    max: options.poolMax ?? 10,
    connectionTimeoutMillis: CONNECT_MS_MAX,
    statement_timeout: options.statementMsMax ?? 30_000,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS_MAX,
    keepAlive: true,
  });
  // Without a listener a cut idle connection ends the process.
  pool.on("error", (error) => options.onIdleError?.(error));
  // Nor has a connection in use one of the pool's. Whoever uses it learns of its loss from the query that fails.
  pool.on("connect", (client) => client.on("error", () => undefined));
  const lostAnswers = watchLostAnswers(pool, options.url);
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  return {
    pool,
    prisma,
    transaction: (work) => transaction(pool, work),
    ping: async () => {
      await pool.query("select 1");
    },
    close: async () => {
      lostAnswers.stop();
      await prisma.$disconnect();
      await pool.end();
    },
  };
}

async function transaction<Result>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptTransaction(pool, work);
    } catch (error) {
      // A lock timeout has waited as long as its caller wanted to.
      const isFinal = !isTransient(error) || isLockTimeout(error);
      if (attempt >= TRANSACTION_TRIES_MAX || isFinal) throw error;
      await sleep(RETRY_DELAY_MS * attempt * (1 + Math.random()));
    }
  }
}

async function attemptTransaction<Result>(
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
