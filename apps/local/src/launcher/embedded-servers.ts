// Start, step 1: the servers of our own, in one process that is kept running; those that the settings name are used as they are.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { addressFor } from "@inventory-sync/db";
import type { LocalConfig } from "../config.ts";
import { serversPlanVariable } from "../config.ts";
import { type ServersPlan, type ServersReady, sftpFolder } from "../servers/plan.ts";
import { findRedisServer } from "../servers/redis.ts";
import { appLog } from "./app-log.ts";
import { type AppProcess, startApp } from "./app-process.ts";
import type { Secrets } from "./credentials.ts";
import { type Supervised, supervise } from "./supervise.ts";

/** Where the apps find their servers. */
export interface Addresses {
  /** Of the embedded database, for making its roles; no app is told of it. Empty when the database is somebody else's. */
  readonly databaseSuperuser: string;
  /** What one process is given: the address of its own role, unless DATABASE_URL names another. */
  databaseOf(process: "ingest" | "worker" | "board" | "ops"): string;
  readonly queue: string;
  readonly sftp: string;
  readonly sftpHostKeySha256: string;
}

export interface EmbeddedServers {
  /** Undefined when every server is somebody else's. */
  readonly process: Supervised | undefined;
  addresses(): Addresses;
  /** What the queue is, and why it was taken. */
  readonly queueChoice: string;
  readonly pids: { readonly postgres?: number; readonly redis?: number };
  readonly sftpRoot: string | null;
}

/** Starts them, and resolves when all answer. `onMoved` is called when a restart gave them other addresses. */
export async function startEmbeddedServers(options: {
  readonly config: LocalConfig;
  readonly secrets: Secrets;
  readonly say: (line: string) => void;
  readonly onMoved: () => void;
}): Promise<EmbeddedServers> {
  const { config, secrets, say, onMoved } = options;
  const choice = chooseQueue(config);
  const root = config.sftp ? null : join(config.dataDir, sftpFolder);
  let ready: ServersReady = { type: "ready" };
  const addresses = () => addressesOf({ config, secrets, ready });
  const plan = (): ServersPlan => ({
    dataDir: config.dataDir,
    postgres: config.databaseUrl === undefined,
    ...(choice.program ? { redisProgram: choice.program } : {}),
    ...(root === null
      ? {}
      : {
          sftp: {
            root,
            port: ready.sftp?.port ?? config.ports.sftp,
            username: secrets.sftpUsername,
            password: secrets.sftpPassword,
          },
        }),
  });
  const accept = (started: AppProcess) => {
    ready = started.ready as unknown as ServersReady;
  };
  const needed = plan();
  const supervised = !(needed.postgres || needed.redisProgram || needed.sftp)
    ? undefined
    : await supervise({
        name: "servers",
        say,
        start: () =>
          startApp({
            ...{ app: "local", entry: "servers/main.js", args: [dataFolderArgument(config.dataDir)] },
            env: { ...config.passedOn, LOG_FORMAT: "json", [serversPlanVariable]: JSON.stringify(plan()) },
            onLine: appLog({ dataDir: config.dataDir, name: "servers", say }),
          }),
        onRestart: (started) => {
          const before = JSON.stringify(addresses());
          accept(started);
          if (JSON.stringify(addresses()) !== before) onMoved();
        },
      });
  if (supervised) accept(supervised.current());
  return {
    ...{ process: supervised, addresses, queueChoice: choice.why, sftpRoot: root },
    pids: {
      ...(ready.postgres ? { postgres: ready.postgres.pid } : {}),
      ...(ready.redis ? { redis: ready.redis.pid } : {}),
    },
  };
}

/** Marks the processes of one data folder in process lists; they are found by it after a crash. */
export function dataFolderArgument(dataDir: string): string {
  return `--data-dir=${dataDir}`;
}

function addressesOf({
  config,
  secrets,
  ready,
}: {
  config: LocalConfig;
  secrets: Secrets;
  ready: ServersReady;
}): Addresses {
  const superuser = ready.postgres?.url ?? "";
  const roleUrl = (kind: keyof Secrets["databasePasswords"]) =>
    config.databaseUrl ?? (superuser && addressFor(superuser, kind, secrets.databasePasswords[kind]));
  return {
    databaseSuperuser: superuser,
    databaseOf: roleUrl,
    queue: config.queueUrl ?? ready.redis?.url ?? roleUrl("queue"),
    sftp: config.sftp?.url ?? ready.sftp?.url ?? "",
    sftpHostKeySha256: config.sftp?.hostKeySha256 ?? ready.sftp?.hostKeySha256 ?? "",
  };
}

function chooseQueue(config: LocalConfig): { program?: string; why: string } {
  if (config.queueUrl) return { why: `${config.queueUrl.startsWith("redis") ? "Redis" : "PostgreSQL"} of QUEUE_URL` };
  const program = findRedisServer();
  if (program) return { program, why: `private Redis: ${program} is on PATH` };
  const stranded = existsSync(join(config.dataDir, "redis"))
    ? "; jobs of earlier starts wait in the Redis of this folder"
    : "";
  return { why: `PostgreSQL: no redis-server or valkey-server is on PATH${stranded}` };
}
