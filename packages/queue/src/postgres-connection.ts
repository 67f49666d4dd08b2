// BullMQ's PostgreSQL backend, in its own schema: the queue of small sites and of the embedded default without Redis.

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
import { clientUseTableSql, postgresClientUses } from "./client-uses.ts";
import { type ConnectOptions, type QueueConnection, serverOf } from "./connection.ts";
import { DeadlinePassed, within } from "./deadline.ts";
import { type Outage, watchOutage } from "./outage.ts";
import { createPostgresStore } from "./postgres-store.ts";

const schema = "bullmq";
const connectTimeoutMs = 2_000;
const heartbeatIntervalMs = 1_000;
/** Heartbeats without an answer, one after the other, after which the connections there are count as forgotten by the network. */
const missedBeatsMax = 2;
/** No statement of a queue takes so long; the backstop for a connection that was forgotten while no heartbeat missed it. */
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

/** Connects in the background, for ever. Throws only when the URL cannot be read. */
export function connectPostgres(options: Omit<ConnectOptions, "prefix">): QueueConnection {
  const { url, log, traces } = options;
  const telemetry = traces && { telemetry: traces.bull };
  const outage = watchOutage(log, serverOf(url));
  const pool = new pg.Pool({
    connectionString: url,
    max: options.poolMax,
    options: `-c search_path=${schema}`,
    application_name: "inventory-sync queue",
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: answerMsMax,
    keepAlive: true,
  });
  pool.on("error", (error) => outage.down(error));
  // A connection that is checked out has no listener of the pool's: without one of ours its loss would end the process.
  pool.on("connect", (client) => client.on("error", () => undefined));
  // The same object: BullMQ's own minimal type of a pool and that of pg differ in the overloads of on() only.
  const bullPool = pool as unknown as PgPool;
  const heartbeat = beat(pool, outage);
  const shared = new PatientConnection(bullPool, heartbeat.ready);
  shared.on("error", () => undefined);

  const factory: BackendFactory<PostgresQueueBackend, PgPool> = (name, backendOptions, kind) => {
    // A worker listens on a connection of its own, which it releases when it closes; queue objects share one.
    if (kind?.withBlockingConnection !== true) return new PostgresQueueBackend(shared, name, backendOptions, false);
    return new PostgresQueueBackend(new PatientConnection(bullPool, heartbeat.ready), name, backendOptions, true, name);
  };

  const classes = withBackend(factory);

  return {
    kind: "postgres",
    traces,
    outage,
    store: createPostgresStore(pool),
    clientUses: postgresClientUses(pool),
    sharedRate: undefined,
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
      heartbeat.stop();
      await shared.close();
      await pool.end();
    },
  };
}

/** Migrates once, then asks the server every second whether it is there: a pool has no event for coming back. */
function beat(pool: pg.Pool, outage: Outage): { ready: Promise<void>; stop(): void } {
  let migrated = false;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let resolveReady: () => void = () => undefined;
  let missed = 0;
  const ready = new Promise<void>((resolve) => {
    resolveReady = resolve;
  });
  const cutAll = cutterOf(pool);

  const once = async (): Promise<void> => {
    try {
      if (!migrated) await migrate(pool);
      else await within(connectTimeoutMs, "PostgreSQL", pool.query("select 1"));
      migrated = true;
      missed = 0;
      resolveReady();
      outage.up();
    } catch (error) {
      missed = error instanceof DeadlinePassed ? missed + 1 : 0;
      if (missed >= missedBeatsMax) cutAll();
      if (!stopped) outage.down(error);
    }
    if (!stopped) timer = setTimeout(() => void once(), heartbeatIntervalMs);
  };
  void once();
  return {
    ready,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** Cuts the connections of a pool, those in use as well: whoever waits on one sees it lost, and new ones are made. */
function cutterOf(pool: pg.Pool): () => void {
  const clients = new Set<pg.PoolClient>();
  pool.on("connect", (client) => clients.add(client));
  pool.on("remove", (client) => clients.delete(client));
  return () => {
    // pg ends a connection politely, which takes an answer of the server; its types do not tell of the socket.
    for (const client of clients) (client as unknown as { connection: Socketed }).connection.stream.destroy();
  };
}

interface Socketed {
  readonly stream: { destroy(): void };
}

/** What BullMQ asks while it makes its tables. */
type Asked = Parameters<typeof runMigrations>[0];

async function migrate(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  let failed = true;
  try {
    const { rowCount: isThere } = await client.query("select from pg_namespace where nspname = $1", [schema]);
    // BullMQ asks for its schema to be made even where it is there, which takes a right over the whole database that a role which
    // owns the schema and nothing else does not have.
    const asked: Asked = {
      query: (text, values) =>
        (client as Asked).query(isThere && text.startsWith("CREATE SCHEMA IF NOT EXISTS") ? "select" : text, values),
    };
    await runMigrations(asked, schema);
    await client.query(clientUseTableSql);
    failed = false;
  } finally {
    client.release(failed);
  }
}
