// The OpenAPI 3.1 document of an HTTP server, made from the list of its calls and from the schemas that check them.
import { z } from "zod";

/** A shape: the schema that checks it, or JSON Schema. */
export type Schema = z.ZodType | Readonly<Record<string, unknown>>;

/** One answer. Without schema and type it is a refusal where its status says so, else it has no body. */
export interface Answer {
  readonly description: string;
  readonly schema?: Schema;
  /** The media type, unless it is JSON. */
  readonly type?: string;
  readonly headers?: object;
}

/** A parameter of the query or a header. Those of the path are found in the path itself. */
export interface Parameter {
  readonly name: string;
  readonly in: "query" | "header";
  readonly description?: string;
  readonly schema: Readonly<Record<string, unknown>>;
}

/** One call, its path with `{name}` for what varies. */
export interface Operation {
  readonly method: "get" | "post";
  readonly path: string;
  readonly operationId?: string;
  readonly summary: string;
  readonly description: string;
  readonly parameters?: readonly Parameter[];
  /** The shapes of its body by media type. */
  readonly body?: Readonly<Record<string, Schema>> | undefined;
  readonly isBodyRequired?: boolean;
  readonly answers: Readonly<Record<number | string, Answer>>;
  /** The names of the security schemes of which one is needed; none when everybody may call. */
  readonly security: readonly string[];
}

const problemSchema = {
  type: "object",
  required: ["type", "title", "status", "detail"],
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string", description: "What happened, to what, and what to do" },
    requestId: { type: "string", description: "Of ingest: what the header X-Request-Id of the answer says" },
    errors: {
      type: "array",
      items: {
        type: "object",
        required: ["detail"],
        properties: {
          pointer: { type: "string", description: "JSON pointer (RFC 6901) into the body" },
          parameter: { type: "string", description: "Name of a query parameter" },
          header: { type: "string", description: "Name of a header" },
          detail: { type: "string" },
          line: { type: "integer", minimum: 0, description: "Line of an NDJSON body, from 1" },
        },
      },
    },
  },
};

/** The whole document, ready to be sent as JSON. @param given.schemas shapes that calls refer to by `schemaRef` */
export function openApiDocument(given: {
  readonly info: { readonly title: string; readonly description: string };
  readonly operations: readonly Operation[];
  readonly schemas?: Readonly<Record<string, Schema>>;
  readonly securitySchemes: object;
}) {
  const paths: Record<string, Record<string, ReturnType<typeof described>>> = {};
  for (const operation of given.operations) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: described(operation) };
  }
  const schemas: Record<string, object> = { Problem: problemSchema };
  for (const [name, schema] of Object.entries(given.schemas ?? {})) schemas[name] = jsonSchema(schema, "input");
  return {
    openapi: "3.1.0",
    info: { title: given.info.title, version: "1", description: given.info.description },
    paths,
    components: {
      schemas,
      securitySchemes: given.securitySchemes,
    },
  };
}

/** A shape that stands among the document's own under this name. */
export function schemaRef(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

/** The names in a path. */
export function pathParameters(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
}

function described({ operationId, summary, description, path, body, ...operation }: Operation) {
  const inPath = pathParameters(path).map((name) => ({ name, in: "path", required: true, schema: { type: "string" } }));
  const parameters = [...inPath, ...(operation.parameters ?? []).map((each) => ({ ...each, required: false }))];
  const answers = Object.entries(operation.answers).map(([status, answer]) => [status, response(status, answer)]);
  const contents = Object.entries(body ?? {}).map(([type, schema]) => [type, { schema: jsonSchema(schema, "input") }]);
  return {
    ...(operationId !== undefined && { operationId }),
    summary,
    description,
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        ...(operation.isBodyRequired === true && { required: true }),
        content: Object.fromEntries(contents),
      },
    }),
    responses: Object.fromEntries(answers),
    security: operation.security.map((name) => ({ [name]: [] })),
  };
}

function response(status: string, { description, headers, schema, type }: Answer) {
  const about = { description, ...(headers && { headers }) };
  if (schema) return { ...about, content: { [type ?? "application/json"]: { schema: jsonSchema(schema, "output") } } };
  if (type !== undefined) return { ...about, content: { [type]: {} } };
  if (status !== "default" && Number(status) < 400) return about;
  return { ...about, content: { "application/problem+json": { schema: schemaRef("Problem") } } };
}

function jsonSchema(schema: Schema, io: "input" | "output"): object {
  if (!(schema instanceof z.ZodType)) return schema;
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return json;
}
