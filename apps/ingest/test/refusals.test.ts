// Requests that must be refused: each gets its status as problem+json, names the place of each fault, and queues nothing.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anyBackend, eventually, type FreshQueueServer } from "../../../tests/support/index.ts";
import { type IngestProcess, startIngestProcess } from "./ingest-process.ts";
import {
  invalidEvents,
  invalidOthers,
  ndjson,
  notJson,
  type Row,
  sale,
  scoped,
  tooLarge,
  unauthorized,
  unsupported,
} from "./refusal-rows.ts";

anyBackend("refusals", (backend) => {
  let server: FreshQueueServer;
  let ingest: IngestProcess;
  const scopedKey = "isk_scoped";

  beforeAll(async () => {
    server = await backend.freshQueueServer();
    const clients = [{ name: "till", keys: [scopedKey], facilities: ["S001", "S002"], types: ["sale" as const] }];
    ingest = await startIngestProcess({ queueUrl: server.url, clients });
  });
  afterAll(async () => {
    await ingest?.stop();
    await server?.drop();
  });

  async function expectRefused({ status, body, path = "/v1/events", headers = {}, at }: Row): Promise<void> {
    const answer = await ingest.post(path, body, headers);
    expect(answer.body, answer.text).toMatchObject({
      status,
      type: expect.stringMatching(/^\/docs#/),
      title: expect.any(String),
    });
    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.text).not.toMatch(/\bat .*\.[jt]s:\d+|node_modules/);
    if (at) expect(answer.body.errors.map((fault: { pointer: string }) => fault.pointer)).toEqual(at);
    expect(await ingest.queued()).toEqual([]);
  }

  describe("of what is not JSON", () => {
    it.each(notJson)("$what: $status", expectRefused);

    it("name the position", async () => {
      const answer = await ingest.post("/v1/events", '{"eventId": "e-1",\n "facilityId" "S001"}');
      expect(answer.body.detail).toContain("line 2, column 15");
      const lines = await ingest.post("/v1/events", `${JSON.stringify(sale)}\n{"eventId" 1}\n`, ndjson);
      expect(lines.body.detail).toContain("Line 2 of the body");
    });
  });

  describe("of unknown clients", () => {
    it.each(unauthorized)("$what: $status", expectRefused);
  });

  describe("of other types", () => {
    it.each(unsupported)("$what: $status", expectRefused);
  });

  describe("of what is too large", () => {
    it.each(tooLarge)("$what: $status", expectRefused);
  });

  describe("of invalid events", () => {
    it.each(invalidEvents)("$what: $status", expectRefused);

    it("name every fault of every event, with the line of NDJSON and the way to mend it", async () => {
      const lines = [
        sale,
        { ...sale, eventId: "e-2", occurredAt: "now" },
        "",
        { ...sale, type: "gift", lines: undefined },
      ];
      const body = lines.map((event) => (event === "" ? "" : JSON.stringify(event))).join("\n");
      const answer = await ingest.post("/v1/events", body, ndjson);
      expect(answer.status).toBe(422);
      expect(answer.body.errors).toEqual([
        { pointer: "/1/occurredAt", line: 2, detail: expect.stringContaining("with a zone") },
        { pointer: "/2/type", line: 4, detail: expect.stringContaining("must be one of sale, return") },
      ]);
    });
  });

  describe("of invalid HotWax calls and Prism documents", () => {
    it.each(invalidOthers)("$what: $status", expectRefused);
  });

  describe("of what a client may not send", () => {
    it.each(scoped)("$what: $status", (row) =>
      expectRefused({ ...row, headers: { authorization: `Bearer ${scopedKey}` } }),
    );
  });

  it("of a facility of another installation hold for every client, and for all of the request", async () => {
    const region = await startIngestProcess({ queueUrl: server.url, env: { INGEST_FACILITIES: "EU-*,S001" } });
    try {
      const foreign = { ...sale, eventId: "e-2", facilityId: "US-1" };
      const refused = await region.post("/v1/events", [sale, foreign]);
      expect(refused).toMatchObject({ status: 403, body: { type: "/docs#forbidden" } });
      expect(refused.body.detail).toContain("facility US-1 belongs to another installation. Nothing was accepted");
      expect(refused.body.errors).toEqual([
        { pointer: "/1/facilityId", detail: "facility US-1 belongs to another installation" },
      ]);
      expect(await region.queued()).toEqual([]);
      const ours = [sale, { ...sale, eventId: "e-3", facilityId: "EU-7" }];
      expect((await region.post("/v1/events", ours)).status).toBe(202);
      expect(await region.queued()).toHaveLength(2);
    } finally {
      await region.emptyQueue();
      await region.stop();
    }
  });

  describe("have an id", () => {
    it("that is the client's own where it is sane, in the header and in the problem; each other answer has one, too", async () => {
      const own = { "x-request-id": "till-4:000017" };
      const refused = await ingest.post("/v1/events", {}, own);
      expect([refused.headers.get("x-request-id"), refused.body.requestId]).toEqual(["till-4:000017", "till-4:000017"]);
      for (const id of ["with blank", "x".repeat(129), '"><script>']) {
        const answer = await ingest.post("/v1/events", {}, { "x-request-id": id });
        expect(answer.body.requestId).toMatch(/^[0-9a-f-]{36}$/);
        expect(answer.headers.get("x-request-id")).toBe(answer.body.requestId);
      }
      const others = await Promise.all([ingest.get("/healthz"), ingest.get("/docs"), ingest.get("/nothing")]);
      for (const { headers } of others) expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    });

    it("by which the operator finds what was refused", async () => {
      await ingest.post(
        "/v1/events",
        { eventId: "e-77" },
        { "x-request-id": "find-me", authorization: `Bearer ${scopedKey}` },
      );
      const note = await eventually(async () => {
        const notes = await ingest.queues.readRequestNotes(10_000);
        return notes.map(({ text }) => JSON.parse(text).refused).find((refused) => refused?.requestId === "find-me");
      });
      expect(note).toMatchObject({
        client: "till",
        status: 422,
        code: "invalid",
        eventId: "e-77",
        call: "POST /v1/events",
      });
      expect(JSON.stringify(note)).not.toContain(scopedKey);
    });
  });

  describe("of other addresses and methods", () => {
    it("say what is not there", async () => {
      const answers = await Promise.all([ingest.get("/"), ingest.get("/v1/event"), ingest.get("/%E0%A4%A")]);
      expect(answers.map(({ status, body }) => [status, body.status])).toEqual([
        [404, 404],
        [404, 404],
        [404, 404],
      ]);
    });

    it("say which method is taken", async () => {
      const answer = await ingest.get("/v1/events");
      expect([answer.status, answer.headers.get("allow"), answer.body.type]).toEqual([
        405,
        "POST",
        "/docs#method-not-allowed",
      ]);
      const other = await ingest.post("/healthz", {});
      expect([other.status, other.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    });
  });
});
