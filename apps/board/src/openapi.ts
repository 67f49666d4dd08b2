// The OpenAPI 3.1 document, made from the same routes that Express serves.
import { z } from "zod";
import { type Access, type Answer, type Endpoint, pathParameters } from "./endpoint.ts";

const PROBLEM = {
  type: "object",
  required: ["type", "title", "status", "detail"],
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string", description: "What happened, to what, and what to do" },
    errors: {
      type: "array",
      items: {
        type: "object",
        properties: { pointer: { type: "string" }, parameter: { type: "string" }, detail: { type: "string" } },
      },
    },
  },
};

const ROLES: Readonly<Record<Access, string>> = {
  anyone: "Needs no sign-in.",
  viewer: "Roles: viewer, operator.",
  operator: "Role: operator.",
};

/** The whole document. */
export function openApiDocument(endpoints: readonly Endpoint[]) {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const endpoint of endpoints) {
    paths[endpoint.path] = { ...paths[endpoint.path], [endpoint.method]: operation(endpoint) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "inventory-sync board",
      version: "1",
      description:
        "Read the inventory and act on it. Machines send Authorization: Bearer <boardToken>; people have a session cookie and " +
        "act from the board's own pages. Errors are application/problem+json (RFC 9457). Quantities are JSON numbers with at " +
        "most 4 decimals, times are ISO 8601 in UTC. Ids in paths are percent-encoded. Bull Board is at /queues.",
    },
    paths,
    components: {
      schemas: { Problem: PROBLEM },
      securitySchemes: {
        token: { type: "http", scheme: "bearer" },
        session: { type: "apiKey", in: "cookie", name: "board_session" },
      },
    },
  };
}

function operation(endpoint: Endpoint) {
  const { access, body, query = [], summary } = endpoint;
  const inPath = pathParameters(endpoint.path).map((name) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const inQuery = query.map((parameter) => ({ ...parameter, in: "query", required: false }));
  const answers = Object.entries(endpoint.answers).map(([status, answer]) => [
    status,
    response(Number(status), answer),
  ]);
  return {
    summary,
    description: ROLES[access],
    ...(inPath.length + inQuery.length > 0 && { parameters: [...inPath, ...inQuery] }),
    ...(body && { requestBody: { content: { "application/json": { schema: jsonSchema(body, "input") } } } }),
    responses: { ...Object.fromEntries(answers), default: response(500, { description: "A refusal" }) },
    security: access === "anyone" ? [] : [{ token: [] }, { session: [] }],
  };
}

function response(status: number, { description, schema, type }: Answer) {
  if (schema) return { description, content: { "application/json": { schema: jsonSchema(schema, "output") } } };
  if (type !== undefined) return { description, content: { [type]: {} } };
  if (status < 400) return { description };
  return { description, content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } } };
}

function jsonSchema(schema: z.ZodType, io: "input" | "output") {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io });
  return json;
}
