// The whole system for a test: database, queue, SFTP server, and ingest, worker and board as real processes.
import { createHash, randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AppProcess } from "@inventory-sync/local";
import type { Backend } from "./each-backend.ts";
import { freshDatabase } from "./fresh-database.ts";
import { freshRedis } from "./fresh-redis.ts";
import { type FreshSftp, freshSftp } from "./fresh-sftp.ts";
import { freshFolder } from "./run-folder.ts";
import { setUp } from "./set-up.ts";
import { startProcess } from "./start-process.ts";

export type AppName = "ingest" | "worker" | "board";

export interface SystemOptions {
  readonly backend: Backend["kind"];
  /** Settings of all three apps, on top of the usual ones. */
  readonly env?: Readonly<Record<string, string>>;
  /** Makes of the address of a role in the database the one that processes are given; else they are given that itself. */
  readonly through?: (url: string) => string;
}

export interface System {
  /** A superuser's, for looking at what no process shows. */
  readonly databaseUrl: string;
  /** What a process is given: the address of its own role, unless the test brought a database. */
  databaseUrlOf(process: AppName | "ops"): string;
  readonly queueUrl: string;
  readonly sftp: FreshSftp;
  readonly dataDir: string;
  readonly ingestUrl: string;
  readonly boardUrl: string;
  readonly ingestKey: string;
  readonly boardToken: string;
  /** The processes that run now; `restart` replaces them. */
  readonly processes: Record<AppName, AppProcess>;
  /** The settings the apps were started with, for starting another one of a kind; the database's address is the worker's. */
  readonly env: Readonly<Record<string, string>>;
  /** POSTs one event or an array to /v1/events. */
  postEvents(events: unknown): Promise<Response>;
  putSnapshot(name: string, csv: string | Buffer): Promise<void>;
  /** Calls the board as a machine with the operator's token; `body` makes it a POST. */
  board(path: string, body?: unknown): Promise<Response>;
  /** Starts the app again on the port it had. */
  restart(app: AppName): Promise<AppProcess>;
  stop(): Promise<void>;
}

/** Starts everything on fresh databases and free ports, and resolves when all three apps are up. */
export async function startSystem(options: SystemOptions): Promise<System> {
  const [database, sftp] = await Promise.all([freshDatabase(), freshSftp()]);
  const isOnRedis = options.backend === "redis";
  const [redis, elsewhere] = await Promise.all([isOnRedis ? freshRedis() : undefined, setUp(database)]);
  const queue = isOnRedis ? elsewhere.queue : undefined;
  const queueUrl = queue?.QUEUE_URL ?? redis?.url ?? database.urlFor("queue");
  const through = options.through ?? elsewhere.through ?? String;
  const databaseUrlOf: System["databaseUrlOf"] = (process) =>
    options.env?.DATABASE_URL ?? through(database.urlFor(process));
  const dataDir = await freshFolder("data");
  const ingestKey = randomBytes(18).toString("base64url");
  const boardToken = randomBytes(24).toString("base64url");
  const clientsFile = await writeClients(dataDir, ingestKey);
  const env: Record<string, string> = {
    ...{ DATA_DIR: dataDir, DATABASE_URL: databaseUrlOf("worker"), QUEUE_URL: queueUrl, ...queue },
    ...{ SFTP_URL: sftp.url, SFTP_HOST_KEY_SHA256: sftp.hostKeySha256, SNAPSHOT_SETTLE_SECONDS: "0" },
    ...{ INGEST_PORT: "0", BOARD_PORT: "0", INGEST_CLIENTS_FILE: clientsFile },
    ...{ BOARD_TOKEN: boardToken, BOARD_USERS_FILE: join(dataDir, "board-users.json"), ...options.env },
  };
  await writeFile(env.BOARD_USERS_FILE ?? "", "[]");
  // Ingest knows no database where the queue accepts the events.
  const envOf = (app: AppName) => ({
    ...env,
    DATABASE_URL: app === "ingest" && env.ACCEPT_INTO !== "inbox" ? "" : databaseUrlOf(app),
  });
  const processes = await startAll(envOf);
  const ports = { INGEST_PORT: String(processes.ingest.port), BOARD_PORT: String(processes.board.port) };
  const ingestUrl = `http://127.0.0.1:${ports.INGEST_PORT}`;
  const boardUrl = `http://127.0.0.1:${ports.BOARD_PORT}`;
  return {
    ...{
      databaseUrl: database.url,
      databaseUrlOf,
      queueUrl,
      sftp,
      dataDir,
      ingestUrl,
      boardUrl,
      ingestKey,
      boardToken,
      processes,
      env,
    },
    postEvents: (events) => call(`${ingestUrl}/v1/events`, ingestKey, events),
    putSnapshot: (name, csv) => sftp.putSnapshot(name, csv),
    board: (path, body) => call(`${boardUrl}${path}`, boardToken, body),
    restart: async (app) => {
      await processes[app].stop();
      processes[app] = await startProcess(app, { ...envOf(app), ...ports });
      return processes[app];
    },
    stop: async () => {
      await Promise.all(Object.values(processes).map((app) => app.stop()));
      await elsewhere.end?.();
      await Promise.all([sftp.drop(), database.drop(), redis?.drop()]);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Starts the three at once. When one of them fails the others are stopped, and its error is thrown. */
async function startAll(
  envOf: (app: AppName) => Readonly<Record<string, string>>,
): Promise<Record<AppName, AppProcess>> {
  const names: readonly AppName[] = ["ingest", "worker", "board"];
  const results = await Promise.allSettled(names.map((name) => startProcess(name, envOf(name))));
  const started = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const failed = results.find((result) => result.status === "rejected");
  const [ingest, worker, board] = started;
  if (!failed && ingest && worker && board) return { ingest, worker, board };
  await Promise.all(started.map((app) => app.kill()));
  throw failed?.reason;
}

async function writeClients(dataDir: string, key: string): Promise<string> {
  const file = join(dataDir, "clients.json");
  const sha256 = createHash("sha256").update(key).digest("hex");
  await writeFile(file, JSON.stringify({ clients: [{ name: "pos", keys: [sha256], facilities: "*", types: "*" }] }));
  return file;
}

function call(url: string, token: string, body: unknown): Promise<Response> {
  const headers: Record<string, string> = { authorization: `Bearer ${token}` };
  if (body === undefined) return fetch(url, { headers });
  return fetch(url, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}
