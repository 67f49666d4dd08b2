// The interface as /openapi.json and /docs tell it is the interface as it is.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anyBackend, type FreshQueueServer } from "../../../tests/support/index.ts";
import { calls, ingestDocument } from "../src/calls.ts";
import { problemKinds } from "../src/problem.ts";
import { type IngestProcess, startIngestProcess } from "./ingest-process.ts";

const document = ingestDocument();
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

describe("the schema", () => {
  it("documents every call once, with an answer and the refusals it may give", () => {
    expect(operations.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual(
      Object.values(calls)
        .map(({ method, path }) => `${method} ${path}`)
        .toSorted(),
    );
    for (const { path, method, operation } of operations) {
      const statuses = Object.keys(operation.responses);
      expect(statuses, path).toContain(method === "get" ? "200" : path.startsWith("/api") ? "200" : "202");
      if (method === "post")
        expect(statuses).toEqual(expect.arrayContaining(["400", "401", "403", "413", "415", "422", "429", "503"]));
    }
  });

  it("resolves every reference that it makes", () => {
    const schemas = Object.keys(document.components.schemas);
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(
      ([, name]) => name,
    );
    expect(references.length).toBeGreaterThan(5);
    expect(schemas).toEqual(expect.arrayContaining(references));
  });

  it("takes the event's fields from the schema that checks events", () => {
    expect(document.components.schemas.Event).toMatchObject({
      type: "object",
      additionalProperties: false,
      required: ["eventId", "facilityId", "type", "occurredAt"],
      properties: { lines: { maxItems: 500 } },
    });
  });
});

anyBackend("the served documents", (backend) => {
  let server: FreshQueueServer;
  let ingest: IngestProcess;
  beforeAll(async () => {
    server = await backend.freshQueueServer();
    ingest = await startIngestProcess({ queueUrl: server.url });
  });
  afterAll(async () => {
    await ingest?.stop();
    await server?.drop();
  });

  it("answer the method that is documented at every documented path, and no other", async () => {
    for (const { path, method } of operations) {
      const answer = method === "get" ? await ingest.post(path, {}) : await ingest.get(path);
      expect([path, answer.status]).toEqual([path, 405]);
      const right = method === "get" ? await ingest.get(path) : await ingest.post(path, {});
      expect([200, 422], path).toContain(right.status);
    }
  });

  it("are the schema at /openapi.json", async () => {
    const answer = await ingest.get("/openapi.json");
    expect(answer.body).toEqual(JSON.parse(JSON.stringify(document)));
    expect(answer.body.openapi).toBe("3.1.0");
  });

  it("are a page at /docs with every call and every refusal, and nothing from another host", async () => {
    const { text, headers } = await ingest.get("/docs");
    for (const { path } of Object.values(calls)) expect(text).toContain(path);
    for (const kind of Object.keys(problemKinds)) expect(text).toContain(`id="${kind}"`);
    expect(text).not.toMatch(/https?:\/\//);
    expect(text).not.toMatch(/<script| style=| on\w+=/i);
    expect(headers.get("content-security-policy")).toMatch(/^default-src 'none';style-src 'sha256-[^']+';/);
    expect(headers.get("x-powered-by")).toBeNull();
  });

  it("show examples that are accepted as they stand", async () => {
    const { text } = await ingest.get("/docs");
    const plain = text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
    const examples = [...plain.matchAll(/\$INGEST_URL(\S+)" [\s\S]*?-d '([\s\S]*?)'<\/code>/g)];
    expect(examples).toHaveLength(3);
    for (const [, path = "", body = ""] of examples) {
      const answer = await ingest.post(path, body);
      expect([200, 202], answer.text).toContain(answer.status);
      if (path.includes("prism")) expect(answer.body.accepted).toBe(1);
    }
  });
});
