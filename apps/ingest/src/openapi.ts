// GET /openapi.json: the interface as OpenAPI 3.1, made from the list of calls and from the schemas that check bodies.
import { hotwaxUpdate, wireEvent } from "@inventory-sync/domain";
import { z } from "zod";
import { type Call, type CallName, calls } from "./calls.ts";
import { EVENTS_PER_REQUEST_MAX } from "./limits.ts";
import { type ProblemKind, problemKinds } from "./problem.ts";

const text = { type: "string" } as const;
const count = { type: "integer", minimum: 0 } as const;
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const oneOrMany = (name: string) => ({
  oneOf: [ref(name), { type: "array", maxItems: EVENTS_PER_REQUEST_MAX, items: ref(name) }],
});
const json = (schema: object) => ({ "application/json": { schema } });

const bodies: Partial<Record<CallName, object>> = {
  events: {
    required: true,
    content: {
      ...json(oneOrMany("Event")),
      "application/x-ndjson": { schema: { type: "string", description: "One event a line" } },
    },
  },
  hotwax: { required: true, content: json(ref("HotwaxUpdate")) },
  prism: { required: true, content: json(oneOrMany("PrismDocument")) },
};

const answers: Record<CallName, { status: number; description: string; content: object }> = {
  events: { status: 202, description: "Every event is durably queued", content: json(ref("Accepted")) },
  hotwax: { status: 200, description: "The input, and the change's id", content: json(ref("HotwaxAnswer")) },
  prism: { status: 202, description: "What was made of each document", content: json(ref("PrismAnswer")) },
  alive: { status: 200, description: "Alive", content: json({ type: "object" }) },
  ready: { status: 200, description: "Ready", content: json({ type: "object" }) },
  metrics: { status: 200, description: "Numbers", content: { "text/plain": { schema: text } } },
  openapi: { status: 200, description: "This document", content: json({ type: "object" }) },
  docs: { status: 200, description: "A page", content: { "text/html": { schema: text } } },
};

/** The whole document, ready to be sent as JSON. */
export function openApiDocument() {
  const entries = Object.entries(calls) as [CallName, Call][];
  return {
    openapi: "3.1.0",
    info: {
      title: "inventory-sync ingest",
      version: "1",
      description: "Events of stock come in. See /docs for a readable page.",
    },
    paths: Object.fromEntries(entries.map(([name, call]) => [call.path, { [call.method]: operation(name, call) }])),
    components: { securitySchemes: { key: { type: "http", scheme: "bearer" } }, schemas: schemas() },
  };
}

function operation(name: CallName, call: Call) {
  const { status, ...answer } = answers[name];
  const key = { name: "Idempotency-Key", in: "header", required: false, schema: text };
  const notReady = { 503: { description: "Not ready, with the reason", content: json({ type: "object" }) } };
  return {
    operationId: name,
    summary: call.summary,
    description: call.description,
    security: call.method === "post" ? [{ key: [] }] : [],
    ...(name === "hotwax" && { parameters: [key] }),
    ...(bodies[name] && { requestBody: bodies[name] }),
    responses: { [status]: answer, ...(name === "ready" && notReady), ...problemAnswers(call.problems) },
  };
}

/** Several kinds of refusal may share a status: their titles then share its description. */
function problemAnswers(kinds: readonly ProblemKind[]) {
  const titles = new Map<number, string[]>();
  for (const kind of kinds) {
    const { status, title } = problemKinds[kind];
    titles.set(status, [...(titles.get(status) ?? []), title]);
  }
  const content = { "application/problem+json": { schema: ref("Problem") } };
  const retryAfter = { "Retry-After": { description: "Seconds to wait", schema: { type: "integer" } } };
  return Object.fromEntries(
    [...titles].map(([status, named]) => {
      const headers = status === 429 || status === 503 ? { headers: retryAfter } : {};
      return [status, { description: named.join("; or: "), ...headers, content }];
    }),
  );
}

function schemas() {
  const object = (properties: object, required = Object.keys(properties)) => ({ type: "object", properties, required });
  const list = (items: object) => ({ type: "array", items });
  const pointer = { ...text, description: "JSON pointer (RFC 6901) into the body" };
  const line = { ...count, description: "Line of an NDJSON body, from 1" };
  const fault = object({ pointer, detail: text, line, header: text }, ["pointer", "detail"]);
  return {
    Event: jsonSchema(wireEvent),
    HotwaxUpdate: jsonSchema(hotwaxUpdate),
    HotwaxAnswer: {
      allOf: [ref("HotwaxUpdate"), object({ eventId: text, idempotent: { type: "boolean" } })],
    },
    PrismDocument: {
      ...object({
        sid: text,
        status: { type: "integer" },
        receipt_type: { type: "integer" },
        items: list({ type: "object" }),
      }),
      description: "A document as Retail Pro Prism gives it; fields that are not needed are ignored",
    },
    PrismAnswer: object({
      accepted: count,
      documents: list(
        object({
          sid: text,
          events: list(object({ eventId: text, facilityId: text, lines: count })),
          ignored: list(object({ item_pos: count, reason: text }, ["reason"])),
        }),
      ),
    }),
    Accepted: object({ accepted: count, events: list(object({ eventId: text, status: { const: "queued" } })) }),
    Problem: object({ type: text, title: text, status: count, detail: text, errors: list(fault) }, [
      "type",
      "title",
      "status",
      "detail",
    ]),
  };
}

function jsonSchema(schema: z.ZodType) {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return rest;
}
