// Two servers of Redis, one of which follows the other, with one password for both.
import { join } from "node:path";
import { findRedisServer, type PrivateServer, startRedis } from "@inventory-sync/local";
import { eventually } from "./eventually.ts";
import { redisCommand } from "./redis-command.ts";

/** Starts both below a folder; resolves when the replica follows. */
export async function masterAndReplica(
  folder: string,
): Promise<{ readonly master: PrivateServer; readonly replica: PrivateServer; readonly password: string }> {
  const program = findRedisServer() ?? "redis-server";
  const master = await startRedis({ dataDir: join(folder, "master"), program });
  const { port, password } = new URL(master.url);
  const settings = { replicaof: `127.0.0.1 ${port}`, masterauth: password };
  const replica = await startRedis({ dataDir: join(folder, "replica"), program, settings });
  // Each takes the other's password besides its own.
  await redisCommand(replica.url, "ACL", "SETUSER", "default", `>${password}`);
  await redisCommand(master.url, "ACL", "SETUSER", "default", `>${decodeURIComponent(new URL(replica.url).password)}`);
  await eventually(async () => (await redisCommand(master.url, "INFO", "replication")).includes("state=online"));
  return { master, replica, password };
}
