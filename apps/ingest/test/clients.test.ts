// Who may send: keys, their rotation, request signing, and how much each client may send.
import { createHmac, randomBytes } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";
import { makeKey } from "@inventory-sync/domain";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { eachBackend, eventually, type FreshQueueServer } from "../../../tests/support/index.ts";
import { type IngestProcess, startIngestProcess, writeClients } from "./ingest-process.ts";

const sale = {
  ...{ eventId: "e-1", facilityId: "S001", type: "sale", occurredAt: "2026-11-23T10:15:00Z" },
  lines: [{ sku: "A", quantity: 1 }],
};
const secretBytes = randomBytes(32);
const signer = { name: "signer", keys: [makeKey()], signingSecret: `whsec_${secretBytes.toString("base64")}` };
const nowS = () => Math.floor(Date.now() / 1000);

function signature(body: string, timestamp: number, secret = secretBytes, id = "msg-1"): string {
  return `v1,${createHmac("sha256", secret).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
}

eachBackend("clients", (backend) => {
  let server: FreshQueueServer;
  let ingest: IngestProcess;
  beforeAll(async () => {
    server = await backend.freshQueueServer();
    ingest = await startIngestProcess({ queueUrl: server.url, clients: [signer] });
  });
  afterEach(() => ingest.emptyQueue());
  afterAll(async () => {
    await ingest?.stop();
    await server?.drop();
  });

  const statusWith = async (key: string) =>
    (await ingest.post("/v1/events", sale, { authorization: `Bearer ${key}` })).status;

  describe("with a signing secret", () => {
    const body = JSON.stringify(sale, null, 2);
    const send = (headers: Record<string, string>, sent = body) =>
      ingest.post("/v1/events", sent, { authorization: `Bearer ${signer.keys[0]}`, ...headers });
    const signed = (timestamp: number, text = signature(body, timestamp)) => ({
      "webhook-id": "msg-1",
      "webhook-timestamp": String(timestamp),
      "webhook-signature": text,
    });

    it("are heard when they sign the bytes they send", async () => {
      expect((await send(signed(nowS()))).status).toBe(202);
      expect(await ingest.queued()).toHaveLength(1);
    });

    it("are heard when one of several signatures fits, and at the edges of the tolerance", async () => {
      const timestamp = nowS();
      const several = `v1,AAAA v1a,${"A".repeat(44)} ${signature(body, timestamp, randomBytes(32))} ${signature(body, timestamp)}`;
      expect((await send(signed(timestamp, several))).status).toBe(202);
      expect((await send(signed(nowS() - 295))).status).toBe(202);
      expect((await send(signed(nowS() + 55))).status).toBe(202);
    });

    it.each<[string, () => Record<string, string>, RegExp]>([
      ["sign nothing", () => ({}), /webhook-id is missing/],
      [
        "sign with another secret",
        () => signed(nowS(), signature(body, nowS(), randomBytes(32))),
        /no v1 signature that fits/,
      ],
      ["sign another body", () => signed(nowS(), signature(JSON.stringify(sale), nowS())), /no v1 signature that fits/],
      [
        "signed more than 5 minutes ago",
        () => signed(nowS() - 302),
        /it is right, but .* s old \(signed at .*Z, arrived at .*Z\)/,
      ],
      ["sign more than a minute ahead", () => signed(nowS() + 65), /it is right, but .* ahead of this clock/],
      ["signed in a year that no clock has", () => signed(999_999_999_999), /ahead of this clock/],
      [
        "sign with another secret, long ago",
        () => signed(nowS() - 10_800, signature(body, nowS() - 10_800, randomBytes(32))),
        /no v1 signature that fits/,
      ],
      [
        "send a time that is none",
        () => ({ ...signed(nowS()), "webhook-timestamp": "now" }),
        /webhook-timestamp must be/,
      ],
      [
        "send a signature of another version",
        () => signed(nowS(), signature(body, nowS()).replace("v1,", "v2,")),
        /no v1 signature/,
      ],
    ])("are refused when they %s", async (_what, headers, detail) => {
      const answer = await send(headers());
      expect([answer.status, answer.body.detail]).toEqual([401, expect.stringMatching(detail)]);
      expect(await ingest.queued()).toEqual([]);
    });

    describe("who send HotWax's call, of which the body need not have an id,", () => {
      const change = { facilityId: "S001", availableDelta: -1, idType: "SKU", idValue: "A" };
      const sendChange = (given: { id: string; sent?: object; headers?: Record<string, string> }) => {
        const sent = JSON.stringify(given.sent ?? change);
        const timestamp = nowS();
        return ingest.post("/api/service/updateInventoryByIdentification", sent, {
          authorization: `Bearer ${signer.keys[0]}`,
          ...signed(timestamp, signature(sent, timestamp, secretBytes, given.id)),
          "webhook-id": given.id,
          ...given.headers,
        });
      };
      const idsQueued = async () => (await ingest.queued()).map(({ eventId }) => eventId);

      it("make one change by one signature, however often it is sent", async () => {
        const answers = [await sendChange({ id: "msg-7" }), await sendChange({ id: "msg-7" })];
        const answer = { status: 200, body: { eventId: "msg-7", idempotent: true } };
        expect(answers).toMatchObject([answer, answer]);
        expect(await idsQueued()).toEqual(["msg-7"]);
        const same = await sendChange({ id: "msg-7", headers: { "idempotency-key": '"msg-7"' } });
        expect(same).toMatchObject(answer);
        expect(await idsQueued()).toEqual(["msg-7"]);
      });

      it("are refused with another id in a header that is not signed", async () => {
        for (const key of ["k1", "k2"]) {
          for (const sent of [change, { ...change, eventId: "e-9" }]) {
            const answer = await sendChange({ id: "msg-7", sent, headers: { "idempotency-key": key } });
            expect(answer.status).toBe(422);
            expect(answer.body.errors).toEqual([expect.objectContaining({ header: "Idempotency-Key" })]);
          }
        }
        expect(await ingest.queued()).toEqual([]);
      });

      it("are told when the signed id can be no event's id, unless the body has one", async () => {
        const id = "x".repeat(129);
        const answer = await sendChange({ id });
        expect(answer.status).toBe(422);
        expect(answer.body.errors).toEqual([expect.objectContaining({ header: "webhook-id" })]);
        expect((await sendChange({ id, sent: { ...change, eventId: "e-9" } })).status).toBe(200);
        expect(await idsQueued()).toEqual(["e-9"]);
      });
    });

    it("cannot have what they signed for one call understood by another one", async () => {
      const timestamp = nowS();
      const headers = { authorization: `Bearer ${signer.keys[0]}`, ...signed(timestamp) };
      for (const path of ["/api/service/updateInventoryByIdentification", "/v1/prism/documents"]) {
        expect((await ingest.post(path, body, headers)).status).toBe(422);
      }
      const asLines = { ...headers, "content-type": "application/x-ndjson" };
      expect((await ingest.post("/v1/events", body, asLines)).status).toBe(400);
      expect((await ingest.post("/v1/events?eventId=other", body, headers)).body.events).toEqual([
        { eventId: sale.eventId, status: "queued" },
      ]);
    });

    it("have their signature looked at before their body", async () => {
      expect((await send({}, "{not JSON")).status).toBe(401);
    });
  });

  describe("in the clients file", () => {
    const all = () => ({ name: "all", keys: [ingest.key] });
    afterEach(async () => {
      await writeClients(ingest.clientsFile, [all(), signer]);
      await eventually(async () => (await statusWith(ingest.key)) === 202);
    });

    it("get a second key, and lose the first, without a restart", async () => {
      const next = makeKey();
      await writeClients(ingest.clientsFile, [{ name: "all", keys: [ingest.key, next] }]);
      await eventually(async () => (await statusWith(next)) === 202);
      expect(await statusWith(ingest.key)).toBe(202);
      await writeClients(`${ingest.clientsFile}.new`, [{ name: "all", keys: [next] }]);
      await rename(`${ingest.clientsFile}.new`, ingest.clientsFile);
      await eventually(async () => (await statusWith(ingest.key)) === 401);
      expect(await statusWith(next)).toBe(202);
    });

    it("stay in force when the file is broken or gone, and that is said in the log and by readiness", async () => {
      await writeFile(ingest.clientsFile, '{"clients": [{"name": "all", "keys": ["plain key"]}]}');
      await eventually(() => ingest.process.output().includes("/clients/0/keys/0 must be the SHA-256"));
      expect(await statusWith(ingest.key)).toBe(202);
      const ready = await ingest.get("/readyz");
      expect([ready.status, ready.body.checks.clients.detail.warning]).toEqual([
        200,
        expect.stringContaining("has faults"),
      ]);
      await rm(ingest.clientsFile);
      await eventually(() => ingest.process.output().includes("does not exist"));
      expect(await statusWith(ingest.key)).toBe(202);
    });

    it("never have their keys or secrets in the log", () => {
      const output = ingest.process.output();
      expect(output.length).toBeGreaterThan(0);
      for (const secret of [ingest.key, ...signer.keys, signer.signingSecret]) expect(output).not.toContain(secret);
    });
  });
});

eachBackend("a client that sends too much", (backend) => {
  it("is told to wait, while another client is heard", async () => {
    const server = await backend.freshQueueServer();
    const other = { name: "other", keys: [makeKey()] };
    const env = { INGEST_REQUESTS_PER_SECOND_MAX: "3" };
    const ingest = await startIngestProcess({ queueUrl: server.url, clients: [other], env });
    const answers = await Promise.all(Array.from({ length: 12 }, () => ingest.post("/v1/events", sale)));
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.body).toMatchObject({ type: "/docs#too-many-requests", status: 429 });
    expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await ingest.post("/v1/events", sale, { authorization: `Bearer ${other.keys[0]}` })).status).toBe(202);
    await eventually(async () => (await ingest.post("/v1/events", sale)).status === 202);
    await ingest.stop();
    await server.drop();
  });
});

describe("without a clients file", () => {
  it("nobody may send, and readiness says so", async () => {
    const ingest = await startIngestProcess({
      queueUrl: "redis://127.0.0.1:1",
      env: { INGEST_CLIENTS_FILE: "/nowhere/clients.json" },
    });
    expect((await ingest.post("/v1/events", sale)).status).toBe(401);
    const ready = await ingest.get("/readyz");
    expect([ready.status, ready.body.missing]).toEqual([503, ["queue", "clients"]]);
    expect(ready.body.checks.clients.error).toContain("/nowhere/clients.json does not exist");
    await ingest.stop();
  });
});
