// The board as something that starts and stops: its connections, its HTTP server.
import { createServer } from "node:http";
import { openDatabase, openReplica } from "@inventory-sync/db";
import { drain, listen } from "@inventory-sync/http";
import { chooseSource, createFailedCounter } from "@inventory-sync/operator";
import { openQueues } from "@inventory-sync/queue";
import { createMetrics, type Logger, ownEnvironment, Registry, type Tracing, withinMs } from "@inventory-sync/runtime";
import { watchSources, withInbox } from "@inventory-sync/sftp";
import { createApp } from "./app.ts";
import type { BoardConfig } from "./config.ts";
import { registerQueueMetrics, registerStandingMetrics } from "./metrics.ts";
import { watchLag } from "./pages/channels/lag.ts";
import type { Parts } from "./parts.ts";
import { watchClientCallers } from "./people/clients.ts";
import { createSessions } from "./people/sessions.ts";
import { createThrottle, createWrongTokens } from "./people/throttle.ts";
import { createPasswordCheck, openUsers } from "./people/users.ts";
import { chooseReads, registerReplicaMetrics } from "./reads.ts";
import { createRetries } from "./retries.ts";
import { endpoints } from "./routes.ts";
import { createLive } from "./ui/live.ts";
import { topicsOf } from "./ui/page-context.ts";

/** A running board. */
export interface Board {
  readonly port: number;
  stop(): Promise<void>;
}

/** Where the board is not told of a file of sources there is none. */
const NO_FILE = "";
const NAME = "inventory-sync board";
/** Requests that run when the board stops get so long; then their connections are cut. */
const DRAIN_MS_MAX = 5_000;

/** Starts the board; resolves once it listens. It starts while database, queue or SFTP server are away, and says so when asked. */
export async function startBoard(config: BoardConfig, log: Logger, tracing?: Tracing): Promise<Board> {
  const { database, replica } = openDatabases(config, log);
  const queues = await openQueues({ url: config.queueUrl, role: "inspector", log, traced: tracing !== undefined });
  const registry = createMetrics("board");
  registerQueueMetrics(registry, queues);
  if (replica) registerReplicaMetrics(registry, replica);
  const shopsRegistry = new Registry();
  shopsRegistry.setDefaultLabels({ app: "board" });
  registerStandingMetrics({ open: registry, known: shopsRegistry }, database, log);
  const { resetAt, deadlines } = config.schedule;
  const usual = { inbox: () => config.inbox, resetAt, deadlines, timeZone: config.timeZone };
  const sources = watchSources(config.sourcesFile ?? NO_FILE, usual, { log, env: ownEnvironment() });
  const parts: Parts = {
    database,
    replica,
    queues,
    sources,
    withInbox: async (use, source) => withInbox(chooseSource(sources, source).inbox(), log, use),
    log,
    registry,
    shopsRegistry,
    users: openUsers(config.usersFile, log),
    sessions: createSessions(),
    clients: config.clientsFile === undefined ? undefined : watchClientCallers(config.clientsFile, log),
    throttle: createThrottle(),
    checkPassword: createPasswordCheck(),
    noteWrongToken: createWrongTokens(registry, log),
    live: createLive(topicsOf(endpoints), () => reads.current(), log),
    retries: createRetries(database, queues, log),
    failedCounter: createFailedCounter(database, queues, log),
    lag: watchLag({ database }),
    reconcile: config.reconcile,
    formSettings: config.formSettings,
    token: config.token,
    ingestUrl: config.ingestUrl,
    timeZone: config.timeZone,
  };
  const reads = chooseReads(parts);
  const close = async () => {
    sources.close();
    parts.users.close();
    parts.clients?.close();
    parts.lag.stop();
    await Promise.allSettled([queues.close(), replica?.close(), database.close()]);
  };
  if (config.token === undefined && config.usersFile === undefined) {
    log.warn("neither BOARD_TOKEN nor BOARD_USERS_FILE is set: nobody can sign in");
  }
  try {
    const server = createServer({ requireHostHeader: false }, createApp(parts, reads, config.trustedProxies));
    const port = await listen(server, config);
    return {
      port,
      stop: async () => {
        parts.live.stop();
        parts.failedCounter.stop();
        // A retry whose queue is away would never end.
        await Promise.allSettled([drain(server, DRAIN_MS_MAX), withinMs(DRAIN_MS_MAX, parts.retries.stop())]);
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function openDatabases({ databaseUrl, poolMax, readUrl, readLagMsMax }: BoardConfig, log: Logger) {
  const database = openDatabase({ url: databaseUrl, name: NAME, poolMax, givesUpSilent: true, log });
  if (readUrl === undefined) return { database, replica: undefined };
  const limits = { poolMax, ageMsMax: readLagMsMax };
  return {
    database,
    replica: openReplica({ primary: database, url: readUrl, name: `${NAME}, replica`, ...limits, log }),
  };
}
