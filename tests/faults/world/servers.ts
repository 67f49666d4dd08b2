// The servers of a fault run: a PostgreSQL that syncs, a Redis that appends always, an SFTP server, all private, each of
// which can be killed and started again where it was.
import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { findRedisServer, type PrivateServer, startPostgres, startRedis } from "@inventory-sync/local";
import pg from "pg";
import { eventually } from "../../support/eventually.ts";
import { redisCommand } from "../../support/redis-command.ts";
import { type RedisGroup, startCluster } from "../../support/start-cluster.ts";
import { startWatched } from "../../support/start-watched.ts";
import { type App, startFile } from "./app.ts";

/** Where the queue is. */
export type Backend = "redis" | "postgres" | "cluster" | "sentinel";

export interface Servers {
  readonly postgresPort: number;
  readonly redisPort: number | undefined;
  readonly postgresLog: string;
  /** As the superuser, on the server itself and not through a proxy. */
  postgresUrl(database?: string): string;
  redisUrl(): string;
  /** Where the queue is on a cluster, or on servers that sentinels watch. */
  readonly group: RedisGroup | undefined;
  /** Runs one Redis command, of a group on the server that has its key; fails when the server is away. */
  redis(...command: readonly string[]): Promise<string>;
  killPostgres(signal: "SIGKILL" | "SIGQUIT"): Promise<void>;
  killRedis(): Promise<void>;
  /** Starts what does not run. */
  ensure(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts PostgreSQL in `postgresFolder` and, where the queue is on Redis, that below `folder`. Throws where there is no redis-server. */
export async function startServers(where: {
  readonly folder: string;
  readonly postgresFolder: string;
  readonly backend: Backend;
}): Promise<Servers> {
  const isSingle = where.backend === "redis";
  const program = isSingle ? findRedisServer() : undefined;
  if (isSingle && program === undefined) throw new Error("there is no redis-server: use --backend postgres");
  const beginPostgres = (port?: number) =>
    startPostgres({
      dataDir: where.postgresFolder,
      settings: { max_connections: "60", shared_buffers: "64MB", max_wal_size: "256MB" },
      ...(port !== undefined && { port }),
    });
  const beginRedis = (port?: number) =>
    program === undefined
      ? undefined
      : startRedis({ dataDir: join(where.folder, "redis"), program, ...(port !== undefined && { port }) });
  let postgres: PrivateServer = await beginPostgres();
  let redis: PrivateServer | undefined = await beginRedis();
  const runs = { postgres: true, redis: redis !== undefined };
  const watch = (name: "postgres" | "redis", exited: Promise<unknown>): void => {
    runs[name] = true;
    void exited.then(() => {
      runs[name] = false;
    });
  };
  watch("postgres", postgres.exited);
  if (redis) watch("redis", redis.exited);
  const start = { cluster: startCluster, sentinel: startWatched, redis: undefined, postgres: undefined }[where.backend];
  const group = await start?.(join(where.folder, where.backend));
  const redisUrl = () => group?.url ?? redis?.url ?? "";
  const servers: Servers = {
    postgresPort: postgres.port,
    redisPort: redis?.port,
    postgresLog: postgres.logFile,
    postgresUrl: (database = "postgres") => {
      const url = new URL(postgres.url);
      url.pathname = `/${database}`;
      return url.href;
    },
    redisUrl,
    group,
    redis: (...command) => (group ? group.run(...command) : redisCommand(redisUrl(), ...command)),
    killPostgres: async (signal) => {
      if (!runs.postgres) return;
      process.kill(postgres.pid, signal);
      await postgres.exited;
    },
    killRedis: async () => {
      if (runs.redis) await redis?.kill();
    },
    ensure: oneAtATime(async () => {
      // Killed again meanwhile it is started again; one whose process was killed lets nobody in until it has recovered.
      await eventually(async () => {
        if (!runs.postgres) {
          postgres = await beginPostgres(postgres.port);
          watch("postgres", postgres.exited);
        }
        return withClient(servers.postgresUrl(), (client) => client.query("select")).then(Boolean, () => false);
      });
      for (const node of group?.nodes ?? []) await node.ensure();
      if (redis !== undefined && !runs.redis) {
        redis = (await beginRedis(redis.port)) ?? redis;
        watch("redis", redis.exited);
      }
    }),
    stop: async () => {
      await Promise.all([postgres.stop(), redis?.stop(), group?.kill()]);
    },
  };
  return servers;
}

/** Several faults may want the same server to be there at the same time; only one of them starts it. */
function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let last = Promise.resolve();
  return () => {
    last = last.catch(() => undefined).then(work);
    return last;
  };
}

/** Runs `work` on one connection of its own to the server itself. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: "faults" });
  // The server may be killed under it: the query that runs fails, and nothing else shall happen.
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

export interface SftpProcess {
  readonly port: number;
  readonly root: string;
  readonly password: string;
  kill(): Promise<void>;
  ensure(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the SFTP server as a process over a new folder below `folder`. */
export async function startSftpProcess(folder: string): Promise<SftpProcess> {
  const root = join(folder, "sftp-root");
  await mkdir(join(root, "incoming"), { recursive: true });
  const password = randomBytes(12).toString("hex");
  let port = 0;
  const begin = async (): Promise<App> => {
    const env = { SFTP_ROOT: root, SFTP_PORT: String(port), SFTP_PASSWORD: password };
    const app = startFile("tests/faults/world/sftp-main.ts", { ...env, SFTP_KEY_FILE: join(folder, "sftp-host-key") });
    port = await Promise.race([
      app.ready,
      app.exited.then((exit) => Promise.reject(new Error(`the SFTP server ended (${exit}): ${app.output()}`))),
    ]);
    return app;
  };
  let app = await begin();
  const kill = async (): Promise<void> => {
    app.signal("SIGKILL");
    await app.exited;
  };
  return {
    ...{ port, root, password, kill, stop: kill },
    ensure: oneAtATime(async () => {
      if (!app.isRunning()) app = await begin();
    }),
  };
}
