// A private Redis (or Valkey) for the queue: every write on disk before it is answered, nothing evicted, 127.0.0.1 only.
import { accessSync, chmodSync, constants, mkdirSync, realpathSync, statSync } from "node:fs";
import { connect } from "node:net";
import { delimiter, join } from "node:path";
import { writePrivateFile } from "@inventory-sync/runtime";
import { searchPath } from "../config.ts";
import { type PrivateServer, type PrivateServerOptions, serverPassword, startPrivateServer } from "./private-server.ts";

const programs = ["redis-server", "valkey-server"];

/** The path of redis-server or valkey-server: `explicit` when given, else the first on PATH; undefined when there is none. */
export function findRedisServer(explicit?: string): string | undefined {
  if (explicit) return isProgram(explicit) ? explicit : undefined;
  const folders = searchPath().split(delimiter).filter(Boolean);
  return programs.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram);
}

/** Starts Redis (`program`, see findRedisServer) on `dataDir`; one left running there by an earlier start is stopped first. Throws PortInUse when `port` is taken. */
export async function startRedis(options: PrivateServerOptions & { readonly program: string }): Promise<PrivateServer> {
  mkdirSync(options.dataDir, { recursive: true });
  // Redis writes events to files that every account may read, where an earlier start was not as careful as this one.
  chmodSync(options.dataDir, 0o700);
  const folder = realpathSync(options.dataDir);
  const password = await serverPassword(folder);
  const configFile = join(folder, "redis.conf");
  const program = {
    name: "Redis",
    program: options.program,
    home: folder,
    folder,
    binary: /redis|valkey/,
    logFile: join(folder, "redis.log"),
    runAs: {},
    env: { LC_ALL: "C", PATH: searchPath() },
    stopSignal: "SIGTERM",
    portTaken: /Address already in use|Failed listening/,
    password,
    // The password is in a private file, not in the arguments, which every account of the machine can read.
    prepare: async (port: number) => {
      await writePrivateFile(configFile, configuration({ folder, port, password }, options.settings ?? {}));
      return [configFile];
    },
    isReady: ({ port }: { port: number }) => answersPing(port, password),
    url: (port: number) => `redis://default:${password}@127.0.0.1:${port}`,
  } as const;
  return startPrivateServer(program, options);
}

function configuration(
  { folder, port, password }: { folder: string; port: number; password: string },
  settings: Readonly<Record<string, string>>,
): string {
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
