// A sentinel of Redis as a process of its own, on a free port.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { eventually } from "./eventually.ts";
import { redisCommand } from "./redis-command.ts";

/** Soon enough for a test, and long enough for a machine that is busy. */
const DOWN_AFTER_MS = 2_000;

interface SentinelOptions {
  readonly folder: string;
  /** redis-server; as a sentinel it is started by an option. */
  readonly program: string;
  readonly master: { readonly name: string; readonly port: string; readonly password: string };
}

/** Starts a sentinel that watches the master; two must agree that it is gone. Resolves when it answers. */
export async function startSentinel({ folder, program, master }: SentinelOptions) {
  await mkdir(folder, { recursive: true });
  const port = await freePort();
  const config = join(folder, "sentinel.conf");
  await writeFile(
    config,
    `port ${port}
bind 127.0.0.1
dir ${JSON.stringify(folder)}
sentinel monitor ${master.name} 127.0.0.1 ${master.port} 2
sentinel auth-pass ${master.name} ${master.password}
sentinel down-after-milliseconds ${master.name} ${DOWN_AFTER_MS}
sentinel failover-timeout ${master.name} 10000
`,
  );
  const child = spawn(program, [config, "--sentinel"], { stdio: "ignore" });
  const ask = (...command: string[]) => redisCommand(`redis://127.0.0.1:${port}`, ...command).catch(() => "");
  await eventually(async () => (await ask("PING")).includes("PONG"));
  return {
    port,
    /** Whether it has found the others. */
    knows: async ({ sentinels, replicas }: { sentinels: number; replicas: number }) => {
      const told = await ask("SENTINEL", "MASTER", master.name);
      const value = (name: string) => Number(new RegExp(`${name}\\r\\n\\$\\d+\\r\\n(\\d+)`).exec(told)?.[1] ?? 0);
      return value("num-other-sentinels") === sentinels && value("num-slaves") === replicas;
    },
    /** From now on it takes connections and says nothing. */
    freeze: () => void child.kill("SIGSTOP"),
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
