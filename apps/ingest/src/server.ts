// Ingest as one object: made from its settings, answering the calls, stopped in order. main.ts runs it as a process.
import { createServer } from "node:http";
import { facilityTest } from "@inventory-sync/domain";
import { openEventInbox } from "@inventory-sync/event-inbox";
import { drain, listen, refuseOddRequests } from "@inventory-sync/http";
import { openQueues } from "@inventory-sync/queue";
import type { Logger, Tracing } from "@inventory-sync/runtime";
import express, { type Express, type RequestHandler } from "express";
import helmet from "helmet";
import { inboxAcceptor, queueAcceptor } from "./acceptor.ts";
import { type Call, type CallName, calls } from "./calls.ts";
import { watchClients } from "./clients.ts";
import type { IngestConfig } from "./config.ts";
import { docsStyleHash } from "./docs-page.ts";
import { createInFlight, createTurns } from "./fair-share.ts";
import { handlersOf, type IngestParts } from "./handlers.ts";
import { KEEP_ALIVE_TIMEOUT_MS } from "./limits.ts";
import { createIngestMetrics } from "./metrics.ts";
import { Problem } from "./problem.ts";
import { createRateLimit } from "./rate-limit.ts";
import { refuse, refuseExpectations, refuseUnreadable } from "./refuse.ts";
import { createRequestLog, nameRequest, routeOf } from "./request-log.ts";

const TIMEOUTS_CHECKED_EVERY_MS = 1_000;

/**
 * Starts ingest. The queue may be down: it then answers 503 to events until the queue is back.
 * @throws when the port cannot be had
 */
export async function startIngest(config: IngestConfig, log: Logger, tracing?: Tracing) {
  const inFlight = createInFlight(config.inFlightMax);
  const metrics = createIngestMetrics(() => inFlight.count);
  const clients = watchClients(config.clientsFile, log);
  const queues = await openQueues({
    url: config.queueUrl,
    replicas: config.queueReplicas,
    shards: config.eventShards,
    role: "producer",
    log,
    traced: tracing !== undefined,
  });
  const inbox = config.inboxUrl === undefined ? undefined : openEventInbox({ url: config.inboxUrl, log });
  const taker = inbox
    ? inboxAcceptor({ inbox, queues, metrics, log })
    : queueAcceptor({ queues, allowVolatile: config.allowVolatileQueue, metrics, log });
  const { requestsPerSecondMax, bytesPerSecondMax, prism } = config;
  const requestLog = createRequestLog({ note: queues.addRequestNote, log });
  const parts: IngestParts = {
    acceptor: { ...taker, isOurs: facilityTest(config.facilities) },
    clients,
    noteKeyUse: queues.noteClientUse,
    requestLog,
    rateLimit: createRateLimit({ requestsPerSecondMax, bytesPerSecondMax, shared: queues.sharedRate, log }),
    inFlight,
    turns: createTurns(),
    metrics,
    prism,
    log,
    tracing,
  };
  const server = await serve(parts, config);
  log.info({ port: server.port }, "listening");
  return {
    port: server.port,
    async stop(): Promise<void> {
      await server.stop();
      clients.close();
      requestLog.stop();
      await queues.close();
      await inbox?.close();
    },
  };
}

/** Listens for the calls and answers them with these parts. @throws when the port cannot be had */
export async function serve(
  parts: IngestParts,
  { port, host, timeouts }: Pick<IngestConfig, "port" | "host" | "timeouts">,
) {
  let stopping = false;
  const app = createApp(parts, () => stopping);
  const options = {
    headersTimeout: timeouts.headersMs,
    requestTimeout: timeouts.requestMs,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    connectionsCheckingInterval: TIMEOUTS_CHECKED_EVERY_MS,
    // A request without a host is refused by the app, in the form of every other refusal.
    requireHostHeader: false,
  };
  const server = createServer(options, app);
  refuseUnreadable(server, timeouts, parts.requestLog);
  refuseExpectations(server, parts.requestLog);
  // Clients that wait to be asked for their body are asked once they are let in (receive.ts), and not by Node at once.
  server.on("checkContinue", app);
  return {
    port: await listen(server, { port, host }),
    /** Takes no new connection, finishes the requests that run, and resolves when the last connection is closed. */
    stop(): Promise<void> {
      stopping = true;
      return drain(server);
    },
  };
}

function createApp(parts: IngestParts, isStopping: () => boolean): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  // Each call has one spelling: what a proxy in front allows or counts by address cannot be had by another one.
  app.enable("case sensitive routing");
  app.enable("strict routing");
  app.use(observe(parts, isStopping));
  app.use(refuseOddRequests(({ kind, detail }) => new Problem(kind, detail)));
  app.use(
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'none'"],
          styleSrc: [docsStyleHash],
          baseUri: ["'none'"],
          formAction: ["'none'"],
          frameAncestors: ["'none'"],
        },
      },
    }),
  );
  const handlers = handlersOf(parts, isStopping);
  for (const [name, { method, path }] of Object.entries(calls) as [CallName, Call][]) {
    app[method](path, handlers[name]);
    app.all(path, (request) => {
      const allow = method === "get" ? "GET, HEAD" : "POST";
      const detail = `${path} takes ${allow}, not ${request.method}.`;
      throw new Problem("method-not-allowed", detail, { headers: { allow } });
    });
  }
  app.use((request) => {
    throw new Problem("not-found", `There is nothing at ${request.path}. The calls are listed at /docs.`);
  });
  app.use(refuse(parts));
  return app;
}

/** Counts and times every request; while stopping, asks the client to come back on a new connection. */
function observe({ metrics, log, tracing }: IngestParts, isStopping: () => boolean): RequestHandler {
  return (request, response, next) => {
    const startedAtMs = performance.now();
    const route = routeOf(request) ?? "other";
    const requestId = nameRequest(request, response);
    if (isStopping()) response.set("connection", "close");
    response.on("close", () => {
      const status = response.writableFinished ? String(response.statusCode) : "torn";
      const tookMs = performance.now() - startedAtMs;
      metrics.requests.inc({ route, status });
      metrics.requestSeconds.observe({ route }, tookMs / 1000);
      log.debug({ requestId, method: request.method, route, status, tookMs: Math.round(tookMs) }, "request answered");
    });
    // Probes and scrapes come every few seconds and have nothing to tell.
    if (tracing && request.method === "POST") tracing.serve({ request, response, route }, next);
    else next();
  };
}
