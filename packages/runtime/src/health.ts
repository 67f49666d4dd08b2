/** A small HTTP server for a process that has none of its own: is it alive, is it ready, what are its numbers. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";
import { type Check, readinessOf } from "./readiness.ts";

export type HealthServer = { readonly port: number; close(): Promise<void> };

export type HealthOptions = {
  /** 0 picks a free port. */
  readonly port: number;
  readonly host?: string;
  readonly checks: Readonly<Record<string, Check>>;
  readonly checkDeadlineMs?: number;
  readonly registry: Registry;
};

type Answer = { status: number; type: string; body: string };

/**
 * Serves GET `/healthz` (200 while the process lives), `/readyz` (200, or 503 naming what is missing) and `/metrics`.
 * Resolves once it listens. @throws when the port cannot be had.
 */
export async function serveHealth(options: HealthOptions): Promise<HealthServer> {
  const server = createServer((request, response) => {
    void answer(request, options).then((given) => send(response, given));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, options: HealthOptions): Promise<Answer> {
  if (request.method !== "GET" && request.method !== "HEAD") return json(405, { error: "only GET is answered here" });
  switch (request.url?.split("?")[0]) {
    case "/healthz":
      return json(200, { status: "alive" });
    case "/readyz": {
      const readiness = await readinessOf(options.checks, options.checkDeadlineMs);
      return json(readiness.status === "ready" ? 200 : 503, readiness);
    }
    case "/metrics":
      return metricsOf(options.registry);
    default:
      return json(404, { error: "there are /healthz, /readyz and /metrics here" });
  }
}

async function metricsOf(registry: Registry): Promise<Answer> {
  try {
    return { status: 200, type: registry.contentType, body: await registry.metrics() };
  } catch (error) {
    return json(500, { error: `a metric could not be collected: ${String(error)}` });
  }
}

function json(status: number, body: unknown): Answer {
  return { status, type: "application/json; charset=utf-8", body: `${JSON.stringify(body)}\n` };
}

function send(response: ServerResponse, { status, type, body }: Answer): void {
  response.writeHead(status, { "content-type": type, "cache-control": "no-store" });
  response.end(body);
}
