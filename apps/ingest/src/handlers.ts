// What answers each call of calls.ts: for a POST, the steps of flow 1; for a GET, what ingest says about itself.
import { setTimeout as sleep } from "node:timers/promises";
import type { PrismSettings } from "@inventory-sync/domain";
import { type Logger, readinessOf, type Tracing } from "@inventory-sync/runtime";
import type { Request, RequestHandler, Response } from "express";
import type { Acceptor } from "./acceptor.ts";
import { type CallName, ingestDocument } from "./calls.ts";
import { authenticate, type Clients, type KnownClient } from "./clients.ts";
import { docsPage } from "./docs-page.ts";
import type { InFlight, Turns } from "./fair-share.ts";
import type { IngestMetrics } from "./metrics.ts";
import type { RateLimit } from "./rate-limit.ts";
import { type Accepts, type Received, receive } from "./receive.ts";
import type { RequestLog } from "./request-log.ts";
import { postEvents } from "./routes/events.ts";
import { postHotwaxUpdate } from "./routes/hotwax.ts";
import { postPrismDocuments, watchSubsidiaries } from "./routes/prism.ts";

const WRONG_KEY_ANSWER_MS = 200;

export type IngestParts = {
  readonly acceptor: Acceptor;
  readonly clients: Clients;
  /** Told the SHA-256 of every key that lets a client in. */
  readonly noteKeyUse: (keyHash: string) => void;
  readonly requestLog: RequestLog;
  readonly rateLimit: RateLimit;
  readonly inFlight: InFlight;
  readonly turns: Turns;
  readonly metrics: IngestMetrics;
  readonly prism: PrismSettings;
  readonly log: Logger;
  /** Undefined unless traces are sent. */
  readonly tracing?: Tracing | undefined;
};

/** The handler of every call. A call without one does not compile. */
export function handlersOf(parts: IngestParts, isStopping: () => boolean): Record<CallName, RequestHandler> {
  const { acceptor, metrics, clients, log } = parts;
  const prism = { settings: parts.prism, subsidiaries: watchSubsidiaries(), metrics, log };
  const page = docsPage();
  const openApi = ingestDocument();
  const checks = {
    queue: () => acceptor.check(),
    clients: async () => {
      const count = clients.count();
      if (count === undefined) throw new Error(clients.fault() ?? "no clients file was read");
      return { count, ...(clients.fault() !== undefined && { warning: clients.fault() }) };
    },
    process: async () => {
      if (isStopping()) throw new Error("stopping");
    },
  };
  return {
    events: post(parts, { status: 202, ndjson: true, exactness: "exact" }, (received) =>
      postEvents(received, acceptor),
    ),
    hotwax: post(parts, { status: 200, ndjson: false, exactness: "exact" }, (received, request) =>
      postHotwaxUpdate(received, acceptor, request.get("idempotency-key")),
    ),
    prism: post(parts, { status: 202, ndjson: false, exactness: "lenient" }, (received) =>
      postPrismDocuments(received, acceptor, prism),
    ),
    alive: (_request, response) => sendJson(response, 200, { status: "alive" }),
    ready: async (_request, response) => {
      const readiness = await readinessOf(checks);
      sendJson(response, readiness.status === "ready" ? 200 : 503, readiness);
    },
    metrics: async (_request, response) => {
      response.set({ "content-type": metrics.registry.contentType, "cache-control": "no-store" });
      response.end(await metrics.text());
    },
    openapi: (_request, response) => sendJson(response, 200, openApi),
    docs: (_request, response) => {
      response.set("content-type", "text/html; charset=utf-8").end(page);
    },
  };
}

/** A POST: let in, read, worked on within the limit of requests in flight, answered with `accepts.status`. */
function post(
  { clients, noteKeyUse, requestLog, rateLimit, inFlight, turns }: IngestParts,
  accepts: Accepts & { readonly status: number },
  work: (received: Received, request: Request) => Promise<object>,
): RequestHandler {
  return async (request, response) => {
    // A client that is not known or sends too much is refused without a place among those being worked on.
    const { client, keyHash } = await knownClient(request, clients);
    response.locals.client = client.name;
    noteKeyUse(keyHash);
    rateLimit.take(client);
    const answer = await inFlight.run(client.name, async () =>
      work(await receive(request, response, { client, accepts, rateLimit, turns }), request),
    );
    sendJson(response, accepts.status, answer);
    requestLog.accepted(client.name);
  };
}

/** A wrong key is told a little later: a client that sends wrong keys at full speed takes no processor from those that are known. */
async function knownClient(request: Request, clients: Clients): Promise<KnownClient> {
  try {
    return authenticate(request.headers.authorization, clients);
  } catch (error) {
    await sleep(WRONG_KEY_ANSWER_MS);
    throw error;
  }
}

function sendJson(response: Response, status: number, body: object): void {
  response.status(status).set({ "content-type": "application/json; charset=utf-8", "cache-control": "no-store" });
  response.end(`${JSON.stringify(body)}\n`);
}
