// The board as something that starts and stops: its connections, its HTTP server.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { openDatabase } from "@inventory-sync/db";
import { openQueues } from "@inventory-sync/queue";
import { createMetrics, type Logger, Registry, type Tracing, withinMs } from "@inventory-sync/runtime";
import { withInbox } from "@inventory-sync/sftp";
import { createApp } from "./app.ts";
import type { BoardConfig } from "./config.ts";
import { createLive } from "./console/frame/live.ts";
import { createFailedCounter } from "./jobs/failed-count.ts";
import { registerQueueMetrics } from "./operations.ts";
import type { Parts } from "./parts.ts";
import { createPasswordCheck } from "./people/hashing.ts";
import { createSessions } from "./people/sessions.ts";
import { createThrottle } from "./people/throttle.ts";
import { openUsers } from "./people/users.ts";
import { createWrongTokens } from "./people/wrong-tokens.ts";
import { createRetries } from "./retries.ts";
import { registerStandingMetrics } from "./standing-metrics.ts";

/** A running board. */
export interface Board {
  readonly port: number;
  stop(): Promise<void>;
}

const NAME = "inventory-sync board";
/** Requests that run when the board stops get so long; then their connections are cut. */
const DRAIN_MS_MAX = 5_000;
const RESUME_EVERY_MS = 15_000;

/** Starts the board; resolves once it listens. It starts while database, queue or SFTP server are away, and says so when asked. */
export async function startBoard(config: BoardConfig, log: Logger, tracing?: Tracing): Promise<Board> {
  const database = openDatabase({
    url: config.databaseUrl,
    name: NAME,
    poolMax: config.poolMax,
    onIdleError: (error) => log.warn({ err: error }, "a database connection was lost"),
  });
  const queues = await openQueues({ url: config.queueUrl, role: "inspector", log, traced: tracing !== undefined });
  const registry = createMetrics("board");
  registerQueueMetrics(registry, queues);
  const shopsRegistry = new Registry();
  shopsRegistry.setDefaultLabels({ app: "board" });
  registerStandingMetrics({ open: registry, known: shopsRegistry }, database, log);
  const parts: Parts = {
    database,
    queues,
    withInbox: (use) => withInbox(config.inbox, log, use),
    log,
    registry,
    shopsRegistry,
    users: openUsers(config.usersFile, log),
    sessions: createSessions(),
    throttle: createThrottle(),
    checkPassword: createPasswordCheck(),
    noteWrongToken: createWrongTokens(registry, log),
    live: createLive(() => parts, log),
    retries: createRetries(database, queues, log),
    failedCounter: createFailedCounter(database, queues, log),
    reconcile: config.reconcile,
    token: config.token,
    trustedProxies: config.trustedProxies,
    timeZone: config.timeZone,
  };
  const close = async () => {
    await Promise.allSettled([queues.close(), database.close()]);
  };
  if (config.token === undefined && config.usersFile === undefined) {
    log.warn("neither BOARD_TOKEN nor BOARD_USERS_FILE is set: nobody can sign in");
  }
  try {
    const server = await listen(createServer({ requireHostHeader: false }, createApp(parts)), config);
    const stopResuming = resumeRetries(parts);
    return {
      port: (server.address() as AddressInfo).port,
      stop: async () => {
        parts.live.stop();
        stopResuming();
        parts.failedCounter.stop();
        // A retry whose queue is away would never end; the next board goes on with it.
        await Promise.allSettled([drain(server), withinMs(DRAIN_MS_MAX, parts.retries.stop())]);
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Goes on with retries that another board left, now and every few seconds. */
function resumeRetries({ retries, log }: Parts): () => void {
  const resume = () => {
    retries.resume().catch((error: unknown) => log.debug({ err: error }, "could not look for retries to go on with"));
  };
  resume();
  const timer = setInterval(resume, RESUME_EVERY_MS);
  return () => clearInterval(timer);
}

function listen(server: Server, { port, host }: Pick<BoardConfig, "port" | "host">): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve(server));
  });
}

function drain(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MS_MAX);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
