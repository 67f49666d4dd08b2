// `npm start`, step by step: take the folder, servers, tables, apps, credentials.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { migrate, prepareDatabase, secureDatabase } from "@inventory-sync/db";
import { messageOf } from "@inventory-sync/domain";
import type { LocalConfig } from "../config.ts";
import { hasMark, markIfEmpty } from "../demo/run-demo.ts";
import { startShop, writeShopChannel } from "../demo/web-shop.ts";
import type { AppProcess } from "../processes/app-process.ts";
import type { Supervised } from "../processes/supervise.ts";
import { demandFreePorts } from "../servers/ports.ts";
import { type Apps, startApps } from "./apps.ts";
import { type Credentials, credentialsOf, welcome } from "./credentials.ts";
import { claimDataFolder } from "./data-folder.ts";
import { type EmbeddedServers, startEmbeddedServers } from "./embedded-servers.ts";
import { ensureAccounts, readSecrets, type Secrets, writeJson } from "./secrets.ts";
import type { Teardown } from "./teardown.ts";

const serversStopMsMax = 45_000;

/**
 * Starts everything, and resolves with its credentials and with what to tell a newcomer when all of it is up. What was started is added to
 * `teardown`, also when a later step throws.
 */
export async function launch(options: {
  readonly config: LocalConfig;
  /** Make a demo folder of it, when it is empty. */
  readonly demo: boolean;
  readonly teardown: Teardown;
  readonly say: (line: string) => void;
}): Promise<{ readonly credentials: Credentials; readonly welcome: string }> {
  const { config, teardown, say } = options;
  await claimDataFolder(config.dataDir, say);
  const { ingest, board, sftp } = config.ports;
  await demandFreePorts({ INGEST_PORT: ingest, BOARD_PORT: board, SFTP_PORT: config.sftp ? 0 : sftp });
  if (options.demo) markIfEmpty(config.dataDir);
  // The file is there exactly when its addresses are true.
  const credentialsFile = join(config.dataDir, "credentials.json");
  await rm(credentialsFile, { force: true });
  const kept = await readSecrets(config.dataDir);
  const secrets = { ...kept, boardToken: config.boardToken ?? kept.boardToken };
  await ensureAccounts({ clients: config.clientsFile, users: config.usersFile }, secrets);

  let apps: Apps | undefined;
  // The apps read their settings at start only; their supervisors start them again with the new addresses.
  const onMoved = () => {
    for (const app of Object.values(apps ?? {})) void app.current().kill("SIGTERM");
  };
  const starting = startEmbeddedServers({ config, secrets, say, onMoved });
  const stopServers = (servers: EmbeddedServers) => servers.process?.stop(serversStopMsMax);
  await teardown.add(() => starting.then(stopServers, () => undefined));
  const servers = await starting;
  await prepareTables({ config, secrets, servers, say });
  const shop = options.demo ? await startDemoShop({ config, teardown, say }) : undefined;
  apps = await startApps({ config, secrets, addresses: servers.addresses, teardown, say });
  const running = { secrets, servers, apps, shop };
  const credentials = credentialsOf(running);
  await writeJson(credentialsFile, credentials);
  return { credentials, welcome: welcome(running, credentials, credentialsFile) };
}

/** The demo's shop, where the folder is the demo's and everything in it is ours. One that does not start is said, and keeps nothing from starting. */
async function startDemoShop(known: {
  config: LocalConfig;
  teardown: Teardown;
  say: (line: string) => void;
}): Promise<Supervised<AppProcess> | undefined> {
  const { config, teardown, say } = known;
  if (!hasMark(config.dataDir) || config.databaseUrl !== undefined) return undefined;
  if (config.passedOn.CHANNELS_FILE !== undefined) return undefined;
  await writeShopChannel(config);
  const starting = startShop(config, say);
  await teardown.add(() =>
    starting.then(
      (shop) => shop?.stop(),
      () => undefined,
    ),
  );
  return starting.catch((error: unknown) => {
    say(`The demo's web shop did not start: ${messageOf(error)}`);
    return undefined;
  });
}

/** Brings the tables to the shape that is needed; of the embedded database also the roles, of which each process gets its own. */
async function prepareTables(known: {
  config: LocalConfig;
  secrets: Secrets;
  servers: EmbeddedServers;
  say: (line: string) => void;
}): Promise<void> {
  const { config, secrets, servers, say } = known;
  const sayApplied = (applied: readonly string[]) => {
    if (applied.length > 0) say(`Migrations applied to the database: ${applied.join(", ")}.`);
  };
  if (config.databaseUrl !== undefined) {
    if (config.databaseOwnerUrl === undefined) await prepareDatabase(config.databaseUrl, config.databaseDirectUrl);
    else sayApplied(await migrate(config.databaseOwnerUrl));
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
  sayApplied(applied);
}
