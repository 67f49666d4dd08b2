// A PostgreSQL and a streaming replica of it that applies each commit some seconds late, as processes of their own.
import { execFile } from "node:child_process";
import { chown, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type PrivateServer, startPostgres } from "@inventory-sync/local";
import pg from "pg";

export interface PrimaryAndReplica {
  readonly primary: PrivateServer;
  readonly replica: PrivateServer;
}

/** @param prepare what is done to the primary before it is copied, so that the replica has it from the beginning */
export async function primaryAndReplica(
  folder: string,
  { delayS, prepare }: { readonly delayS: number; readonly prepare: (url: string) => Promise<unknown> },
): Promise<PrimaryAndReplica> {
  const [home, copy] = [join(folder, "primary"), join(folder, "replica")];
  const primary = await startPostgres({ dataDir: home, settings: { fsync: "off" } });
  await prepare(primary.url);
  const client = new pg.Client({ connectionString: primary.url });
  await client.connect();
  await client.query("select pg_backup_start('replica', true)");
  // With its owner, which may be another account than ours.
  await promisify(execFile)("cp", ["-a", home, copy]);
  const { rows } = await client.query<{ label: string }>("select labelfile as label from pg_backup_stop(false)");
  await client.end();
  const data = join(copy, "data");
  await rm(join(data, "postmaster.pid"), { force: true });
  const { uid, gid } = await stat(data);
  for (const [name, text] of [
    ["backup_label", rows[0]?.label ?? ""],
    ["standby.signal", ""],
  ] as const) {
    await writeFile(join(data, name), text);
    await chown(join(data, name), uid, gid);
  }
  const { port, username, password } = new URL(primary.url);
  const replica = await startPostgres({
    dataDir: copy,
    settings: {
      fsync: "off",
      primary_conninfo: `host=127.0.0.1 port=${port} user=${username} password=${password}`,
      recovery_min_apply_delay: `${delayS}s`,
      // What keeps it from replaying is cancelled at once.
      max_standby_streaming_delay: "0",
    },
  });
  return { primary, replica };
}
