// What machines ask of the board itself: alive, ready, numbers, the document of its routes.
import type { Queues } from "@inventory-sync/queue";
import { Gauge, type Registry, readinessOf, withinMs } from "@inventory-sync/runtime";
import { z } from "zod";
import type { Endpoint } from "./endpoint.ts";
import { openApiDocument } from "./openapi.ts";
import { knownIdentity } from "./people/identity.ts";

/** GET /healthz */
export const healthz: Endpoint = {
  method: "get",
  path: "/healthz",
  access: "anyone",
  summary: "Whether the process lives",
  answers: { 200: { description: "It does", schema: z.object({ status: z.literal("alive") }) } },
  handle(_parts, _request, response) {
    response.json({ status: "alive" });
  },
};

const readinessSchema = z.object({
  status: z.enum(["ready", "not ready"]),
  missing: z.array(z.string()),
  checks: z.record(
    z.string(),
    z.object({ ok: z.boolean(), tookMs: z.number(), detail: z.unknown().optional(), error: z.string().optional() }),
  ),
});

/** GET /readyz */
export const readyz: Endpoint = {
  method: "get",
  path: "/readyz",
  access: "anyone",
  summary: "Whether the board can do its work: database and queue",
  answers: {
    200: { description: "It can", schema: readinessSchema },
    503: { description: "It cannot; `missing` names what", schema: readinessSchema },
  },
  async handle({ database, queues }, _request, response) {
    const readiness = await readinessOf({ database: () => database.ping(), queue: () => queueCheck(queues) });
    response.status(readiness.status === "ready" ? 200 : 503).json(readiness);
  },
};

/** A queue that could lose jobs is still one to look at, so it only has to answer. */
async function queueCheck(queues: Queues) {
  const { durability, warnings } = await queues.ping();
  if (durability === "unreachable") throw new Error(warnings.join("; "));
  return { durability, warnings };
}

/** GET /metrics */
export const metrics: Endpoint = {
  method: "get",
  path: "/metrics",
  access: "anyone",
  summary:
    "Numbers of this process and of the queues, as Prometheus reads them; with the board's token those of each facility, too",
  answers: { 200: { description: "Prometheus text", type: "text/plain" } },
  async handle(parts, request, response) {
    const { registry, shopsRegistry } = parts;
    const isKnown = knownIdentity(parts, request) !== undefined;
    const texts = await Promise.all([registry, ...(isKnown ? [shopsRegistry] : [])].map((each) => each.metrics()));
    response.set("content-type", registry.contentType).end(texts.join(""));
  },
};

/** Makes the document's route for a list of routes, itself among them. */
export function openApi(endpoints: () => readonly Endpoint[]): Endpoint {
  return {
    method: "get",
    path: "/openapi.json",
    access: "anyone",
    summary: "This document",
    answers: { 200: { description: "OpenAPI 3.1", type: "application/json" } },
    handle(_parts, _request, response) {
      response.json(openApiDocument(endpoints()));
    },
  };
}

const COLLECT_MS_MAX = 2_000;

/** Registers the depth of the queues, looked up when somebody asks; while the queue is away those numbers are missing. */
export function registerQueueMetrics(registry: Registry, queues: Queues): void {
  const oldest = new Gauge({
    name: "inventory_queue_oldest_waiting_seconds",
    help: "Age of the job that waits longest",
    labelNames: ["queue"],
    registers: [registry],
  });
  new Gauge({
    name: "inventory_queue_jobs",
    help: "Jobs by queue and state",
    labelNames: ["queue", "state"],
    registers: [registry],
    async collect() {
      this.reset();
      oldest.reset();
      const counts = await withinMs(COLLECT_MS_MAX, queues.counts()).catch(() => undefined);
      for (const [queue, { oldestWaitingMs, ...states }] of Object.entries(counts ?? {})) {
        for (const [state, count] of Object.entries(states)) this.set({ queue, state }, count);
        oldest.set({ queue }, (oldestWaitingMs ?? 0) / 1000);
      }
    },
  });
}
