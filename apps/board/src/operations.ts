// What machines ask of the board itself: alive, ready, numbers (metrics.ts), the document of its routes.
import type { Queues } from "@inventory-sync/queue";
import { readinessOf } from "@inventory-sync/runtime";
import { z } from "zod";
import { apiRead } from "./api/calls.ts";
import { documentOf, type Endpoint } from "./endpoint.ts";
import { knownIdentity } from "./people/identity.ts";
import { replicaCheck } from "./reads.ts";

export const healthz = apiRead({
  path: "/healthz",
  access: "anyone",
  summary: "Whether the process lives",
  answer: { description: "It does", schema: z.object({ status: z.literal("alive") }) },
  read: () => ({ status: "alive" }),
});

const readinessSchema = z.object({
  status: z.enum(["ready", "not ready"]),
  missing: z.array(z.string()),
  checks: z.record(
    z.string(),
    z.object({ ok: z.boolean(), tookMs: z.number(), detail: z.unknown().optional(), error: z.string().optional() }),
  ),
});

export const readyz: Endpoint = {
  method: "get",
  path: "/readyz",
  access: "anyone",
  summary: "Whether the board can do its work: database and queue",
  answers: {
    200: { description: "It can", schema: readinessSchema },
    503: { description: "It cannot; `missing` names what", schema: readinessSchema },
  },
  async handle({ database, replica, queues }, _request, response) {
    const readiness = await readinessOf({
      database: () => database.ping(),
      queue: () => queueCheck(queues),
      ...replicaCheck(replica),
    });
    response.status(readiness.status === "ready" ? 200 : 503).json(readiness);
  },
};

/** A queue that could lose jobs is still one to look at, so it only has to answer. */
async function queueCheck(queues: Queues) {
  const { durability, warnings } = await queues.ping();
  if (durability === "unreachable") throw new Error(warnings.join("; "));
  return { durability, warnings };
}

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
      response.json(documentOf(endpoints()));
    },
  };
}
