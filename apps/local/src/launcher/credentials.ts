// What a start tells its user: the addresses and secrets of credentials.json, and on the screen a table of what runs where, with a `curl`
// that sends a sale.
import { resolve } from "node:path";
import { textTable } from "@inventory-sync/domain";
import { maskUrl } from "@inventory-sync/runtime";
import type { AppProcess } from "../processes/app-process.ts";
import type { Supervised } from "../processes/supervise.ts";
import type { Apps } from "./apps.ts";
import type { EmbeddedServers } from "./embedded-servers.ts";
import type { Secrets } from "./secrets.ts";

interface Running {
  readonly secrets: Secrets;
  readonly servers: EmbeddedServers;
  readonly apps: Apps;
  readonly shop: Supervised<AppProcess> | undefined;
}

/** credentials.json, field by field. */
export type Credentials = ReturnType<typeof credentialsOf>;

/** The content of credentials.json. */
export function credentialsOf({ secrets, servers, apps }: Omit<Running, "shop">) {
  const { databaseOf, queue, sftp, sftpHostKeySha256 } = servers.addresses();
  const url = new URL(sftp);
  return {
    ingestUrl: `http://127.0.0.1:${apps.ingest.current().port}`,
    boardUrl: `http://127.0.0.1:${apps.board.current().port}`,
    ingestKey: secrets.ingestKey,
    boardToken: secrets.boardToken,
    boardUser: secrets.boardUser,
    boardPassword: secrets.boardPassword,
    sftp: {
      host: url.hostname,
      port: Number(url.port || 22),
      username: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      hostKeySha256: sftpHostKeySha256,
      /** Null when SFTP_URL names the server. */
      root: servers.sftpRoot,
    },
    database: databaseOf("ops"),
    queue,
  };
}

/** What a newcomer reads first. The curl may be pasted as it is. */
export function welcome(running: Running, credentials: Credentials, credentialsFile: string): string {
  const event = {
    eventId: `try-${Date.now()}`,
    facilityId: "S001",
    type: "sale",
    lines: [{ sku: "TEE-RED-M", quantity: 1 }],
    occurredAt: new Date().toISOString(),
  };
  const [header = "", ...lines] = textTable(["what", "runs as", "where"], rowsOf(running, credentials));
  const rule = "-".repeat(Math.max(...[header, ...lines].map((line) => line.length)));
  return [
    "",
    "inventory-sync is running. Ctrl-C stops all of it.",
    "",
    ...[header, rule, ...lines].map((line) => `  ${line}`),
    "",
    `Credentials: ${credentialsFile}`,
    `Sign in at ${credentials.boardUrl} as ${credentials.boardUser} with the boardPassword of that file; API documentation is at ${credentials.ingestUrl}/docs.`,
    "",
    ...(running.shop === undefined
      ? []
      : [`The demo's web shop, which knows every sale within a second: ${shopUrl(running.shop)}`, ""]),
    "Send a sale:",
    `  curl -X POST ${credentials.ingestUrl}/v1/events \\`,
    `    -H "Authorization: Bearer $(${ingestKeyFrom(credentialsFile)})" -H 'Content-Type: application/json' \\`,
    `    -d '${JSON.stringify(event)}'`,
    "",
  ].join("\n");
}

/** A command that prints the key: this table is kept in journals and terminals, where a key has no place. */
function ingestKeyFrom(credentialsFile: string): string {
  const quoted = `'${resolve(credentialsFile).replaceAll("'", "'\\''")}'`;
  return `node -p 'require(process.argv[1]).ingestKey' ${quoted}`;
}

function shopUrl(shop: Supervised<AppProcess>): string {
  return `http://127.0.0.1:${shop.current().port}`;
}

function rowsOf({ servers, apps, shop }: Running, { database, ingestUrl, boardUrl }: Credentials): string[][] {
  const { queue, sftp } = servers.addresses();
  const { sftpRoot, queueChoice, pids } = servers;
  const ran = (pid: number | undefined) => (pid ? `process ${pid}` : "not ours");
  return [
    ["database", ran(pids.postgres), maskUrl(database)],
    ["queue", ran(pids.queue), `${maskUrl(queue)}  (${queueChoice})`],
    ["sftp", ran(pids.sftp), `${maskUrl(sftp)}${sftpRoot ? `  (folder ${sftpRoot})` : ""}`],
    ["ingest", ran(apps.ingest.current().pid), ingestUrl],
    ["worker", ran(apps.worker.current().pid), "takes work from the queue"],
    ["board", ran(apps.board.current().pid), boardUrl],
    ...(shop === undefined ? [] : [["web shop", ran(shop.current().pid), `${shopUrl(shop)}  (the demo's)`]]),
  ];
}
