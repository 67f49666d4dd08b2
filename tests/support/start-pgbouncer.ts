// A PgBouncer in transaction mode as a process of its own, on a free port before a PostgreSQL. Debian's, with what it comes with: no
// setting of it is made for this product.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { freePort } from "@inventory-sync/local";
import { eventually } from "./eventually.ts";
import { findPgBouncer } from "./find-pgbouncer.ts";

export interface PgBouncer {
  readonly port: number;
  /** The same database and user, through the pooler. */
  through(url: string): string;
  kill(): Promise<void>;
  /** Starts it again, on the port it had, unless it runs. */
  ensure(): Promise<void>;
}

/** Connections to the server for each role of each database. */
const POOL_SIZE = 4;

/**
 * @param urls of those who may sign in, straight to the server; all on one server
 * @param clientsMax connections to the pooler at most
 * @throws where there is no pgbouncer
 */
export async function startPgBouncer(
  folder: string,
  urls: readonly string[],
  { clientsMax = 200 }: { readonly clientsMax?: number } = {},
): Promise<PgBouncer> {
  const program = findPgBouncer();
  const [first] = urls;
  if (program === undefined || first === undefined) throw new Error("there is no pgbouncer, or nobody to sign in");
  const server = new URL(first);
  const port = await freePort();
  await mkdir(folder, { recursive: true });
  const users = urls.map((url) => new URL(url)).map(({ username, password }) => `"${username}" "${password}"\n`);
  await writeFile(join(folder, "users.txt"), [...new Set(users)].join(""));
  const config = join(folder, "pgbouncer.ini");
  await writeFile(
    config,
    `[databases]
* = host=${server.hostname} port=${server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${join(folder, "users.txt")}
pool_mode = transaction
default_pool_size = ${POOL_SIZE}
max_client_conn = ${clientsMax}
stats_users = ${server.username}
server_login_retry = 1
`,
  );
  // It does not run as root.
  const as = process.getuid?.() === 0 ? ["--user=nobody"] : [];
  let child: ChildProcess | undefined;
  const ensure = async (): Promise<void> => {
    if (child !== undefined && child.exitCode === null && child.signalCode === null) return;
    const started = spawn(program, [...as, config], { stdio: "ignore" });
    child = started;
    await eventually(async () => {
      if (started.exitCode !== null) throw new Error(`pgbouncer ended with ${started.exitCode}`);
      return canConnect(port);
    });
  };
  await ensure();
  return {
    port,
    through: (url) => {
      const changed = new URL(url);
      changed.port = String(port);
      return changed.href;
    },
    ensure,
    kill: async () => {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
