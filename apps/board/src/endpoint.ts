// One route of the board with everything that is known about it: Express and the OpenAPI document are both made from this,
// so that a route cannot exist without being documented.
import { type Answer, type Operation, openApiDocument, type Parameter } from "@inventory-sync/http";
import type { Request, Response } from "express";
import type { z } from "zod";
import type { Parts } from "./parts.ts";
import type { Topic } from "./ui/live.ts";

/** Who may use a route: `anyone` needs no sign-in, a `client` of ingest has its key, `viewer` reads, `operator` also acts. */
export type Access = "anyone" | "client" | "viewer" | "operator";

/** Whether a route stands before the sign-in of people and machines. */
export function isBeforeSignIn(access: Access): access is "anyone" | "client" {
  return access === "anyone" || access === "client";
}

/** What a write does, and to what, as the audit log has it. */
export interface Act {
  readonly what: string;
  readonly target: string;
}

/** A parameter of the query. Those of the path are found in the path itself. */
export type QueryParameter = Omit<Parameter, "in">;

/** A parameter that is any text. */
export function textQuery(name: string, description: string): QueryParameter {
  return { name, description, schema: { type: "string" } };
}

/** A route: method and path, with `{name}` for path parameters as OpenAPI writes them. */
export interface Endpoint {
  readonly method: "get" | "post";
  readonly path: string;
  readonly access: Access;
  readonly summary: string;
  readonly query?: readonly QueryParameter[];
  readonly body?: z.ZodType;
  readonly answers: Readonly<Record<number, Answer & { readonly schema?: z.ZodType }>>;
  /** What a write is in the audit log. Every write behind the sign-in has it. */
  readonly audit?: (request: Request) => Act;
  /** What it listens to, where it is a page that renews itself. */
  readonly topic?: Topic<Parts>;
  /** Sends the answer, or throws a Problem. */
  handle(parts: Parts, request: Request, response: Response): Promise<void> | void;
}

/** The path as Express matches it. */
export function expressPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ":$1");
}

/** Who may use a route, in words. */
export const ROLES: Readonly<Record<Access, string>> = {
  anyone: "Needs no sign-in.",
  client: "For the clients of ingest, with the key that they send events with.",
  viewer: "Roles: viewer, operator.",
  operator: "Role: operator.",
};

/** The OpenAPI document of all routes. */
export function documentOf(endpoints: readonly Endpoint[]) {
  return openApiDocument({
    info: {
      title: "inventory-sync board",
      description:
        "Read the inventory and act on it. Machines send Authorization: Bearer <boardToken>; people have a session cookie and " +
        "act from the board's own pages. Errors are application/problem+json (RFC 9457). Quantities are JSON numbers with at " +
        "most 4 decimals, times are ISO 8601 in UTC. Ids in paths are percent-encoded. Bull Board is at /queues.",
    },
    operations: endpoints.map(operationOf),
    securitySchemes: {
      token: { type: "http", scheme: "bearer" },
      ingestKey: { type: "http", scheme: "bearer", description: "A key of a client of ingest" },
      session: { type: "apiKey", in: "cookie", name: "board_session" },
    },
  });
}

function operationOf({ method, path, access, summary, query = [], body, answers }: Endpoint): Operation {
  return {
    method,
    path,
    summary,
    description: ROLES[access],
    parameters: query.map((parameter) => ({ ...parameter, in: "query" })),
    body: body && { "application/json": body },
    answers: { ...answers, default: { description: "A refusal" } },
    security: access === "client" ? ["ingestKey"] : access === "anyone" ? [] : ["token", "session"],
  };
}
