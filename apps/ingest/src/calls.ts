// The calls of ingest on one screen. The server, /openapi.json and /docs are all made from this list, so that none of
// them knows a call that the others do not.
import { hotwaxUpdate, prismCodes, wireEvent } from "@inventory-sync/domain";
import { type Answer, type Operation, openApiDocument, type Schema, schemaRef } from "@inventory-sync/http";
import { EVENTS_PER_REQUEST_MAX } from "./limits.ts";
import { type ProblemKind, problemKinds } from "./problem.ts";

/** One call, as people read about it and as the OpenAPI document has it. */
export interface Call extends Pick<Operation, "method" | "path" | "summary" | "description" | "body" | "parameters"> {
  /** What it answers when all is well; how a POST may be refused is said for all of them below. */
  readonly answers: Readonly<Record<number, Answer>>;
}

/** The header of requests and answers that names a request. */
export const REQUEST_ID_HEADER = "X-Request-Id";

const text = { type: "string" } as const;
const object = { type: "object" } as const;
const oneOrMany = (name: string): Schema => ({
  oneOf: [schemaRef(name), { type: "array", maxItems: EVENTS_PER_REQUEST_MAX, items: schemaRef(name) }],
});

/** Every call, by the name under which the server has its handler. */
export const calls = {
  events: {
    method: "post",
    path: "/v1/events",
    summary: "Send events: sales, returns, adjustments, shipments",
    description:
      "One event, an array of them, or one event a line (application/x-ndjson). Answers once every event is durably in " +
      "the queue. A request with any invalid event is refused whole. Sending an event again under the same id changes nothing.",
    body: {
      "application/json": oneOrMany("Event"),
      "application/x-ndjson": { ...text, description: "One event a line" },
    },
    answers: { 202: { description: "Every event is durably queued", schema: schemaRef("Accepted") } },
  },
  hotwax: {
    method: "post",
    path: "/api/service/updateInventoryByIdentification",
    summary: "HotWax Commerce's UpdateInventory call",
    description:
      "One signed change of on hand. Give it an id, as eventId in the body or in the header Idempotency-Key: without one " +
      "a retry cannot be told from a second change, and the answer says so (idempotent: false). For a client that signs, " +
      "webhook-id is the id when the body has none, and an Idempotency-Key that differs from it is refused.",
    parameters: [{ name: "Idempotency-Key", in: "header", schema: text }],
    body: { "application/json": schemaRef("HotwaxUpdate") },
    answers: { 200: { description: "The input, and the change's id", schema: schemaRef("HotwaxAnswer") } },
  },
  prism: {
    method: "post",
    path: "/v1/prism/documents",
    summary: "Retail Pro Prism documents",
    description:
      "One document or an array, as Prism's /v1/rest/document gives it with cols=*,item.*. Completed sales and returns " +
      "become events, one for each facility; the answer names what was made of each document and what was ignored, with the reason.",
    body: { "application/json": oneOrMany("PrismDocument") },
    answers: { 202: { description: "What was made of each document", schema: schemaRef("PrismAnswer") } },
  },
  alive: {
    method: "get",
    path: "/healthz",
    summary: "Alive",
    description: "200 while the process lives.",
    answers: { 200: { description: "Alive", schema: object } },
  },
  ready: {
    method: "get",
    path: "/readyz",
    summary: "Ready to take events",
    description: "200 when the queue can take events, with its durability named; 503 with the reason when not.",
    answers: {
      200: { description: "Ready", schema: object },
      503: { description: "Not ready, with the reason", schema: object },
    },
  },
  metrics: {
    method: "get",
    path: "/metrics",
    summary: "Numbers for Prometheus",
    description: "Text format.",
    answers: { 200: { description: "Numbers", schema: text, type: "text/plain" } },
  },
  openapi: {
    method: "get",
    path: "/openapi.json",
    summary: "This interface as OpenAPI 3.1",
    description: "JSON.",
    answers: { 200: { description: "This document", schema: object } },
  },
  docs: {
    method: "get",
    path: "/docs",
    summary: "This interface for people",
    description: "HTML.",
    answers: { 200: { description: "A page", schema: text, type: "text/html" } },
  },
} as const satisfies Readonly<Record<string, Call>>;

export type CallName = keyof typeof calls;

const refusalsOfPosts: readonly ProblemKind[] = [
  "not-json",
  "bad-request",
  "unauthorized",
  "forbidden",
  "too-large",
  "unsupported-type",
  "invalid",
  "too-many-requests",
  "busy",
  "queue-unavailable",
  "not-implemented",
  "internal",
];

/** The interface as OpenAPI 3.1, ready to be sent as JSON. */
export function ingestDocument() {
  const refusals = problemAnswers(refusalsOfPosts);
  const ownId = {
    ...{ name: REQUEST_ID_HEADER, in: "header" as const, schema: text },
    description: "An id of your own for this request, 1 to 128 letters, digits and . _ : + / = @ -; else one is made",
  };
  return openApiDocument({
    info: {
      title: "inventory-sync ingest",
      description:
        "Events of stock come in. See /docs for a readable page. Every answer has the header X-Request-Id: name it when you ask the operator.",
    },
    operations: (Object.entries(calls) as [CallName, Call][]).map(([operationId, call]) => {
      if (call.method === "get") return { ...call, operationId, security: [] };
      return {
        ...call,
        operationId,
        parameters: [...((call as Call).parameters ?? []), ownId],
        isBodyRequired: true,
        answers: { ...call.answers, ...refusals },
        security: ["key"],
      };
    }),
    schemas: schemas(),
    securitySchemes: { key: { type: "http", scheme: "bearer" } },
  });
}

/** Several kinds of refusal may share a status: their titles then share its description. */
function problemAnswers(kinds: readonly ProblemKind[]): Record<number, Answer> {
  const titles = new Map<number, string[]>();
  for (const kind of kinds) {
    const { status, title } = problemKinds[kind];
    titles.set(status, [...(titles.get(status) ?? []), title]);
  }
  const headers = { "Retry-After": { description: "Seconds to wait", schema: { type: "integer" } } };
  return Object.fromEntries(
    [...titles].map(([status, named]) => {
      const description = named.join("; or: ");
      return [status, status === 429 || status === 503 ? { description, headers } : { description }];
    }),
  );
}

function schemas(): Record<string, Schema> {
  const count = { type: "integer", minimum: 0 };
  const fields = (properties: object, required = Object.keys(properties)) => ({ ...object, properties, required });
  const list = (items: object) => ({ type: "array", items });
  const note = fields({ item_pos: count, code: { enum: prismCodes }, reason: text }, ["code", "reason"]);
  return {
    Event: wireEvent,
    HotwaxUpdate: hotwaxUpdate,
    HotwaxAnswer: {
      allOf: [schemaRef("HotwaxUpdate"), fields({ eventId: text, idempotent: { type: "boolean" } })],
    },
    PrismDocument: {
      ...fields({ sid: text, status: { type: "integer" }, receipt_type: { type: "integer" }, items: list(object) }),
      description: "A document as Retail Pro Prism gives it; fields that are not needed are ignored",
    },
    PrismAnswer: fields({
      accepted: count,
      documents: list(
        fields(
          {
            sid: text,
            events: list(fields({ eventId: text, facilityId: text, lines: count })),
            ignored: list(note),
            odd: list(note),
          },
          ["sid", "events", "ignored"],
        ),
      ),
    }),
    Accepted: fields({ accepted: count, events: list(fields({ eventId: text, status: { const: "queued" } })) }),
  };
}
