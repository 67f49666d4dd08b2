// `npm start`, step by step: take the folder, servers, tables, apps, credentials.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { migrate, prepareDatabase, secureDatabase } from "@inventory-sync/db";
import { messageOf } from "@inventory-sync/domain";
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
import type { Start } from "./teardown.ts";

const serversStopMsMax = 45_000;

/**
 * Starts everything, and resolves with its credentials and with what to tell a newcomer when all of it is up. What was started is added to
 * `teardown`, also when a later step throws. @param demo make a demo folder of it, when it is empty
 */
export async function launch(
  start: Start,
  { demo }: { readonly demo: boolean },
): Promise<{ readonly credentials: Credentials; readonly welcome: string }> {
  const { config, teardown, say } = start;
  await claimDataFolder(config.dataDir, say);
  const { ingest, board, sftp } = config.ports;
  await demandFreePorts({ INGEST_PORT: ingest, BOARD_PORT: board, SFTP_PORT: config.sftp ? 0 : sftp });
  if (demo) markIfEmpty(config.dataDir);
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
  const starting = startEmbeddedServers(start, { secrets, onMoved });
  const stopServers = (servers: EmbeddedServers) => servers.process?.stop(serversStopMsMax);
  await teardown.add(() => starting.then(stopServers, () => undefined));
  const servers = await starting;
  await prepareTables(start, { secrets, servers });
  const shop = demo ? await startDemoShop(start) : undefined;
  apps = await startApps(start, { secrets, addresses: servers.addresses });
  const running = { secrets, servers, apps, shop };
  const credentials = credentialsOf(running);
  await writeJson(credentialsFile, credentials);
  return { credentials, welcome: welcome(running, credentials, credentialsFile) };
}

/** The demo's shop, where the folder is the demo's and everything in it is ours. One that does not start is said, and keeps nothing from starting. */
async function startDemoShop({ config, teardown, say }: Start): Promise<Supervised<AppProcess> | undefined> {
  if (!hasMark(config.dataDir) || config.databaseUrl !== undefined) return undefined;
  if (config.passedOn.CHANNELS_FILE !== undefined) return undefined;
  await writeShopChannel(config);
  const starting = startShop(config, say);
  const stop = (shop: Awaited<typeof starting>) => shop?.stop();
  await teardown.add(() => starting.then(stop, () => undefined));
  return starting.catch((error: unknown) => {
    say(`The demo's web shop did not start: ${messageOf(error)}`);
    return undefined;
  });
}

/** Brings the tables to the shape that is needed; of the embedded database also the roles, of which each process gets its own. */
async function prepareTables(
  { config, say }: Start,
  { secrets, servers }: { readonly secrets: Secrets; readonly servers: EmbeddedServers },
): Promise<void> {
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
