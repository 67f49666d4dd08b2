/** Whether a process can do its work now; and a small HTTP server that says so, for a process that has none of its own. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Server } from "node:net";
import type { Registry } from "prom-client";
import { withinMs } from "./deadline.ts";
import { messageOf } from "./error-text.ts";
import { maskUrlsIn } from "./mask.ts";

/** Asks for one thing that is needed. Resolves with a detail worth showing, if any; throws when it is missing. */
export type Check = () => Promise<unknown>;

export type HealthOptions = {
  /** 0 picks a free port. */
  readonly port: number;
  readonly host?: string;
  readonly checks: Readonly<Record<string, Check>>;
  readonly checkDeadlineMs?: number;
  readonly registry: Registry;
};

type Answer = { status: number; type: string; body: string };

export type HealthServer = Awaited<ReturnType<typeof serveHealth>>;

/**
 * Serves GET `/healthz` (200 while the process lives), `/readyz` (200, or 503 naming what is missing) and `/metrics`.
 * Resolves once it listens. @throws when the port cannot be had.
 */
export async function serveHealth(options: HealthOptions) {
  const server = createServer((request, response) => {
    void answer(request, options).then((given) => send(response, given));
  });
  return {
    port: await listen(server, options),
    close: (): Promise<void> =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

/** Listens, and resolves with the port: the one that was asked for, or a free one for 0. @throws when it cannot be had */
export async function listen(
  server: Server,
  { port, host }: { readonly port: number; readonly host?: string },
): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;
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

/** The time that one check may take before the thing it asks for counts as missing. */
const checkDeadlineMsDefault = 2_000;

/** Runs all checks at once. Never throws; what fails or takes too long is listed in `missing`, passwords in URLs masked. */
export async function readinessOf(
  checks: Readonly<Record<string, Check>>,
  deadlineMs: number = checkDeadlineMsDefault,
) {
  const entries = Object.entries(checks);
  const results = await Promise.all(
    entries.map(async ([name, check]) => [name, await resultOf(check, deadlineMs)] as const),
  );
  const missing = results.filter(([, result]) => !result.ok).map(([name]) => name);
  const status = missing.length === 0 ? ("ready" as const) : ("not ready" as const);
  return { status, missing, checks: Object.fromEntries(results) };
}

async function resultOf(check: Check, deadlineMs: number) {
  const startedAtMs = performance.now();
  const tookMs = () => Math.round(performance.now() - startedAtMs);
  try {
    const detail = await withinMs(deadlineMs, check());
    return detail === undefined ? { ok: true, tookMs: tookMs() } : { ok: true, tookMs: tookMs(), detail };
  } catch (error) {
    return { ok: false, tookMs: tookMs(), error: maskUrlsIn(messageOf(error)) };
  }
}
