// The whole system of one seed, on a fresh database and an emptied queue: the three apps as processes, each behind network
// of its own, and the handles by which faults get at them.
import { createHash, randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import {
  addressFor,
  partitionLedger,
  type RoleKind,
  type RolePasswords,
  roleKinds,
  secureDatabase,
} from "@inventory-sync/db";
import ssh2 from "ssh2";
import { redisCommand } from "../../support/redis-command.ts";
import { type PgBouncer, startPgBouncer } from "../../support/start-pgbouncer.ts";
import { type App, startFile } from "./app.ts";
import { type Link, startLink } from "./link.ts";
import { type Backend, type Servers, type SftpProcess, startSftpProcess, withClient } from "./servers.ts";
import { startWorldShop, type WorldShop } from "./shop.ts";

export type AppName = "ingest" | "worker-1" | "worker-2" | "board";

/** What is other about an app than usual. */
export interface From {
  readonly env?: Readonly<Record<string, string>>;
  readonly version?: "this" | "older";
}

export interface Exit {
  readonly app: AppName;
  readonly exit: number | NodeJS.Signals;
  readonly output: string;
}

export interface World {
  readonly backend: Backend;
  readonly servers: Servers;
  readonly sftp: SftpProcess;
  readonly shop: WorldShop;
  /** Between the apps and the database. */
  readonly pooler: PgBouncer | undefined;
  readonly databaseUrl: string;
  readonly dataDir: string;
  readonly ingestUrl: string;
  readonly boardUrl: string;
  readonly ingestKey: string;
  readonly boardToken: string;
  readonly env: Readonly<Record<string, string>>;
  /** Between one app and one server; for a PostgreSQL queue both are the same server. */
  proxy(app: AppName, server: "queue" | "database" | "sftp"): Link;
  app(name: AppName): App | undefined;
  /** Starts it unless it runs, from now on with these settings and in this version; does not wait until it is up. */
  launch(name: AppName, from?: From): App;
  /** Ends it by a signal and waits for its end. Other ends than those asked for here are noted in `exits`. */
  end(name: AppName, signal: NodeJS.Signals): Promise<void>;
  /** Ends that nobody asked for. */
  readonly exits: readonly Exit[];
  /** Lets the next end of this app pass: a fault makes it refuse to start. */
  expectExit(name: AppName): void;
  /** Everything runs again, every network passes; resolves when the apps are up. */
  heal(apps: readonly AppName[]): Promise<void>;
  close(): Promise<void>;
}

const appNames: readonly AppName[] = ["ingest", "worker-1", "worker-2", "board"];
const upMsMax = 60_000;
const againMs = 500;
let worlds = 0;
/** The roles stand in the whole server, so that all worlds of a run share them. */
const passwords: RolePasswords = Object.fromEntries(roleKinds.map((kind) => [kind, randomBytes(12).toString("hex")]));
const roleOfApp = (app: AppName) => app.replace(/-\d$/, "") as "ingest" | "worker" | "board";

/** Makes a world on running servers; nothing of it runs yet. `env` goes on top of the apps' usual settings. */
export async function openWorld(
  servers: Servers,
  given: {
    readonly backend: Backend;
    readonly pooled: boolean;
    readonly partitioned: boolean;
    readonly folder: string;
    readonly dataDir?: string;
    readonly env?: Readonly<Record<string, string>>;
    /** The folder of an older version, built, which all apps begin with. */
    readonly olderVersion?: string | undefined;
  },
): Promise<World> {
  worlds += 1;
  const name = `world_${worlds}`;
  const { backend } = given;
  const folder = join(given.folder, name);
  const dataDir = given.dataDir ?? join(folder, "data");
  await mkdir(dataDir, { recursive: true });
  await withClient(servers.postgresUrl(), async (client) => {
    await client.query(`drop database if exists ${name} with (force)`);
    await client.query(`create database ${name} template template0`);
  });
  const databaseUrl = servers.postgresUrl(name);
  const secure = given.olderVersion === undefined ? secureDatabase : await secureOf(given.olderVersion);
  await secure(databaseUrl, passwords);
  if (given.partitioned) await partitionLedger(databaseUrl);
  if (backend === "redis") await servers.redis("FLUSHALL");
  for (const { url } of (await servers.group?.mastersNow()) ?? []) await redisCommand(url, "FLUSHALL");
  const [sftp, shop] = await Promise.all([startSftpProcess(folder), startWorldShop(folder, dataDir)]);
  const roleUrl = (kind: RoleKind) => addressFor(databaseUrl, kind, passwords[kind] ?? "");
  const pooler = given.pooled ? await startPgBouncer(join(folder, "pooler"), roleKinds.map(roleUrl)) : undefined;
  const targets = { database: pooler?.port ?? servers.postgresPort, sftp: sftp.port, queue: servers.redisPort ?? 0 };
  const proxies = new Map<string, Link>();
  for (const app of appNames) {
    for (const server of ["database", "sftp", "queue"] as const) {
      if (server === "queue" && backend !== "redis") continue;
      proxies.set(`${app} ${server}`, await startLink(targets[server]));
    }
  }
  const proxy: World["proxy"] = (app, server) => {
    const found = proxies.get(`${app} ${server === "queue" && backend === "postgres" ? "database" : server}`);
    if (!found) throw new Error(`there is no network between ${app} and ${server}`);
    return found;
  };
  const through = (url: string, port: number): string => {
    const changed = new URL(url);
    changed.port = String(port);
    return changed.href;
  };
  const ingestKey = randomBytes(18).toString("base64url");
  const boardToken = randomBytes(24).toString("base64url");
  const ports = { ingest: await freeAppPort(), board: await freeAppPort() };
  const clientsFile = join(folder, "clients.json");
  const keys = [createHash("sha256").update(ingestKey).digest("hex")];
  await writeFile(clientsFile, JSON.stringify({ clients: [{ name: "pos", keys, facilities: "*", types: "*" }] }));
  await writeFile(join(folder, "board-users.json"), "[]");
  const envOf = (app: AppName): Record<string, string> => ({
    ...{ DATA_DIR: dataDir, DATABASE_URL: through(roleUrl(roleOfApp(app)), proxy(app, "database").port) },
    // The servers of a group tell their own addresses, past any network of ours.
    ...(servers.group
      ? { QUEUE_URL: servers.group.url, QUEUE_REPLICAS: "1", EVENT_SHARDS: backend === "cluster" ? "4" : "1" }
      : { QUEUE_URL: through(backend === "redis" ? servers.redisUrl() : roleUrl("queue"), proxy(app, "queue").port) }),
    SFTP_URL: `sftp://pos:${sftp.password}@127.0.0.1:${proxy(app, "sftp").port}/`,
    ...{ SFTP_HOST_KEY_SHA256: hostKey, SNAPSHOT_SETTLE_SECONDS: "0" },
    ...{ INGEST_PORT: String(ports.ingest), BOARD_PORT: String(ports.board), INGEST_CLIENTS_FILE: clientsFile },
    ...{ BOARD_TOKEN: boardToken, BOARD_USERS_FILE: join(folder, "board-users.json") },
    // Holds are another matter: here every count is believed, so that the model knows what each file did.
    ...{
      GUARD_REJECTED_PCT: "100",
      GUARD_ZEROED_PCT: "100",
      GUARD_MISSING_PCT: "100",
      GUARD_UNITS_PCT: "1000000",
      GUARD_RENAMED_PCT: "100",
    },
    ...shop.env,
    ...given.env,
  });
  const hostKey = fingerprintOf(await readFile(join(folder, "sftp-host-key"), "utf8"));
  const apps = new Map<AppName, App>();
  const asked = new Set<number>();
  const mayExit = new Set<AppName>();
  const exits: Exit[] = [];
  const others = new Map<AppName, From>();
  /** Where each app that is not up yet was told that the queue is. */
  const told = new Map<AppName, string | undefined>();
  const launch = (app: AppName, from?: From): App => {
    const current = apps.get(app);
    if (from !== undefined) others.set(app, from);
    if (current?.isRunning()) return current;
    const { env, version = "older" } = others.get(app) ?? {};
    const root = version === "older" ? given.olderVersion : undefined;
    const started = startFile(`apps/${app.replace(/-\d$/, "")}/dist/main.js`, { ...envOf(app), ...env }, [], root);
    apps.set(app, started);
    told.set(app, envOf(app).QUEUE_URL);
    started.ready.then(() => told.delete(app)).catch(() => undefined);
    void started.exited.then((exit) => {
      if (!asked.has(started.pid) && !mayExit.delete(app)) exits.push({ app, exit, output: started.output() });
    });
    return started;
  };
  const end = async (app: AppName, signal: NodeJS.Signals): Promise<void> => {
    const current = apps.get(app);
    if (!current?.isRunning()) return;
    asked.add(current.pid);
    current.signal(signal);
    await current.exited;
  };
  return {
    ...{ backend, servers, sftp, shop, pooler, databaseUrl, dataDir, ingestKey, boardToken, proxy, launch, end, exits },
    ingestUrl: `http://127.0.0.1:${ports.ingest}`,
    boardUrl: `http://127.0.0.1:${ports.board}`,
    env: { ...envOf("board"), DATABASE_URL: roleUrl("ops") },
    app: (app) => apps.get(app),
    expectExit: (app) => void mayExit.add(app),
    heal: async (wanted) => {
      await Promise.all([servers.ensure(), sftp.ensure(), shop.ensure(), pooler?.ensure()]);
      for (const each of proxies.values()) each.heal();
      mayExit.clear();
      for (const app of wanted) apps.get(app)?.signal("SIGCONT");
      // One that had not found any server of the queue before all of them moved is told anew where they are: it never saw them.
      for (const app of wanted) if (told.get(app) !== envOf(app).QUEUE_URL && told.has(app)) await end(app, "SIGKILL");
      await Promise.all(wanted.map((app) => untilUp(app, launch)));
    },
    close: async () => {
      await Promise.all(appNames.map((app) => end(app, "SIGKILL")));
      await Promise.all([sftp.stop(), shop.close(), pooler?.kill()]);
      await Promise.all([...proxies.values()].map((each) => each.close()));
      await withClient(servers.postgresUrl(), (client) => client.query(`drop database if exists ${name} with (force)`));
    },
  };
}

/** What an older version makes roles, tables and rights with. */
async function secureOf(folder: string): Promise<typeof secureDatabase> {
  const older = await import(pathToFileURL(join(folder, "packages/db/src/index.ts")).href);
  return older.secureDatabase as typeof secureDatabase;
}

/** Starts it again when it ends while it starts; the end itself is noted already. */
async function untilUp(app: AppName, launch: (app: AppName) => App): Promise<void> {
  const deadline = Date.now() + upMsMax;
  for (;;) {
    const started = launch(app);
    const late = new Promise<"late">((resolve) => setTimeout(() => resolve("late"), deadline - Date.now()).unref());
    const first = await Promise.race([
      started.ready.then(() => "up" as const),
      started.exited.then(() => "ended" as const),
      late,
    ]);
    if (first === "up") return;
    await sleep(againMs);
    if (first === "late" || Date.now() > deadline)
      throw new Error(`${app} was not up within ${upMsMax / 1_000} s of healing:\n${started.output()}`);
  }
}

/** As OpenSSH prints it; worked out here and not by the code under test. */
function fingerprintOf(privateKey: string): string {
  const parsed = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error) throw parsed;
  return `SHA256:${createHash("sha256").update(parsed.getPublicSSH()).digest("base64").replace(/=+$/, "")}`;
}

async function freeAppPort(): Promise<number> {
  const { freePort } = await import("@inventory-sync/local");
  return freePort();
}
