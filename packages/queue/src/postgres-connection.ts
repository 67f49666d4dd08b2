// BullMQ's PostgreSQL backend, in its own schema: the queue of small sites and of the embedded default without Redis.

import { openPool, refusePooler, settle, tellConnections } from "@inventory-sync/runtime/postgres";
import {
  type BackendFactory,
  type PgPool,
  PostgresConnection,
  PostgresQueueBackend,
  type Queue,
  runMigrations,
  type Worker,
  withBackend,
} from "bullmq";
import pg from "pg";
import { workerOptions } from "./catalog.ts";
import { type ConnectOptions, type QueueConnection, serverOf, watchOutage } from "./connection.ts";
import { createPostgresStore, ownTablesSql } from "./postgres-store.ts";
import { watchShards } from "./shards.ts";

const schema = "bullmq";
const connectionsMax = 10;
const connectTimeoutMs = 2_000;
const retryMs = 1_000;
/** A connection that does not answer for so long while a new one does is forgotten by the network. */
const silentMs = 2_000;
/** No statement of a queue takes so long; the backstop for a connection that was forgotten while the probe was answered. */
const answerMsMax = 15_000;

/**
 * BullMQ remembers a first connection that failed for ever. Here being ready means: the server was reached and the
 * schema migrated, which is tried until it succeeds.
 */
class PatientConnection extends PostgresConnection {
  readonly #ready: Promise<void>;

  constructor(pool: PgPool, ready: Promise<void>) {
    super(pool);
    this.#ready = ready;
  }

  override waitUntilReady(): Promise<void> {
    return this.#ready;
  }
}

const pooled = {
  address: "QUEUE_URL",
  what: "the queue on PostgreSQL listens on its connections and finds its tables by a setting of theirs, and neither would hold",
  fix: "Set it to the PostgreSQL server's own address, or to a Redis",
};

/** Looks once whether the address leads to a pooler; a server that is away is not asked again. @throws ConfigError when it does */
export async function refusePooledQueue(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: connectTimeoutMs });
  client.on("error", () => undefined);
  const asked = client.connect().then(() => settle(client, {}, connectTimeoutMs));
  const isThere = await asked.then(
    () => true,
    () => false,
  );
  void client.end().catch(() => undefined);
  if (isThere) refusePooler(client, pooled);
}

/** Connects in the background, for ever. Throws only when the URL cannot be read. */
export function connectPostgres({ url, log, traces }: ConnectOptions): QueueConnection {
  const telemetry = traces && { telemetry: traces.bull };
  const outage = watchOutage(log, serverOf(url));
  let isMigrated = false;
  const { pool, close } = openPool({
    url,
    max: connectionsMax,
    settings: { search_path: schema },
    application_name: "inventory-sync queue",
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: answerMsMax,
    silentMs,
    onOutage: outage.down,
    onReachable: () => isMigrated && outage.up(),
    ...tellConnections(log),
  });
  // The same object: BullMQ's own minimal type of a pool and that of pg differ in the overloads of on() only.
  const bullPool = pool as unknown as PgPool;
  const ready = outage.whenUp();
  let retry: NodeJS.Timeout | undefined;
  let isClosed = false;
  const migrateOnce = async (): Promise<void> => {
    try {
      await migrate(pool);
      isMigrated = true;
      outage.up();
    } catch (error) {
      outage.down(error);
      if (!isClosed) retry = setTimeout(() => void migrateOnce(), retryMs);
    }
  };
  void migrateOnce();
  const shared = new PatientConnection(bullPool, ready);
  shared.on("error", () => undefined);

  const factory: BackendFactory<PostgresQueueBackend, PgPool> = (name, backendOptions, kind) => {
    // A worker listens on a connection of its own, which it releases when it closes; queue objects share one.
    if (kind?.withBlockingConnection !== true) return new PostgresQueueBackend(shared, name, backendOptions, false);
    return new PostgresQueueBackend(new PatientConnection(bullPool, ready), name, backendOptions, true, name);
  };
  const classes = withBackend(factory);

  return {
    kind: "postgres",
    traces,
    outage,
    shards: watchShards(1),
    store: createPostgresStore(pool),
    queue(name) {
      const queue = new classes.Queue(name, { connection: bullPool, ...telemetry });
      queue.on("error", (error) => log.debug({ queue: name, reason: error.message }, "queue connection"));
      return queue as unknown as Queue;
    },
    worker: (name, processor, { concurrency }) =>
      new classes.Worker(name, processor, {
        ...workerOptions(concurrency),
        connection: bullPool,
        ...telemetry,
      }) as unknown as Worker,
    async close() {
      isClosed = true;
      clearTimeout(retry);
      await shared.close();
      await close();
    },
  };
}

/** What BullMQ asks while it makes its tables. */
type Asker = Parameters<typeof runMigrations>[0];

async function migrate(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  let failed = true;
  try {
    refusePooler(client, pooled);
    const { rowCount: isThere } = await client.query("select from pg_namespace where nspname = $1", [schema]);
    // BullMQ asks for its schema to be made even where it is there, which takes a right over the whole database that a role which
    // owns the schema and nothing else does not have.
    const asker: Asker = {
      query: (text, values) =>
        (client as Asker).query(isThere && text.startsWith("CREATE SCHEMA IF NOT EXISTS") ? "select" : text, values),
    };
    await runMigrations(asker, schema);
    await client.query(ownTablesSql);
    failed = false;
  } finally {
    client.release(failed);
  }
}
