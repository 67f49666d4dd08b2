// A private Redis (or Valkey) for the queue: every write on disk before it is answered, nothing evicted, 127.0.0.1 only.
import { accessSync, chmodSync, constants, mkdirSync, realpathSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { searchPath } from "../config.ts";
import { PortInUse, withPort } from "./free-port.ts";
import { endOrphans } from "./orphans.ts";
import { type ServerProcess, startServerProcess } from "./server-process.ts";
import { readServerState, writePrivateFile, writeServerState } from "./server-state.ts";

export interface RedisOptions {
  /** Holds the append-only files, `redis.conf`, `server.json` and the log. */
  readonly dataDir: string;
  /** The server's binary; see findRedisServer. */
  readonly program: string;
  readonly port?: number;
  /** Directives of redis.conf on top of ours, e.g. `{ databases: "500" }`. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly say?: (line: string) => void;
}

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly exited: Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

const readyMsMax = 60_000;
const pollMs = 20;
const programs = ["redis-server", "valkey-server"];

/** The path of redis-server or valkey-server: `explicit` when given, else the first on PATH; undefined when there is none. */
export function findRedisServer(explicit?: string): string | undefined {
  const candidates = explicit
    ? [explicit]
    : programs.flatMap((name) =>
        searchPath()
          .split(delimiter)
          .filter(Boolean)
          .map((folder) => join(folder, name)),
      );
  return candidates.find(isProgram);
}

/** Starts Redis on `dataDir`; one left running there by an earlier start is stopped first. Throws PortInUse when `port` is taken. */
export async function startRedis(options: RedisOptions): Promise<RedisServer> {
  mkdirSync(options.dataDir, { recursive: true });
  // Redis writes events to files that every account may read, where an earlier start was not as careful as this one.
  chmodSync(options.dataDir, 0o700);
  const folder = realpathSync(options.dataDir);
  const state = await readServerState(folder);
  const orphans = await endOrphans({ folder, program: /redis|valkey/, signal: "SIGTERM" });
  if (orphans > 0) options.say?.("Stopped a Redis that an earlier start had left running on this folder.");
  return withPort({ asked: options.port, usedLast: state.port }, async (port) => {
    const server = await startOn(options, { folder, port, password: state.password });
    await writeServerState(folder, { ...state, port });
    return {
      url: `redis://default:${state.password}@127.0.0.1:${port}`,
      port,
      pid: server.pid,
      exited: server.exited,
      stop: () => server.stop(),
      kill: () => server.kill(),
    };
  });
}

interface Place {
  readonly folder: string;
  readonly port: number;
  readonly password: string;
}

async function startOn(options: RedisOptions, place: Place): Promise<ServerProcess> {
  const { folder, port, password } = place;
  const logFile = join(folder, "redis.log");
  const configFile = join(folder, "redis.conf");
  // The password stands in a private file, not in the arguments, which every account of the machine can read.
  await writePrivateFile(configFile, configuration(place, options.settings ?? {}));
  const logStart = (await readFile(logFile, "utf8").catch(() => "")).length;
  const server = await startServerProcess({
    program: options.program,
    args: [configFile],
    folder,
    logFile,
    runAs: {},
    env: { LC_ALL: "C", PATH: searchPath() },
    stopSignal: "SIGTERM",
  });
  const deadline = Date.now() + readyMsMax;
  while (!(server.isRunning() && (await answersPing(port, password)))) {
    if (!server.isRunning()) {
      const said = (await readFile(logFile, "utf8")).slice(logStart);
      if (/Address already in use|Failed listening/.test(said)) throw new PortInUse(port);
      throw new Error(`Redis did not start: ${said.trim().split("\n").slice(-3).join(" / ")} (log: ${logFile})`);
    }
    if (Date.now() > deadline) {
      await server.kill();
      throw new Error(`Redis was not ready within ${readyMsMax / 1000} s (log: ${logFile})`);
    }
    await delay(pollMs);
  }
  return server;
}

function configuration({ folder, port, password }: Place, settings: Readonly<Record<string, string>>): string {
  const directives: Record<string, string> = {
    bind: "127.0.0.1",
    port: String(port),
    requirepass: password,
    dir: JSON.stringify(folder),
    daemonize: "no",
    appendonly: "yes",
    appendfsync: "always",
    "maxmemory-policy": "noeviction",
    save: '""',
    // The arguments stay as they were given, so that the server can be told by its folder.
    "set-proc-title": "no",
    ...settings,
  };
  return Object.entries(directives)
    .map(([name, value]) => `${name} ${value}\n`)
    .join("");
}

/** True when the server on `port` takes our password and has finished loading its data. */
function answersPing(port: number, password: string): Promise<boolean> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(`AUTH ${password}\r\nPING\r\n`));
    const done = (ok: boolean) => {
      socket.destroy();
      resolve(ok);
    };
    socket.setTimeout(1000, () => done(false));
    socket.once("error", () => done(false));
    socket.once("close", () => done(false));
    socket.on("data", (chunk) => {
      answer += chunk.toString();
      if (answer.split("\r\n").length > 2) done(answer.startsWith("+OK\r\n+PONG"));
    });
  });
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
