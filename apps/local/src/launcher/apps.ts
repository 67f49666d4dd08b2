// Start, step 2: ingest, worker and board, each a process of its own that is kept running.
import { join } from "node:path";
import type { LocalConfig } from "../config.ts";
import { appLog } from "./app-log.ts";
import { startApp } from "./app-process.ts";
import type { Secrets } from "./credentials.ts";
import { type Addresses, dataFolderArgument } from "./embedded-servers.ts";
import { type Supervised, supervise } from "./supervise.ts";
import type { Teardown } from "./teardown.ts";

export type AppName = "ingest" | "worker" | "board";
export type Apps = Readonly<Record<AppName, Supervised>>;

/** In the order in which they stop: first nothing new comes in, then the work ends, then nobody looks any more. */
const appNames: readonly AppName[] = ["ingest", "worker", "board"];
const stopMsMax = 25_000;

/** Starts the three at once; resolves when all are up, and throws what the first one said that was not. */
export async function startApps(options: {
  readonly config: LocalConfig;
  readonly secrets: Secrets;
  readonly addresses: () => Addresses;
  readonly teardown: Teardown;
  readonly say: (line: string) => void;
  readonly onRestart: () => void;
}): Promise<Apps> {
  const { config, secrets, addresses, teardown, say } = options;
  // A free port that was chosen once stays, so that an app that restarts is found where it was.
  const ports = { INGEST_PORT: config.ports.ingest, BOARD_PORT: config.ports.board };
  const environment = (app: AppName): Record<string, string> => {
    const { databaseOf, queue, sftp, sftpHostKeySha256 } = addresses();
    const stock = { DATABASE_URL: databaseOf(app), SFTP_URL: sftp, SFTP_HOST_KEY_SHA256: sftpHostKeySha256 };
    // Nobody is told of what only others read.
    const own = {
      ingest: {
        ...{ INGEST_PORT: String(ports.INGEST_PORT), INGEST_CLIENTS_FILE: clientsFile(config) },
        // Ingest knows no database where the queue accepts the events.
        ...(config.passedOn.ACCEPT_INTO === "inbox" && { DATABASE_URL: databaseOf(app) }),
      },
      worker: {
        ...stock,
        ...(ports.BOARD_PORT !== 0 && { BOARD_URL: `http://127.0.0.1:${ports.BOARD_PORT}` }),
        ...(config.alertWebhookUrl !== undefined && { ALERT_WEBHOOK_URL: config.alertWebhookUrl }),
      },
      board: {
        ...stock,
        ...{
          BOARD_PORT: String(ports.BOARD_PORT),
          BOARD_TOKEN: secrets.boardToken,
          BOARD_USERS_FILE: usersFile(config),
        },
      },
    };
    return { ...own[app], ...config.passedOn, DATA_DIR: config.dataDir, LOG_FORMAT: "json", QUEUE_URL: queue };
  };
  const start = (app: AppName) => {
    const onLine = appLog({ dataDir: config.dataDir, name: app, say });
    return supervise({
      name: app,
      say,
      onRestart: options.onRestart,
      start: () => startApp({ app, env: environment(app), args: [dataFolderArgument(config.dataDir)], onLine }),
    });
  };
  const starting = { board: start("board"), worker: start("worker"), ingest: start("ingest") };
  // The last one added stops first. What is still starting when the end comes is stopped once it is up.
  for (const app of [...appNames].reverse()) {
    await teardown.add(() =>
      starting[app].then(
        (supervised) => supervised.stop(stopMsMax),
        () => undefined,
      ),
    );
  }
  await Promise.all(Object.values(starting));
  const apps = { ingest: await starting.ingest, worker: await starting.worker, board: await starting.board };
  ports.INGEST_PORT = apps.ingest.current().port;
  ports.BOARD_PORT = apps.board.current().port;
  return apps;
}

export function clientsFile(config: LocalConfig): string {
  return config.clientsFile ?? join(config.dataDir, "clients.json");
}

export function usersFile(config: LocalConfig): string {
  return config.usersFile ?? join(config.dataDir, "board-users.json");
}
