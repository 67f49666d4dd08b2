// Requests that must be refused: each gets its status as problem+json, names the place of each fault, and queues nothing.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eachBackend, type FreshQueueServer } from "../../../tests/support/index.ts";
import { type IngestProcess, startIngestProcess } from "./ingest-process.ts";

const line = { sku: "TEE-RED-M", quantity: 2 };
const sale = {
  eventId: "e-1",
  facilityId: "S001",
  type: "sale",
  occurredAt: "2026-11-23T10:15:00-05:00",
  lines: [line],
};
const acknowledged = {
  eventId: "a-1",
  facilityId: "S001",
  type: "shipment-acknowledged",
  occurredAt: "2026-11-23T10:15:00Z",
  shipmentEventId: "s-1",
};
const hotwax = {
  facilityId: "S001",
  availableDelta: -1,
  idType: "SKU",
  idValue: "TEE",
  locationSeqId: "L1",
  varianceReasonId: "POS_SALE",
};
const prism = {
  ...{ sid: "592481256000133060", status: 4, is_held: false, receipt_type: 0, store_number: 1, store_code: "ORD" },
  created_datetime: "2021-03-22T22:34:16.000+03:00",
  items: [{ item_pos: 1, item_type: 1, quantity: 1, alu: "SHOE" }],
};
const text = (event: object, from: string, to: string) => JSON.stringify(event).replace(from, to);
const withLine = (change: object) => ({ ...sale, lines: [{ ...line, ...change }] });
const many = (count: number) => Array.from({ length: count }, (_, index) => ({ ...sale, eventId: `e-${index}` }));
const oneMebibyte = 1024 * 1024;

type Row = {
  what: string;
  status: number;
  body: unknown;
  path?: string;
  headers?: Record<string, string>;
  /** The pointers of the faults, when the row is about them. */
  at?: string[];
};

const ndjson = { "content-type": "application/x-ndjson" };
const hotwaxPath = "/api/service/updateInventoryByIdentification";
const prismPath = "/v1/prism/documents";

const notJson: Row[] = [
  { what: "an empty body", status: 400, body: "" },
  { what: "a body cut short", status: 400, body: JSON.stringify(sale).slice(0, -5) },
  { what: "text after the JSON", status: 400, body: `${JSON.stringify(sale)}x` },
  { what: "single quotes", status: 400, body: "{'eventId':'e-1'}" },
  { what: "NaN as a quantity", status: 400, body: text(sale, '"quantity":2', '"quantity":NaN') },
  { what: "bytes that are no UTF-8", status: 400, body: Buffer.from([0x22, 0xff, 0xfe, 0x22]) },
  { what: "a broken line of NDJSON", status: 400, body: `${JSON.stringify(sale)}\n{"eventId":\n`, headers: ndjson },
  { what: "an array a thousand deep", status: 400, body: "[".repeat(1_000) + "]".repeat(1_000) },
];

const unauthorized: Row[] = [
  { what: "no key", status: 401, body: sale, headers: { authorization: "" } },
  { what: "a wrong key", status: 401, body: sale, headers: { authorization: "Bearer isk_nobody" } },
  { what: "another scheme", status: 401, body: sale, headers: { authorization: "Basic YTpi" } },
  { what: "no key and no JSON", status: 401, body: "{", headers: { authorization: "" } },
  { what: "HotWax's call without a key", status: 401, path: hotwaxPath, body: hotwax, headers: { authorization: "" } },
  { what: "a Prism document without a key", status: 401, path: prismPath, body: prism, headers: { authorization: "" } },
];

const unsupported: Row[] = [
  {
    what: "a form",
    status: 415,
    body: "eventId=e-1",
    headers: { "content-type": "application/x-www-form-urlencoded" },
  },
  { what: "plain text", status: 415, body: sale, headers: { "content-type": "text/plain" } },
  { what: "no content type", status: 415, body: sale, headers: { "content-type": "" } },
  { what: "another charset", status: 415, body: sale, headers: { "content-type": "application/json; charset=utf-16" } },
  { what: "a compressed body", status: 415, body: sale, headers: { "content-encoding": "gzip" } },
  { what: "NDJSON to HotWax's call", status: 415, path: hotwaxPath, body: hotwax, headers: ndjson },
];

const tooLarge: Row[] = [
  { what: "a body over 1 MiB", status: 413, body: `[${" ".repeat(oneMebibyte)}]` },
  { what: "a body of 20 MiB", status: 413, body: " ".repeat(20 * oneMebibyte) },
  { what: "1,001 events", status: 422, body: many(1_001), at: [""] },
  { what: "501 lines", status: 422, body: { ...sale, lines: Array(501).fill(line) }, at: ["/lines"] },
];

const invalidEvents: Row[] = [
  { what: "null", status: 422, body: "null", at: [""] },
  { what: "no events", status: 422, body: [], at: [""] },
  { what: "no lines of NDJSON", status: 422, body: "\n\n", headers: ndjson, at: [""] },
  { what: "an array in an array", status: 422, body: [[sale]], at: ["/0"] },
  { what: "an empty object", status: 422, body: {}, at: ["/eventId", "/facilityId", "/type", "/occurredAt"] },
  { what: "unknown fields", status: 422, body: { ...sale, sku: "A", store: 1 }, at: ["/sku", "/store"] },
  { what: "an unknown field of a line", status: 422, body: withLine({ qty: 1 }), at: ["/lines/0/qty"] },
  { what: "an unknown type", status: 422, body: { ...sale, type: "SALE" }, at: ["/type"] },
  {
    what: "the fourth of four events wrong",
    status: 422,
    body: [...many(3), withLine({ quantity: 0 })],
    at: ["/3/lines/0/quantity"],
  },
  { what: "a sale of -1", status: 422, body: withLine({ quantity: -1 }), at: ["/lines/0/quantity"] },
  {
    what: "a return of 0",
    status: 422,
    body: { ...withLine({ quantity: 0 }), type: "return" },
    at: ["/lines/0/quantity"],
  },
  {
    what: "an adjustment of 0",
    status: 422,
    body: { ...withLine({ quantity: 0 }), type: "adjustment" },
    at: ["/lines/0/quantity"],
  },
  { what: "a quantity in quotes", status: 422, body: withLine({ quantity: "2" }), at: ["/lines/0/quantity"] },
  { what: "five decimals", status: 422, body: withLine({ quantity: 0.12345 }), at: ["/lines/0/quantity"] },
  { what: "10^10", status: 422, body: withLine({ quantity: 1e10 }), at: ["/lines/0/quantity"] },
  {
    what: "a quantity past 2^53",
    status: 422,
    body: text(sale, '"quantity":2', '"quantity":9007199254740993'),
    at: ["/lines/0/quantity"],
  },
  {
    what: "a quantity out of range",
    status: 422,
    body: text(sale, '"quantity":2', '"quantity":1e400'),
    at: ["/lines/0/quantity"],
  },
  {
    what: "a quantity that would be rounded",
    status: 422,
    body: text(sale, '"quantity":2', '"quantity":2.00000000000000000001'),
    at: ["/lines/0/quantity"],
  },
  {
    what: "a key that stands twice",
    status: 422,
    body: text(sale, '"quantity":2', '"quantity":1,"quantity":2'),
    at: ["/lines/0/quantity"],
  },
  { what: "__proto__", status: 422, body: text(sale, "{", '{"__proto__":{"type":"return"},'), at: ["/__proto__"] },
  { what: "an id as a number", status: 422, body: { ...sale, eventId: 1006 }, at: ["/eventId"] },
  {
    what: "an id past 2^53 without quotes",
    status: 422,
    body: text(sale, '"e-1"', "592481256000133060"),
    at: ["/eventId"],
  },
  { what: "an empty id", status: 422, body: { ...sale, eventId: "" }, at: ["/eventId"] },
  { what: "an id of blanks", status: 422, body: { ...sale, eventId: "  " }, at: ["/eventId"] },
  { what: "an id of 129 characters", status: 422, body: { ...sale, eventId: "x".repeat(129) }, at: ["/eventId"] },
  { what: "a NUL in an id", status: 422, body: { ...sale, facilityId: "S\u0000001" }, at: ["/facilityId"] },
  { what: "a line break in an id", status: 422, body: { ...sale, facilityId: "S001\nS002" }, at: ["/facilityId"] },
  { what: "half a character in an id", status: 422, body: text(sale, "S001", "S\\ud83d"), at: ["/facilityId"] },
  { what: "a NUL in the reason", status: 422, body: { ...sale, reason: "a\u0000b" }, at: ["/reason"] },
  {
    what: "a time without a zone",
    status: 422,
    body: { ...sale, occurredAt: "2026-11-23T10:15:00" },
    at: ["/occurredAt"],
  },
  {
    what: "a day that does not exist",
    status: 422,
    body: { ...sale, occurredAt: "2026-02-30T10:15:00Z" },
    at: ["/occurredAt"],
  },
  { what: "a time as a number", status: 422, body: { ...sale, occurredAt: 1795446900 }, at: ["/occurredAt"] },
  { what: "a line without a product", status: 422, body: { ...sale, lines: [{ quantity: 1 }] }, at: ["/lines/0"] },
  { what: "a product named twice", status: 422, body: withLine({ idType: "UPCA", idValue: "1" }), at: ["/lines/0"] },
  {
    what: "a product named by half",
    status: 422,
    body: { ...sale, lines: [{ idType: "UPCA", quantity: 1 }] },
    at: ["/lines/0"],
  },
  { what: "a sale without lines", status: 422, body: { ...sale, lines: [] }, at: ["/lines"] },
  { what: "an acknowledgement with lines", status: 422, body: { ...acknowledged, lines: [line] }, at: ["/lines"] },
  {
    what: "an acknowledgement of nothing",
    status: 422,
    body: { ...acknowledged, shipmentEventId: undefined },
    at: ["/shipmentEventId"],
  },
  { what: "an id with two contents", status: 422, body: [sale, withLine({ quantity: 3 })], at: ["/1/eventId"] },
];

const invalidOthers: Row[] = [
  {
    what: "HotWax's call without its facility",
    status: 422,
    path: hotwaxPath,
    body: { ...hotwax, facilityId: undefined },
    at: ["/facilityId"],
  },
  {
    what: "HotWax's call with a change of 0",
    status: 422,
    path: hotwaxPath,
    body: { ...hotwax, availableDelta: 0 },
    at: ["/availableDelta"],
  },
  { what: "HotWax's call as a list", status: 422, path: hotwaxPath, body: [hotwax], at: [""] },
  {
    what: "HotWax's call with two ids",
    status: 422,
    path: hotwaxPath,
    body: { ...hotwax, eventId: "a" },
    headers: { "idempotency-key": "b" },
    at: [""],
  },
  {
    what: "HotWax's call with an unusable key",
    status: 422,
    path: hotwaxPath,
    body: hotwax,
    headers: { "idempotency-key": "x".repeat(129) },
    at: [""],
  },
  { what: "a Prism document without a sid", status: 422, path: prismPath, body: { ...prism, sid: "" }, at: ["/sid"] },
  {
    what: "the second of two Prism documents wrong",
    status: 422,
    path: prismPath,
    body: [prism, { ...prism, store_number: "" }],
    at: ["/1/items/0/store_number"],
  },
  {
    what: "one Prism sid with two contents",
    status: 422,
    path: prismPath,
    body: [prism, { ...prism, created_datetime: "2021-03-23T22:34:16.000+03:00" }],
    at: ["/1/eventId"],
  },
];

const scoped: Row[] = [
  {
    what: "a facility that is not the client's",
    status: 403,
    body: { ...sale, facilityId: "S009" },
    at: ["/facilityId"],
  },
  {
    what: "a type that is not the client's",
    status: 403,
    body: { ...acknowledged, facilityId: "S001" },
    at: ["/type"],
  },
  {
    what: "one foreign facility among many events",
    status: 403,
    body: [...many(3), { ...sale, eventId: "x", facilityId: "S009" }],
    at: ["/3/facilityId"],
  },
  {
    what: "HotWax's call by a client without adjustments",
    status: 403,
    path: hotwaxPath,
    body: hotwax,
    at: ["/availableDelta"],
  },
  {
    what: "a Prism return by a client of sales",
    status: 403,
    path: prismPath,
    body: {
      ...prism,
      store_number: "S001",
      items: [...prism.items, { item_pos: 2, item_type: 2, quantity: 1, alu: "HAT" }],
    },
    at: ["/items"],
  },
];

eachBackend("refusals", (backend) => {
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
