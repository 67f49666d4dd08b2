// The test stand: a private PostgreSQL, Redis and SFTP server with the settings that `npm start` gives them, and on them a
// fresh installation (database, queue, inbox) for every run that must not see another one's data.
import { randomBytes } from "node:crypto";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Database, migrate, openDatabase } from "@inventory-sync/db";
import { findRedisServer, startPostgres, startRedis } from "@inventory-sync/local";
import { auditLevels } from "@inventory-sync/operator";
import { openQueues, type Queues } from "@inventory-sync/queue";
import pg from "pg";
import { sshKeyPair } from "../../tests/support/ssh-key-pair.ts";
import { startOwn } from "./processes.ts";
import { quietLog } from "./quiet-log.ts";

/** The servers of one run of the benchmarks. */
export interface Stand {
  readonly folder: string;
  readonly postgresPid: number;
  readonly redisPid: number;
  /** Gives `work` a new, migrated database, an empty queue and an empty inbox, audits the ledger after it, and takes all away. */
  using<T>(work: (on: Installation) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** The SFTP server, a process of its own as a retailer's is: what it encrypts costs neither load nor probes their turn. */
interface StandSftp {
  readonly url: string;
  readonly port: number;
  readonly hostKeySha256: string;
  readonly root: string;
}

/** What one run works on. */
export interface Installation {
  readonly databaseUrl: string;
  readonly queueUrl: string;
  readonly dataDir: string;
  readonly sftp: StandSftp;
  /** A private key that may sign in to the SFTP server, for clients that take no password. */
  readonly sftpKeyFile: string;
  readonly database: Database;
  readonly queues: Queues;
  /** Throws unless every level is the sum of its movements (R1). Gives the number of movements. */
  audit(): Promise<number>;
  remove(): Promise<void>;
}

const redisDatabases = 2_000;
const template = "bench_template";
const account = "pos:bench";

/** Starts the servers in a folder of their own. @param settings of PostgreSQL, on top of those of `npm start`, to look closer. Throws where there is no Redis: the queue that is measured is Redis. */
export async function openStand(settings: Readonly<Record<string, string>> = {}): Promise<Stand> {
  const program = findRedisServer();
  if (!program)
    throw new Error("The benchmarks measure the queue on Redis: put redis-server or valkey-server on PATH.");
  const folder = await mkdtemp(join(tmpdir(), "inventory-sync-bench-"));
  await chmod(folder, 0o755);
  const postgres = await startPostgres({ dataDir: join(folder, "postgres"), settings });
  const redis = await startRedis({
    dataDir: join(folder, "redis"),
    program,
    settings: { databases: String(redisDatabases) },
  });
  const root = join(folder, "sftp");
  const incoming = join(root, "incoming");
  await mkdir(incoming, { recursive: true });
  const keys = sshKeyPair();
  const sftpKeyFile = join(folder, "client-key");
  await writeFile(sftpKeyFile, keys.private, { mode: 0o600 });
  const hostKeyFile = join(folder, "host-key");
  const sftpProcess = await startOwn<Omit<StandSftp, "root">>("./sftp-server.ts", {
    ...{ ROOT: root, HOST_KEY_FILE: hostKeyFile, AUTHORIZED_KEY: keys.public, ACCOUNT: account },
  });
  const sftp: StandSftp = { ...sftpProcess.said, root };
  await asAdmin(postgres.url, (admin) => admin.query(`create database ${template}`));
  await migrate(urlOf(postgres.url, template));
  let installations = 0;
  return {
    folder,
    postgresPid: postgres.pid,
    redisPid: redis.pid,
    using: async (work) => {
      installations += 1;
      const queueUrl = `${redis.url}/${installations}`;
      const on = await install({ postgresUrl: postgres.url, queueUrl, folder, sftp, sftpKeyFile });
      try {
        const value = await work(on);
        await on.audit();
        return value;
      } finally {
        await on.remove();
        await rm(incoming, { recursive: true });
        await mkdir(incoming);
      }
    },
    close: async () => {
      await Promise.all([postgres.stop(), redis.stop(), sftpProcess.stop()]);
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

async function install(on: {
  readonly postgresUrl: string;
  readonly queueUrl: string;
  readonly folder: string;
  readonly sftp: StandSftp;
  readonly sftpKeyFile: string;
}): Promise<Installation> {
  const name = `bench_${randomBytes(6).toString("hex")}`;
  await asAdmin(on.postgresUrl, (admin) => admin.query(`create database ${name} template ${template}`));
  const databaseUrl = urlOf(on.postgresUrl, name);
  const dataDir = await mkdtemp(join(on.folder, "data-"));
  const database = openDatabase({ url: databaseUrl, name: "bench", statementMsMax: 3_600_000 });
  const queues = await openQueues({ url: on.queueUrl, role: "inspector", log: quietLog });
  return {
    ...{ databaseUrl, queueUrl: on.queueUrl, dataDir, database, queues },
    ...{ sftp: on.sftp, sftpKeyFile: on.sftpKeyFile },
    audit: async () => {
      const report = await auditLevels(database);
      if (report.differences > 0) throw new Error(`the audit found ${report.differences} levels that differ`);
      return report.movements;
    },
    remove: async () => {
      for (const queue of queues.bullQueues()) await queue.obliterate({ force: true });
      await queues.close();
      await database.close();
      await asAdmin(on.postgresUrl, (admin) => admin.query(`drop database ${name} with (force)`));
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function asAdmin(url: string, work: (admin: pg.Client) => Promise<unknown>): Promise<void> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  await work(admin).finally(() => admin.end());
}

function urlOf(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}
