// The servers process of `npm start`: it owns the embedded database, queue and SFTP server. When the launcher dies its channel closes,
// and this process stops them in order, after the apps have ended. When this process is killed, their guards stop them.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { runProcess } from "@inventory-sync/runtime";
import { readPlan, type ServersPlan, type ServersReady } from "../config.ts";
import { dataFolderArgument, processesOf } from "../processes/orphans.ts";
import { type Supervised, supervise } from "../processes/supervise.ts";
import { startPostgres } from "./postgres.ts";
import type { PrivateServer } from "./private-server.ts";
import { startRedis } from "./redis.ts";
import { type SftpServer, startSftp } from "./sftp.ts";

const graceMs = 60_000;
const usersWaitMsMax = 15_000;
const pollMs = 200;
const say = (line: string) => void process.stdout.write(`${line}\n`);

await runProcess({ name: "servers", graceMs, start });

async function start(): Promise<{ stop(): Promise<void>; ready: ServersReady & Record<string, unknown> }> {
  const plan = readPlan<ServersPlan>();
  const { redisProgram: program } = plan;
  const [dataDir, redisDir] = [join(plan.dataDir, "postgres"), join(plan.dataDir, "redis")];
  const [postgres, redis, sftp] = await Promise.all([
    plan.postgres ? keepRunning("PostgreSQL", (port) => startPostgres({ dataDir, say, port })) : undefined,
    program ? keepRunning("Redis", (port) => startRedis({ dataDir: redisDir, program, say, port })) : undefined,
    plan.sftp ? startFiles(plan.sftp, join(plan.dataDir, "sftp-host-key")) : undefined,
  ]);
  return {
    ready: {
      type: "ready",
      postgres: postgres && { url: postgres.current().url, pid: postgres.current().pid },
      redis: redis && { url: redis.current().url, pid: redis.current().pid },
      sftp: sftp && { url: sftp.url, port: sftp.port, hostKeySha256: sftp.hostKeySha256 },
    },
    stop: async () => {
      if (!process.connected) await usersGone(plan.dataDir);
      await sftp?.stop();
      await redis?.stop();
      await postgres?.stop();
    },
  };
}

/** A server that ends by itself is started again where it was, so that the apps find it under the same address. */
function keepRunning(
  name: string,
  startOn: (port: number | undefined) => Promise<PrivateServer>,
): Promise<Supervised<PrivateServer>> {
  let port: number | undefined;
  const start = async () => {
    const server = await startOn(port);
    port = server.port;
    return server;
  };
  return supervise({ name, say, start });
}

/** The SFTP server, with its folders: a client that sends the first file finds where it goes. */
async function startFiles(files: NonNullable<ServersPlan["sftp"]>, hostKeyFile: string): Promise<SftpServer> {
  for (const folder of ["incoming", "archive", "rejected", "error"])
    await mkdir(join(files.root, folder), { recursive: true });
  return startSftp({ ...files, hostKeyFile });
}

/** Without a launcher the apps are not stopped one by one; they stop by themselves, and meanwhile still need their servers. */
async function usersGone(dataDir: string): Promise<void> {
  const deadline = Date.now() + usersWaitMsMax;
  const users = () => processesOf(dataFolderArgument(dataDir), /^node/);
  while ((await users()).length > 0 && Date.now() < deadline) await delay(pollMs);
}
