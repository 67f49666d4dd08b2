// The HTTP server of ingest: which handler answers which call, how refusals are sent, and how it stops.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type Express, type RequestHandler } from "express";
import helmet from "helmet";
import { type Call, type CallName, calls } from "./calls.ts";
import type { Timeouts } from "./config.ts";
import { docsStyleHash } from "./docs-page.ts";
import { handlersOf, type IngestParts } from "./handlers.ts";
import { KEEP_ALIVE_TIMEOUT_MS } from "./limits.ts";
import { Problem } from "./problem.ts";
import { refuse, refuseExpectations, refuseOddRequests, refuseUnreadable } from "./refuse.ts";

/** A server that listens. */
export type ListeningServer = {
  readonly port: number;
  /** Takes no new connection, finishes the requests that run, and resolves when the last connection is closed. */
  stop(): Promise<void>;
};

const TIMEOUTS_CHECKED_EVERY_MS = 1_000;
const IDLE_CLOSED_EVERY_MS = 100;

/** Starts to listen. @throws when the port cannot be had. */
export async function listen(
  parts: IngestParts,
  address: { port: number; host: string; timeouts: Timeouts },
): Promise<ListeningServer> {
  let stopping = false;
  const app = createApp(parts, () => stopping);
  const options = {
    headersTimeout: address.timeouts.headersMs,
    requestTimeout: address.timeouts.requestMs,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    connectionsCheckingInterval: TIMEOUTS_CHECKED_EVERY_MS,
    // A request without a host is refused by the app, in the form of every other refusal.
    requireHostHeader: false,
  };
  const server = createServer(options, app);
  refuseUnreadable(server, address.timeouts);
  refuseExpectations(server);
  // Clients that wait to be asked for their body are asked once they are let in (receive.ts), and not by Node at once.
  server.on("checkContinue", app);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(address.port, address.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => {
      stopping = true;
      // A kept-alive connection that falls idle after the close would hold it up until its own timeout.
      const timer = setInterval(() => server.closeIdleConnections(), IDLE_CLOSED_EVERY_MS);
      return new Promise<void>((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
      }).finally(() => clearInterval(timer));
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
  app.use(refuseOddRequests);
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
  for (const [name, call] of Object.entries(calls) as [CallName, Call][]) {
    app[call.method](call.path, handlers[name]);
    app.all(call.path, (request) => {
      const allow = call.method === "get" ? "GET, HEAD" : "POST";
      throw new Problem("method-not-allowed", `${call.path} takes ${allow}, not ${request.method}.`, {
        headers: { allow },
      });
    });
  }
  app.use((request) => {
    throw new Problem("not-found", `There is nothing at ${request.path}. The calls are listed at /docs.`);
  });
  app.use(refuse(parts.log));
  return app;
}

/** Counts and times every request; while stopping, asks the client to come back on a new connection. */
function observe({ metrics, log, tracing }: IngestParts, isStopping: () => boolean): RequestHandler {
  const known = new Set<string>(Object.values(calls).map(({ path }) => path));
  return (request, response, next) => {
    const startedAtMs = performance.now();
    const route = known.has(request.path) ? request.path : "other";
    if (isStopping()) response.set("connection", "close");
    response.on("close", () => {
      const status = response.writableFinished ? String(response.statusCode) : "torn";
      const tookMs = performance.now() - startedAtMs;
      metrics.requests.inc({ route, status });
      metrics.requestSeconds.observe({ route }, tookMs / 1000);
      log.debug({ method: request.method, route, status, tookMs: Math.round(tookMs) }, "request answered");
    });
    // Probes and scrapes come every few seconds and have nothing to tell.
    if (tracing && request.method === "POST") tracing.serve({ request, response, route }, next);
    else next();
  };
}
