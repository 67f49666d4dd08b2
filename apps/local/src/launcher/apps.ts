// Start, step 2: ingest, worker and board, each a process of its own that is kept running.
import type { LocalConfig } from "../config.ts";
import { type AppProcess, togetherFailed } from "../processes/app-process.ts";
import { keepApp } from "../processes/keep-app.ts";
import type { Supervised } from "../processes/supervise.ts";
import type { Addresses } from "./embedded-servers.ts";
import type { Secrets } from "./secrets.ts";
import type { Start } from "./teardown.ts";

/** In the order in which they stop: first nothing new comes in, then the work ends, then the pages go. */
const appNames = ["ingest", "worker", "board"] as const;
export type AppName = (typeof appNames)[number];
export type Apps = Readonly<Record<AppName, Supervised<AppProcess>>>;

const stopMsMax = 25_000;

/** Starts the three at once; resolves when all are up. @throws AppFailed with what each of them said that did not come up */
export async function startApps(
  { config, teardown, say }: Start,
  { secrets, addresses }: { readonly secrets: Secrets; readonly addresses: () => Addresses },
): Promise<Apps> {
  // A free port that was chosen once stays, so that an app that restarts is found where it was.
  const ports = { ingest: config.ports.ingest, board: config.ports.board };
  const start = (app: AppName) => {
    const env = () => environmentOf(app, { config, secrets, ports, addresses: addresses() });
    return keepApp({ app, name: app, env }, { dataDir: config.dataDir, say });
  };
  const ingest = start("ingest").then((up) => {
    ports.ingest = up.current().port;
    return up;
  });
  // The board tells people where ingest is, so it waits for a port that is chosen only now.
  const board = ports.ingest === 0 ? ingest.then(() => start("board")) : start("board");
  const starting = { board, worker: start("worker"), ingest };
  // The last one added stops first. What is still starting when the end comes is stopped once it is up.
  for (const app of appNames.toReversed()) {
    const stop = (supervised: Supervised<AppProcess>) => supervised.stop(stopMsMax);
    await teardown.add(() => starting[app].then(stop, () => undefined));
  }
  const ends = await Promise.allSettled(Object.values(starting));
  // The board fails with ingest's own failure where it waits for its port.
  const failures = new Set(ends.flatMap((end) => (end.status === "rejected" ? [end.reason] : [])));
  if (failures.size > 0) throw togetherFailed([...failures]);
  const apps = { ingest: await starting.ingest, worker: await starting.worker, board: await starting.board };
  ports.board = apps.board.current().port;
  return apps;
}

/** What one app is told: its own settings, those of the caller's that it may have, and nothing that only others read. */
function environmentOf(
  app: AppName,
  known: { config: LocalConfig; secrets: Secrets; ports: { ingest: number; board: number }; addresses: Addresses },
): Record<string, string | undefined> {
  const { config, secrets, ports, addresses } = known;
  const stock = {
    DATABASE_URL: addresses.databaseOf(app),
    SFTP_URL: addresses.sftp,
    SFTP_HOST_KEY_SHA256: addresses.sftpHostKeySha256,
    SOURCES_FILE: config.sourcesFile,
  };
  const own = {
    ingest: {
      INGEST_PORT: String(ports.ingest),
      INGEST_CLIENTS_FILE: config.clientsFile,
      // Ingest knows no database where the queue accepts the events.
      DATABASE_URL: config.passedOn.ACCEPT_INTO === "inbox" ? addresses.databaseOf(app) : undefined,
    },
    worker: {
      ...stock,
      BOARD_URL: ports.board === 0 ? undefined : `http://127.0.0.1:${ports.board}`,
      ALERT_WEBHOOK_URL: config.alertWebhookUrl,
    },
    board: {
      ...stock,
      BOARD_PORT: String(ports.board),
      BOARD_TOKEN: secrets.boardToken,
      BOARD_USERS_FILE: config.usersFile,
      INGEST_CLIENTS_FILE: config.clientsFile,
      INGEST_URL: `http://127.0.0.1:${ports.ingest}`,
    },
  }[app];
  return { ...own, ...config.passedOn, DATA_DIR: config.dataDir, QUEUE_URL: addresses.queue };
}
