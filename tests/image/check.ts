// npm run image:check: builds the image as its Dockerfile says and starts each process from it. For a machine without a registry and without an
// engine: buildah, Debian's packages for the base, npm's registry for the rest. Some minutes and 4 GB in .cache/image, as root.
import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findRedisServer, freePort, startPostgres, startRedis } from "@inventory-sync/local";
import { bareEnvironment, searchFolders } from "../support/config.ts";
import { eventually } from "../support/eventually.ts";
import { unpackPackages } from "../support/unpack-packages.ts";

const NODE_PACKAGE = `node-linux-${process.arch}@22`;
const TOOLS = ["buildah", "crun", "mmdebstrap"];
const FETCH_MS_MAX = 300_000;
const START_MS_MAX = 60_000;

const run = promisify(execFile);
const repository = fileURLToPath(new URL("../../", import.meta.url));
const folder = join(repository, ".cache/image");
const script = fileURLToPath(new URL("./buildah.sh", import.meta.url));
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Runs a step of the script with its output on ours. */
async function step(...args: readonly string[]): Promise<void> {
  const child = spawn(script, [folder, ...args], { cwd: repository, stdio: "inherit" });
  const code = await new Promise<number | null>((resolve) => child.once("exit", resolve));
  if (code !== 0) throw new Error(`${args[0]} ended with ${code}`);
}

async function findTools(): Promise<void> {
  const missing = TOOLS.filter((tool) => !searchFolders().some((each) => existsSync(join(each, tool))));
  if (missing.length === 0 || existsSync(join(folder, "tools/root"))) return;
  say(`Not on PATH: ${missing.join(", ")}. Unpacking Debian's tools into .cache/image/tools (nothing is installed).`);
  await mkdir(join(folder, "tools"), { recursive: true });
  await unpackPackages(join(folder, "tools"), TOOLS, AbortSignal.timeout(FETCH_MS_MAX));
}

/** The program of Node 22, as npm's registry has it. */
async function fetchNode(): Promise<string> {
  await mkdir(folder, { recursive: true });
  const packed = await run("npm", ["pack", "--silent", NODE_PACKAGE, "--pack-destination", folder], { cwd: folder });
  await run("tar", ["-xf", packed.stdout.trim().split("\n").at(-1) ?? "", "package/bin/node"], { cwd: folder });
  return join(folder, "package/bin/node");
}

/** Starts a command of the image beside the machine's own network. */
function startFromImage(command: string, env: Readonly<Record<string, string>>) {
  const settings = Object.entries(env).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
  const args = [folder, "run", ...settings, "inventory-sync-check", "--", "deploy/run.sh", command];
  const child = spawn(script, args, { detached: true, env: bareEnvironment(), stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said += String(chunk)));
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  return {
    said: () => said,
    exited,
    stop: async () => {
      if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      await exited;
    },
  };
}

/** Each process answers its /healthz from the image; the database is migrated from it before. */
async function startEach(): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), "image-check-"));
  const program = findRedisServer();
  if (program === undefined) throw new Error("there is no redis-server on PATH");
  const postgres = await startPostgres({ dataDir: join(data, "postgres") });
  const redis = await startRedis({ dataDir: join(data, "redis"), program });
  try {
    const [ingest, board, worker] = await Promise.all([freePort(), freePort(), freePort()]);
    const env = {
      ...{ DATABASE_URL: postgres.url, QUEUE_URL: redis.url, DATABASE_OWNER_URL: postgres.url },
      ...{ INGEST_PORT: String(ingest), BOARD_PORT: String(board), WORKER_PORT: String(worker), DATA_DIR: "/tmp" },
      ...{ SFTP_URL: "sftp://pos:none@127.0.0.1:1/", SFTP_HOST_KEY_SHA256: `SHA256:${"A".repeat(43)}` },
    };
    const migrated = startFromImage("migrate", env);
    if ((await migrated.exited) !== 0) throw new Error(`migrate failed:\n${migrated.said()}`);
    say("migrate: done");
    for (const [command, port] of Object.entries({ ingest, board, worker })) {
      const started = startFromImage(command, env);
      try {
        const ask = () =>
          fetch(`http://127.0.0.1:${port}/healthz`).then(
            ({ status }) => status === 200,
            () => false,
          );
        await eventually(ask, { withinMs: START_MS_MAX });
        say(`${command}: /healthz answers 200`);
      } catch (error) {
        throw new Error(`${command} does not answer:\n${started.said()}`, { cause: error });
      } finally {
        await started.stop();
      }
    }
  } finally {
    await Promise.all([postgres.stop(), redis.stop()]);
    await rm(data, { recursive: true, force: true });
  }
}

if (process.getuid?.() !== 0) throw new Error("this needs root: it mounts, and changes its root folder");
await findTools();
const clear = () =>
  Promise.all(["storage", "run"].map((each) => rm(join(folder, each), { recursive: true, force: true })));
await clear();
try {
  await step("base", await fetchNode());
  await step("build");
  await startEach();
} finally {
  await clear();
}
say("The image is built, and each process starts from it.");
