// Start, step 1: the servers of our own, in one process that is kept running; those that the settings name are used as they are.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { addressFor } from "@inventory-sync/db";
import { type LocalConfig, planVariable, type ServersPlan, type ServersReady } from "../config.ts";
import type { AppProcess } from "../processes/app-process.ts";
import { keepApp } from "../processes/keep-app.ts";
import { findRedisServer } from "../servers/redis.ts";
import type { Secrets } from "./secrets.ts";
import type { Start } from "./teardown.ts";

export type EmbeddedServers = Awaited<ReturnType<typeof startEmbeddedServers>>;

/** Starts them, and resolves when all answer. `onMoved` is called when they have other addresses than before. */
export async function startEmbeddedServers(
  { config, say }: Start,
  { secrets, onMoved }: { readonly secrets: Secrets; readonly onMoved: () => void },
) {
  const queue = chooseQueue(config);
  const sftpRoot = config.sftp ? null : join(config.dataDir, "sftp");
  const account = { username: secrets.sftpUsername, password: secrets.sftpPassword };
  let ready: ServersReady = { type: "ready" };
  const addresses = () => addressesOf(config, secrets, ready);
  const plan = (): ServersPlan => ({
    dataDir: config.dataDir,
    postgres: config.databaseUrl === undefined,
    redisProgram: queue.program,
    sftp: sftpRoot ? { root: sftpRoot, port: ready.sftp?.port ?? config.ports.sftp, ...account } : undefined,
  });
  const env = () => ({ ...config.passedOn, [planVariable]: JSON.stringify(plan()) });
  const onUp = (started: AppProcess) => {
    const before = JSON.stringify(addresses());
    ready = started.ready as unknown as ServersReady;
    if (JSON.stringify(addresses()) !== before) onMoved();
  };
  const app = { name: "servers", app: "local", entry: "servers/main.js", env, onUp };
  const { postgres, redisProgram, sftp } = plan();
  /** Undefined when the settings name every server. */
  const process = postgres || redisProgram || sftp ? await keepApp(app, { dataDir: config.dataDir, say }) : undefined;
  const pids = {
    postgres: ready.postgres?.pid,
    queue: config.queueUrl ? undefined : (ready.redis ?? ready.postgres)?.pid,
    sftp: sftp && process?.current().pid,
  };
  /** `queueChoice`: what the queue is, and why it was taken. */
  return { process, addresses, queueChoice: queue.why, pids, sftpRoot };
}

export type Addresses = ReturnType<typeof addressesOf>;

function addressesOf(config: LocalConfig, secrets: Secrets, ready: ServersReady) {
  const superuser = ready.postgres?.url ?? "";
  const roleUrl = (kind: keyof Secrets["databasePasswords"]) =>
    config.databaseUrl ?? (superuser && addressFor(superuser, kind, secrets.databasePasswords[kind]));
  return {
    /** Of the embedded database, for making its roles; no app is told of it. Empty when DATABASE_URL names another. */
    databaseSuperuser: superuser,
    /** What one process is given: the address of its own role, unless DATABASE_URL names another. */
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
