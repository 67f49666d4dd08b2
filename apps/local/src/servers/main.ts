// The servers process of `npm start`: it owns the embedded database, queue and SFTP server. When the launcher dies its channel closes,
// and this process stops them in order, after the apps have ended. When this process is killed, their guards stop them.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { runProcess } from "@inventory-sync/runtime";
import { readServersPlan } from "../config.ts";
import { keepRunning } from "./keep-running.ts";
import type { ServersPlan, ServersReady, UsersMessage } from "./plan.ts";
import { startPostgres } from "./postgres.ts";
import { startRedis } from "./redis.ts";
import { type SftpServer, startSftp } from "./sftp.ts";

const graceMs = 60_000;
const usersWaitMsMax = 15_000;
const pollMs = 50;

await runProcess({ name: "servers", graceMs, start });

async function start(): Promise<{ stop(): Promise<void>; ready: ServersReady & Record<string, unknown> }> {
  const plan = readServersPlan();
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  const { redisProgram } = plan;
  let users: readonly number[] = [];
  process.on("message", (message) => {
    if ((message as UsersMessage).type === "users") users = (message as UsersMessage).pids;
  });
  const [postgres, redis, sftp] = await Promise.all([
    plan.postgres
      ? keepRunning({
          name: "PostgreSQL",
          say,
          start: (port) => startPostgres({ dataDir: join(plan.dataDir, "postgres"), say, ...(port ? { port } : {}) }),
        })
      : undefined,
    redisProgram
      ? keepRunning({
          name: "Redis",
          say,
          start: (port) =>
            startRedis({ dataDir: join(plan.dataDir, "redis"), program: redisProgram, say, ...(port ? { port } : {}) }),
        })
      : undefined,
    plan.sftp ? startFiles(plan.sftp, join(plan.dataDir, "sftp-host-key")) : undefined,
  ]);
  return {
    ready: {
      type: "ready",
      ...(postgres ? { postgres: { url: postgres.first.url, pid: postgres.first.pid } } : {}),
      ...(redis ? { redis: { url: redis.first.url, pid: redis.first.pid } } : {}),
      ...(sftp ? { sftp: { url: sftp.url, port: sftp.port, hostKeySha256: sftp.hostKeySha256 } } : {}),
    },
    stop: async () => {
      if (!process.connected) await usersGone(() => users);
      await sftp?.stop();
      await redis?.stop();
      await postgres?.stop();
    },
  };
}

/** The SFTP server, with its folders: whoever sends the first file finds where it goes. */
async function startFiles(files: NonNullable<ServersPlan["sftp"]>, hostKeyFile: string): Promise<SftpServer> {
  for (const folder of ["incoming", "archive", "rejected", "error"])
    await mkdir(join(files.root, folder), { recursive: true });
  return startSftp({ ...files, hostKeyFile });
}

/** Without a launcher nobody stops the apps one by one; they stop by themselves, and meanwhile still need their servers. */
async function usersGone(users: () => readonly number[]): Promise<void> {
  const deadline = Date.now() + usersWaitMsMax;
  while (users().some(isAlive) && Date.now() < deadline) await delay(pollMs);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
