// The calls of ingest on one screen. The server, /openapi.json and /docs are all made from this list, so that none of
// them knows a call that the others do not.
import type { ProblemKind } from "./problem.ts";

/** One call, as people read about it. */
export type Call = {
  readonly method: "get" | "post";
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  /** How it may be refused, besides what every call may answer. */
  readonly problems: readonly ProblemKind[];
};

const problemsOfPosts = [
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
] as const satisfies readonly ProblemKind[];

/** Every call, by the name under which the server has its handler. */
export const calls = {
  events: {
    method: "post",
    path: "/v1/events",
    summary: "Send events: sales, returns, adjustments, shipments",
    description:
      "One event, an array of them, or one event a line (application/x-ndjson). Answers once every event is durably in " +
      "the queue. A request with any invalid event is refused whole. Sending an event again under the same id changes nothing.",
    problems: problemsOfPosts,
  },
  hotwax: {
    method: "post",
    path: "/api/service/updateInventoryByIdentification",
    summary: "HotWax Commerce's UpdateInventory call",
    description:
      "One signed change of on hand. Give it an id, as eventId in the body or in the header Idempotency-Key: without one " +
      "a retry cannot be told from a second change, and the answer says so (idempotent: false). For a client that signs, " +
      "webhook-id is the id when the body has none, and an Idempotency-Key that differs from it is refused.",
    problems: problemsOfPosts,
  },
  prism: {
    method: "post",
    path: "/v1/prism/documents",
    summary: "Retail Pro Prism documents",
    description:
      "One document or an array, as Prism's /v1/rest/document gives it with cols=*,item.*. Completed sales and returns " +
      "become events, one for each facility; the answer names what was made of each document and what was ignored, with the reason.",
    problems: problemsOfPosts,
  },
  alive: {
    method: "get",
    path: "/healthz",
    summary: "Alive",
    description: "200 while the process lives.",
    problems: [],
  },
  ready: {
    method: "get",
    path: "/readyz",
    summary: "Ready to take events",
    description: "200 when the queue can take events, with its durability named; 503 with the reason when not.",
    problems: [],
  },
  metrics: {
    method: "get",
    path: "/metrics",
    summary: "Numbers for Prometheus",
    description: "Text format.",
    problems: [],
  },
  openapi: {
    method: "get",
    path: "/openapi.json",
    summary: "This interface as OpenAPI 3.1",
    description: "JSON.",
    problems: [],
  },
  docs: { method: "get", path: "/docs", summary: "This interface for people", description: "HTML.", problems: [] },
} as const satisfies Readonly<Record<string, Call>>;

/** The name of a call. */
export type CallName = keyof typeof calls;
