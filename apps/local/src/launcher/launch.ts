// `npm start`, step by step: lock the folder, servers, migrations, apps, credentials.
import { chmodSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { migrate, prepareDatabase, secureDatabase } from "@inventory-sync/db";
import type { LocalConfig } from "../config.ts";
import { markIfEmpty } from "../demo/demo-mark.ts";
import { endOrphans } from "../servers/orphans.ts";
import { throughOnly } from "../servers/unprivileged.ts";
import { type Apps, clientsFile, startApps, usersFile } from "./apps.ts";
import { ensureBoardUser } from "./board-users.ts";
import {
  type Credentials,
  ensureClients,
  readSecrets,
  type Secrets,
  withdrawCredentials,
  writeCredentials,
} from "./credentials.ts";
import { dataFolderArgument, type EmbeddedServers, startEmbeddedServers } from "./embedded-servers.ts";
import { lockFolder } from "./lock.ts";
import { demandFreePorts } from "./ports.ts";
import type { Row } from "./table.ts";
import { shownUrl } from "./table.ts";
import type { Teardown } from "./teardown.ts";

export interface Launched {
  readonly credentials: Credentials;
  readonly rows: readonly Row[];
}

const serversStopMsMax = 45_000;

/** Starts everything and resolves when all of it is up. What was started is added to `teardown`, also when a later step throws. */
export async function launch(options: {
  readonly config: LocalConfig;
  /** Make a demo folder of it, when it is empty. */
  readonly demo: boolean;
  readonly teardown: Teardown;
  readonly say: (line: string) => void;
}): Promise<Launched> {
  const { config, teardown, say } = options;
  const isNew = mkdirSync(config.dataDir, { recursive: true }) !== undefined;
  // As root the database runs under another account, which has to reach its folder in this one.
  if (isNew && process.getuid?.() === 0) chmodSync(config.dataDir, throughOnly);
  else if (!isNew) closeToOthers(config.dataDir);
  await lockFolder(config.dataDir);
  await endEarlierProcesses(config, say);
  await demandFreePorts({
    ...{ INGEST_PORT: config.ports.ingest, BOARD_PORT: config.ports.board },
    ...(config.sftp ? {} : { SFTP_PORT: config.ports.sftp }),
  });
  if (options.demo) markIfEmpty(config.dataDir);
  await withdrawCredentials(config.dataDir);
  const kept = await readSecrets(config.dataDir);
  const secrets = { ...kept, boardToken: config.boardToken ?? kept.boardToken };
  await ensureClients(clientsFile(config), secrets.ingestKey);
  await ensureBoardUser(usersFile(config), { name: secrets.boardUser, password: secrets.boardPassword });

  let apps: Apps | undefined;
  const starting = startEmbeddedServers({ config, secrets, say, onMoved: () => restartAll(apps) });
  await teardown.add(() =>
    starting.then(
      (servers) => servers.process?.stop(serversStopMsMax),
      () => undefined,
    ),
  );
  const servers = await starting;
  await prepareTables({ config, secrets, servers, say });

  const tellUsers = () => {
    const pids = Object.values(apps ?? {}).map((app) => app.current().pid);
    servers.process?.current().send({ type: "users", pids });
  };
  apps = await startApps({ config, secrets, addresses: servers.addresses, teardown, say, onRestart: tellUsers });
  tellUsers();
  const credentials = credentialsOf({ secrets, servers, apps });
  await writeCredentials(config.dataDir, credentials);
  return { credentials, rows: rowsOf({ config, servers, apps, credentials }) };
}

/** A data folder of a version that left it open to other accounts is closed to them. Only what is ours is touched. */
function closeToOthers(dataDir: string): void {
  if (!existsSync(join(dataDir, "secrets.json"))) return;
  const mayPass = process.getuid?.() === 0 ? throughOnly : 0o700;
  chmodSync(dataDir, mayPass);
  for (const name of ["logs", "sftp", "spool"])
    if (existsSync(join(dataDir, name))) chmodSync(join(dataDir, name), 0o700);
  if (existsSync(join(dataDir, "postgres"))) chmodSync(join(dataDir, "postgres"), mayPass);
  if (existsSync(join(dataDir, "demo.json"))) chmodSync(join(dataDir, "demo.json"), 0o600);
}

/** Brings the tables to the shape that is needed; of the embedded database also the roles, of which each process gets its own. */
async function prepareTables(known: {
  config: LocalConfig;
  secrets: Secrets;
  servers: EmbeddedServers;
  say: (line: string) => void;
}): Promise<void> {
  const { config, secrets, servers, say } = known;
  if (config.databaseUrl !== undefined) {
    if (config.databaseOwnerUrl === undefined) await prepareDatabase(config.databaseUrl);
    else sayApplied(await migrate(config.databaseOwnerUrl), say);
    return;
  }
  const { created, moved, applied } = await secureDatabase(
    servers.addresses().databaseSuperuser,
    secrets.databasePasswords,
  );
  if (created.length > 0 && moved > 0)
    say(
      "The database of this folder now belongs to a role of its own; each process has a role with the rights it needs.",
    );
  sayApplied(applied, say);
}

function sayApplied(applied: readonly string[], say: (line: string) => void): void {
  if (applied.length > 0) say(`Migrations applied to the database: ${applied.join(", ")}.`);
}

/** After kill -9 of a launcher its processes still end by themselves; the next start waits for that, and helps. */
async function endEarlierProcesses(config: LocalConfig, say: (line: string) => void): Promise<void> {
  const left = { folder: dataFolderArgument(config.dataDir), program: /^node/, signal: "SIGTERM" as const };
  if ((await endOrphans(left)) > 0) say("Stopped what an earlier start had left running on this folder.");
}

/** The apps read their settings at start only; their supervisors start them again with the new addresses. */
function restartAll(apps: Apps | undefined): void {
  for (const app of Object.values(apps ?? {})) void app.current().kill("SIGTERM");
}

function credentialsOf(known: { secrets: Secrets; servers: EmbeddedServers; apps: Apps }): Credentials {
  const { secrets, servers, apps } = known;
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
      root: servers.sftpRoot,
    },
    database: databaseOf("ops"),
    queue,
  };
}

function rowsOf(known: { config: LocalConfig; servers: EmbeddedServers; apps: Apps; credentials: Credentials }): Row[] {
  const { config, servers, apps, credentials } = known;
  const { queue, sftp } = servers.addresses();
  const running = (pid: number | undefined) => (pid ? `process ${pid}` : "not ours");
  const serversPid = servers.process?.current().pid;
  const queuePid = servers.pids.redis ?? (config.queueUrl ? undefined : servers.pids.postgres);
  return [
    { what: "database", runsAs: running(servers.pids.postgres), where: shownUrl(credentials.database) },
    { what: "queue", runsAs: running(queuePid), where: `${shownUrl(queue)}  (${servers.queueChoice})` },
    {
      what: "sftp",
      runsAs: running(config.sftp ? undefined : serversPid),
      where: `${shownUrl(sftp)}${servers.sftpRoot ? `  (folder ${servers.sftpRoot})` : ""}`,
    },
    { what: "ingest", runsAs: running(apps.ingest.current().pid), where: credentials.ingestUrl },
    { what: "worker", runsAs: running(apps.worker.current().pid), where: "takes work from the queue" },
    { what: "board", runsAs: running(apps.board.current().pid), where: credentials.boardUrl },
  ];
}
