// `npm start` as its users run it, for tests: the real launcher on a data folder of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { readdir, readFile, readlink, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { bareEnvironment } from "../../../tests/support/config.ts";
import { eventually, freshFolder } from "../../../tests/support/index.ts";
import type { Credentials } from "../src/launcher/credentials.ts";

export interface LocalStart {
  readonly child: ChildProcess;
  output(): string;
  /** Resolves with the exit code, or the signal. */
  readonly exited: Promise<number | NodeJS.Signals>;
  /** Resolves once the table is printed. Throws when it ends before that. */
  up(): Promise<Credentials>;
}

const main = resolve(import.meta.dirname, "../dist/main.js");
const upMsMax = 90_000;

/** An empty data folder that accounts without rights can reach, and its end. */
export async function freshDataDir(): Promise<{ dataDir: string; drop(): Promise<void> }> {
  const folder = await freshFolder("local");
  return { dataDir: join(folder, "data"), drop: () => rm(folder, { recursive: true, force: true }) };
}

/** Starts it with free ports; `env` and `args` come on top. */
export function startLocal(
  dataDir: string,
  options: { env?: Record<string, string>; args?: string[] } = {},
): LocalStart {
  const { env = {}, args = ["--no-demo"] } = options;
  const ports = { INGEST_PORT: "0", BOARD_PORT: "0", SFTP_PORT: "0", SHOP_PORT: "0" };
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...bareEnvironment(), ...ports, SNAPSHOT_SETTLE_SECONDS: "1", DATA_DIR: dataDir, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const exited = new Promise<number | NodeJS.Signals>((done) =>
    child.once("exit", (code, signal) => done(code ?? signal ?? 0)),
  );
  let ended = false;
  void exited.then(() => {
    ended = true;
  });
  const end = () => child.kill("SIGKILL");
  process.once("exit", end);
  void exited.then(() => process.off("exit", end));
  return {
    child,
    exited,
    output: () => output,
    up: async () => {
      await eventually(() => ended || output.includes("is running. Ctrl-C stops"), { withinMs: upMsMax });
      if (ended) throw new Error(`it ended: ${output}`);
      return JSON.parse(await readFile(join(dataDir, "credentials.json"), "utf8")) as Credentials;
    },
  };
}

/** Command lines of the processes that name the folder or work in it, by pid; found in /proc. */
export async function processesNaming(folder: string): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  for (const name of (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry))) {
    const commandLine = await readFile(`/proc/${name}/cmdline`, "utf8").catch(() => "");
    const cwd = await readlink(`/proc/${name}/cwd`).catch(() => "");
    if (commandLine.includes(folder) || cwd.startsWith(folder))
      found.set(Number(name), commandLine.replaceAll("\0", " "));
  }
  return found;
}
