// A server binary (PostgreSQL, Redis) as a child process: on a port and with a password that its folder remembers, in a session of its
// own (Ctrl-C does not reach it), guarded (it ends when its starter is killed), and awaited until it answers.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, openSync, statSync, truncateSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { writePrivateFile } from "@inventory-sync/runtime";
import { endOrphans } from "../processes/orphans.ts";
import { type Child, holdChild } from "../processes/supervise.ts";
import { PortInUse, withPort } from "./ports.ts";

/** Which account a program runs as; ours where it is empty. */
export interface RunAs {
  readonly uid?: number;
  readonly gid?: number;
}

export interface PrivateServerOptions {
  /** Holds the server's data, its password and last port (`server.json`) and its log. */
  readonly dataDir: string;
  readonly port?: number | undefined;
  /** Settings of the server on top of ours, e.g. `{ fsync: "off" }` for databases that live as long as a test. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly say?: (line: string) => void;
}

/** A server that answers on 127.0.0.1. */
export type PrivateServer = Awaited<ReturnType<typeof startPrivateServer>>;

export interface ServerProgram {
  readonly name: string;
  readonly program: string;
  /** Holds `server.json`. */
  readonly home: string;
  /** Where it works, and by which it is found again after a crash, together with the name of its binary. */
  readonly folder: string;
  readonly binary: RegExp;
  readonly logFile: string;
  readonly runAs: RunAs;
  readonly env: Readonly<Record<string, string>>;
  readonly stopSignal: NodeJS.Signals;
  /** What it logs when its port is taken. */
  readonly portTaken: RegExp;
  readonly password: string;
  /** Makes ready what a start on this port needs, and tells the arguments. */
  prepare(port: number): Promise<readonly string[]>;
  isReady(server: { readonly pid: number; readonly port: number }): Promise<boolean>;
  url(port: number): string;
}

const logBytesMax = 20_000_000;
const readyMsMax = 60_000;
const pollMs = 20;

/** The password of the server in this folder; a new random one when it has none yet. */
export async function serverPassword(home: string): Promise<string> {
  return (await readState(home))?.password ?? randomBytes(18).toString("hex");
}

/** Notes the password, with the port that is taken again at the next start when it is free, so that addresses written down stay true. */
export async function keepState(home: string, state: { password: string; port: number }): Promise<void> {
  await writePrivateFile(join(home, "server.json"), `${JSON.stringify(state)}\n`);
}

/**
 * Starts the server, and resolves when it is ready; one that an earlier start left running on its folder is stopped first. Throws PortInUse
 * when the port that was asked for is taken.
 */
export async function startPrivateServer(server: ServerProgram, options: PrivateServerOptions) {
  const { name, home, folder, binary, logFile, password } = server;
  if ((await endOrphans({ folder, program: binary, signal: server.stopSignal })) > 0)
    options.say?.(`Stopped a ${name} that an earlier start had left running on this folder.`);
  const usedLast = (await readState(home))?.port ?? 0;
  return withPort({ asked: options.port, usedLast }, async (port) => {
    const child = await startOn(server, port);
    await keepState(home, { password, port });
    return { ...child, url: server.url(port), port, logFile };
  });
}

async function startOn(server: ServerProgram, port: number): Promise<Child> {
  const { name, logFile } = server;
  const args = await server.prepare(port);
  if ((statSync(logFile, { throwIfNoEntry: false })?.size ?? 0) > logBytesMax) truncateSync(logFile, 0);
  const logged = await readFile(logFile, "utf8").catch(() => "");
  const child = await spawnServer(server, args);
  const deadline = Date.now() + readyMsMax;
  while (!(child.isRunning() && (await server.isReady({ pid: child.pid, port })))) {
    if (!child.isRunning()) {
      const said = (await readFile(logFile, "utf8")).slice(logged.length);
      if (server.portTaken.test(said)) throw new PortInUse(port);
      throw new Error(`${name} did not start: ${said.trim().split("\n").slice(-3).join(" / ")} (log: ${logFile})`);
    }
    if (Date.now() > deadline) {
      await child.kill();
      throw new Error(`${name} was not ready within ${readyMsMax / 1000} s (log: ${logFile})`);
    }
    await delay(pollMs);
  }
  return child;
}

/** Its output is appended to the log. Throws when the program cannot be run at all. */
async function spawnServer(server: ServerProgram, args: readonly string[]): Promise<Child> {
  const log = openSync(server.logFile, "a", 0o600);
  const child = spawn(server.program, args, {
    ...server.runAs,
    cwd: server.folder,
    env: server.env,
    detached: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  const held = holdChild(child, server.stopSignal);
  await new Promise((resolve, reject) => child.once("error", reject).once("spawn", resolve));
  guard(held, server.stopSignal);
  return held;
}

/**
 * A shell that waits on a pipe from this process. When this process dies, in whatever way, the pipe closes and the shell stops the server:
 * the one thing that also works after kill -9, on every system with a shell.
 */
function guard({ pid, exited }: Child, signal: NodeJS.Signals): void {
  const script = [
    'read -r answer && exit 0; kill -s "$2" "$1"; i=0',
    'while kill -0 "$1" && [ $i -lt 150 ]; do sleep 0.1; i=$((i+1)); done; kill -s KILL "$1"',
  ].join("; ");
  const shell = spawn("/bin/sh", ["-c", script, "guard", String(pid), signal.replace("SIG", "")], {
    detached: true,
    cwd: "/",
    stdio: ["pipe", "ignore", "ignore"],
  });
  shell.once("error", () => undefined);
  shell.stdin.on("error", () => undefined);
  shell.unref();
  (shell.stdin as unknown as { unref?: () => void }).unref?.();
  void exited.then(() => shell.stdin.end("done\n"));
}

async function readState(home: string): Promise<{ password: string; port: number } | undefined> {
  try {
    return JSON.parse(await readFile(join(home, "server.json"), "utf8")) as { password: string; port: number };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return undefined;
  }
}
