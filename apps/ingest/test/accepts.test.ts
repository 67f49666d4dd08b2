// Requests that are accepted: what they answer, and what then stands in the queue.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { eachBackend, eventually, type FreshQueueServer } from "../../../tests/support/index.ts";
import { type IngestProcess, startIngestProcess } from "./ingest-process.ts";

const sale = {
  ...{ eventId: "1006-592481256000133060", facilityId: "S001", type: "sale", occurredAt: "2026-11-23T10:15:00-05:00" },
  lines: [
    { sku: "TEE-RED-M", quantity: 2 },
    { idType: "UPCA", idValue: "012345678905", quantity: 1.5 },
  ],
  reason: "POS_SALE",
};
const hotwaxPath = "/api/service/updateInventoryByIdentification";
const hotwax = {
  ...{ facilityId: "WH", availableDelta: -4, idType: "Shopify_Prod_ID", idValue: "30065245099" },
  ...{ locationSeqId: "TLTLTLLL01", varianceReasonId: "POS_SALE" },
};
const item = {
  item_pos: 1,
  item_type: 1,
  quantity: 1,
  alu: "SHOE",
  scan_upc: "1212",
  fulfill_store_no: 1,
  serial_number: "",
};
const document = {
  ...{ sid: "592481256000133060", status: 4, is_held: false, receipt_type: 0, store_number: 1, store_code: "ORD" },
  ...{ created_datetime: "2021-03-22T22:34:16.000+03:00", invoice_posted_date: "2021-03-22T22:35:57.000+03:00" },
  items: [item],
};

eachBackend("accepted requests", (backend) => {
  let server: FreshQueueServer;
  let ingest: IngestProcess;

  beforeAll(async () => {
    server = await backend.freshQueueServer();
    ingest = await startIngestProcess({ queueUrl: server.url });
  });
  afterEach(() => ingest.emptyQueue());
  afterAll(async () => {
    await ingest?.stop();
    await server?.drop();
  });

  describe("of events", () => {
    it("answer 202 when one event stands in the queue, signed and in UTC", async () => {
      const before = Date.now();
      const answer = await ingest.post("/v1/events", sale);
      expect(answer).toMatchObject({
        status: 202,
        body: { accepted: 1, events: [{ eventId: sale.eventId, status: "queued" }] },
      });
      const [queued, ...others] = await ingest.queued();
      expect(others).toEqual([]);
      expect(queued).toEqual({
        ...{ eventId: sale.eventId, facilityId: "S001", type: "sale", reason: "POS_SALE" },
        occurredAt: "2026-11-23T15:15:00.000Z",
        receivedAt: expect.any(String),
        lines: [
          { line: 1, idType: "SKU", idValue: "TEE-RED-M", quantity: "-2" },
          { line: 2, idType: "UPCA", idValue: "012345678905", quantity: "-1.5" },
        ],
      });
      expect(Date.parse(queued?.receivedAt ?? "")).toBeGreaterThanOrEqual(before);
    });

    it("take every type of event in one array, in order", async () => {
      const lines = [{ sku: "A", quantity: 1 }];
      const events = [
        { ...sale, eventId: "1", type: "return", lines },
        { ...sale, eventId: "2", type: "adjustment", lines: [{ sku: "A", quantity: -0.25 }] },
        { ...sale, eventId: "3", type: "shipment", lines },
        {
          eventId: "4",
          facilityId: "S002",
          type: "shipment-acknowledged",
          shipmentEventId: "3",
          occurredAt: "2026-11-24T00:00:00Z",
        },
      ];
      const answer = await ingest.post("/v1/events", events);
      expect(answer.body.events.map(({ eventId }: { eventId: string }) => eventId)).toEqual(["1", "2", "3", "4"]);
      const queued = (await ingest.queued()).toSorted((a, b) => a.eventId.localeCompare(b.eventId));
      expect(queued.map((event) => [event.type, event.lines[0]?.quantity])).toEqual([
        ["return", "1"],
        ["adjustment", "-0.25"],
        ["shipment", "-1"],
        ["shipment-acknowledged", undefined],
      ]);
      expect(queued[3]?.shipmentEventId).toBe("3");
    });

    it("take NDJSON with blank lines, CRLF and without a last line break", async () => {
      const body = `\n${JSON.stringify(sale)}\r\n\r\n${JSON.stringify({ ...sale, eventId: "2" })}`;
      const answer = await ingest.post("/v1/events", body, { "content-type": "application/x-ndjson; charset=UTF-8" });
      expect(answer).toMatchObject({ status: 202, body: { accepted: 2 } });
      expect(await ingest.queued()).toHaveLength(2);
    });

    it("take as much as the limits allow: 1,000 events, 500 lines", async () => {
      const lines = [{ sku: "A", quantity: 1 }];
      const events = Array.from({ length: 1_000 }, (_, index) => ({
        ...sale,
        eventId: `e-${index}`,
        facilityId: `S${index % 7}`,
        lines,
      }));
      expect(await ingest.post("/v1/events", events)).toMatchObject({ status: 202, body: { accepted: 1_000 } });
      const long = { ...sale, lines: Array.from({ length: 500 }, (_, index) => ({ sku: `P${index}`, quantity: 1 })) };
      expect((await ingest.post("/v1/events", long)).status).toBe(202);
      expect(await ingest.queued()).toHaveLength(1_001);
    });

    it("queue an event once that stands twice in a request or is sent again", async () => {
      const answer = await ingest.post("/v1/events", [sale, sale]);
      expect(answer).toMatchObject({ status: 202, body: { accepted: 2 } });
      expect((await ingest.post("/v1/events", sale)).status).toBe(202);
      expect(await ingest.queued()).toHaveLength(1);
    });

    it("leave an event with reused id, sent in another request, for the worker to judge", async () => {
      await ingest.post("/v1/events", sale);
      const other = { ...sale, lines: [{ sku: "TEE-RED-M", quantity: 3 }] };
      expect((await ingest.post("/v1/events", other)).status).toBe(202);
      expect(await ingest.queued()).toHaveLength(2);
    });

    it("are not refused for a clock that runs ahead", async () => {
      expect((await ingest.post("/v1/events", { ...sale, occurredAt: "2099-01-01T00:00:00Z" })).status).toBe(202);
    });

    it("read a body that begins with a byte order mark", async () => {
      expect((await ingest.post("/v1/events", `\ufeff${JSON.stringify(sale)}`)).status).toBe(202);
    });
  });

  describe("of HotWax's call", () => {
    it("echo the input with the id from the body", async () => {
      const answer = await ingest.post(hotwaxPath, { ...hotwax, eventId: "till-4-17" });
      expect(answer).toMatchObject({ status: 200, body: { ...hotwax, eventId: "till-4-17", idempotent: true } });
      expect(await ingest.queued()).toEqual([
        expect.objectContaining({
          ...{ eventId: "till-4-17", facilityId: "WH", type: "adjustment", occurredAt: null, reason: "POS_SALE" },
          lines: [{ line: 1, idType: "SHOPIFY_PROD_ID", idValue: "30065245099", quantity: "-4" }],
        }),
      ]);
    });

    it("take the id from the header, in quotes or not", async () => {
      const first = await ingest.post(hotwaxPath, hotwax, { "idempotency-key": '"till-4-18"' });
      const second = await ingest.post(
        hotwaxPath,
        { ...hotwax, eventId: "till-4-18" },
        { "idempotency-key": "till-4-18" },
      );
      expect([first.body, second.body]).toEqual([first.body, first.body]);
      expect(first.body).toMatchObject({ eventId: "till-4-18", idempotent: true });
      expect(await ingest.queued()).toHaveLength(1);
    });

    it("make an id where there is none, and say that a retry would count again", async () => {
      const answers = [await ingest.post(hotwaxPath, hotwax), await ingest.post(hotwaxPath, hotwax)];
      expect(answers.map(({ status, body }) => [status, body.idempotent])).toEqual([
        [200, false],
        [200, false],
      ]);
      expect(answers[0]?.body.eventId).not.toBe(answers[1]?.body.eventId);
      expect(await ingest.queued()).toHaveLength(2);
    });

    it("answer a change that came as text with a number", async () => {
      const answer = await ingest.post(hotwaxPath, { ...hotwax, availableDelta: "-2.50" });
      expect(answer.body.availableDelta).toBe(-2.5);
      expect((await ingest.queued())[0]?.lines[0]?.quantity).toBe("-2.5");
    });
  });

  describe("of Prism documents", () => {
    const prismPath = "/v1/prism/documents";

    it("say what was made of each document and what was ignored", async () => {
      const items = [
        item,
        { ...item, item_pos: 2, item_type: 2, fulfill_store_no: 7 },
        { ...item, item_pos: 3, item_type: 3 },
      ];
      const answer = await ingest.post(prismPath, [
        { ...document, items },
        { ...document, sid: "592481256000133061", status: 3 },
      ]);
      expect(answer.status).toBe(202);
      expect(answer.body).toEqual({
        accepted: 2,
        documents: [
          {
            sid: "592481256000133060",
            events: [
              { eventId: "592481256000133060", facilityId: "1", lines: 1 },
              { eventId: "592481256000133060", facilityId: "7", lines: 1 },
            ],
            ignored: [{ item_pos: 3, code: "ORDER_LINE", reason: expect.stringContaining("item_type is 3") }],
          },
          {
            sid: "592481256000133061",
            events: [],
            ignored: [{ code: "NOT_COMPLETED", reason: expect.stringContaining("status is 3") }],
          },
        ],
      });
      const queued = await ingest.queued();
      expect(queued.map(({ facilityId, type }) => [facilityId, type]).toSorted()).toEqual([
        ["1", "sale"],
        ["7", "return"],
      ]);
    });

    it("keep every digit of a sid that came without quotes", async () => {
      const body = JSON.stringify(document).replace('"592481256000133060"', "592481256000133061");
      expect((await ingest.post(prismPath, body)).body.documents[0].sid).toBe("592481256000133061");
      expect((await ingest.queued())[0]?.eventId).toBe("592481256000133061");
    });

    it("take the object in which version 2 of Prism's interface wraps its list, and an empty list", async () => {
      expect((await ingest.post(prismPath, { data: [document] })).body.accepted).toBe(1);
      expect(await ingest.post(prismPath, [])).toMatchObject({ status: 202, body: { accepted: 0, documents: [] } });
    });

    it("say when one store's name comes with two subsidiaries, and count what was left out by why", async () => {
      const at = (sid: string, subsidiary: number) => ({
        ...document,
        sid,
        store_number: 90,
        subsidiary_number: subsidiary,
      });
      const items = [
        { ...item, fulfill_store_no: "" },
        { ...item, item_pos: 2, kit_type: 2 },
      ];
      const [first, second] = (
        await ingest.post(prismPath, [
          { ...at("592481256000133090", 1), items },
          { ...at("592481256000133091", 2), items },
        ])
      ).body.documents;
      expect(first.odd).toBeUndefined();
      expect(second).toMatchObject({ ignored: [{ code: "PACKAGE" }], odd: [{ code: "MIXED_SUBSIDIARIES" }] });
      expect(second.odd[0].reason).toMatch(/store 90 .*subsidiary 1 before.*subsidiary 2/);
      const { text } = await ingest.get("/metrics");
      for (const code of ["PACKAGE", "MIXED_SUBSIDIARIES"])
        expect(text).toMatch(new RegExp(`ingest_prism_left_out_total\\{code="${code}",app="ingest"\\} [1-9]`));
    });

    it("do not mind what stands in fields that are not read", async () => {
      const body = JSON.stringify({ ...document, price: "@", items: [{ ...item, note1: "010290\u001d21" }] });
      const answer = await ingest.post(prismPath, body.replace('"@"', "12.300000000000000711"));
      expect(answer.status, answer.text).toBe(202);
    });

    it("queue a document once however often it is sent", async () => {
      for (const _ of [1, 2, 3]) expect((await ingest.post(prismPath, document)).status).toBe(202);
      expect(await ingest.queued()).toHaveLength(1);
    });
  });

  describe("of what ingest says about itself", () => {
    it("is alive, and ready with the queue's durability named", async () => {
      expect(await ingest.get("/healthz")).toMatchObject({ status: 200, body: { status: "alive" } });
      const ready = await ingest.get("/readyz");
      expect(ready, ready.text).toMatchObject({
        status: 200,
        body: { status: "ready", checks: { clients: { detail: { count: 1 } } } },
      });
      expect(ready.body.checks.queue.detail.durability).toEqual(expect.any(String));
    });

    it("counts requests by route and status, and accepted events", async () => {
      await ingest.post("/v1/events", sale);
      await ingest.post("/v1/events", "{");
      // The numbers are made anew four times a second at most, so those of a moment ago may be answered once more.
      await eventually(async () => {
        const { text } = await ingest.get("/metrics");
        expect(text).toMatch(/ingest_requests_total\{route="\/v1\/events",status="202",app="ingest"\} \d+/);
        expect(text).toMatch(/ingest_requests_total\{route="\/v1\/events",status="400",app="ingest"\} \d+/);
        expect(text).toMatch(/ingest_events_accepted_total\{type="sale",app="ingest"\} \d+/);
        expect(text).toMatch(/ingest_queue_add_seconds_count/);
        return true;
      });
    });
  });
});
