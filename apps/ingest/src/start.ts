// Ingest as one object: made from its settings, stopped in order. main.ts runs it as a process.
import { type EventInbox, openEventInbox } from "@inventory-sync/event-inbox";
import { openQueues } from "@inventory-sync/queue";
import type { Logger, Tracing } from "@inventory-sync/runtime";
import { watchClients } from "./clients.ts";
import type { IngestConfig } from "./config.ts";
import { createDurableQueue } from "./durable-queue.ts";
import { createInboxQueue } from "./inbox-queue.ts";
import { createInFlight } from "./limits.ts";
import { createIngestMetrics } from "./metrics.ts";
import { createRateLimit } from "./rate-limit.ts";
import { type ListeningServer, listen } from "./server.ts";
import { createTurns } from "./turn.ts";

/** Starts ingest. The queue may be down: it then answers 503 to events until the queue is back. */
export async function startIngest(config: IngestConfig, log: Logger, tracing?: Tracing): Promise<ListeningServer> {
  const inFlight = createInFlight(config.inFlightMax);
  const metrics = createIngestMetrics(() => inFlight.count);
  const clients = watchClients(config.clientsFile, log);
  const queues = await openQueues({
    url: config.queueUrl,
    role: "producer",
    log,
    traced: tracing !== undefined,
  });
  const inbox = config.inboxUrl === undefined ? undefined : openInbox(config.inboxUrl, log);
  const queue = inbox
    ? createInboxQueue({ inbox, queues, metrics, log })
    : createDurableQueue({ queues, allowVolatile: config.allowVolatileQueue, metrics, log });
  const { requestsPerSecondMax, bytesPerSecondMax, prism, timeouts } = config;
  const rateLimit = createRateLimit({ requestsPerSecondMax, bytesPerSecondMax, shared: queues.sharedRate, log });
  const turns = createTurns();
  const noteKeyUse = queues.noteClientUse;
  const parts = { queue, clients, noteKeyUse, rateLimit, inFlight, turns, metrics, prism, log, tracing };
  const server = await listen(parts, { port: config.port, host: config.host, timeouts });
  log.info({ port: server.port }, "listening");
  return {
    port: server.port,
    async stop() {
      await server.stop();
      clients.close();
      await queues.close();
      await inbox?.close();
    },
  };
}

function openInbox(url: string, log: Logger): EventInbox {
  const onError = (err: Error): void =>
    log.warn({ err }, "a database connection was cut; it is made again when needed");
  return openEventInbox({ url, onError });
}
