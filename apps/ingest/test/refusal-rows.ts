// The requests that ingest must refuse, as tables: what is wrong with each, and what the answer must name.

const line = { sku: "TEE-RED-M", quantity: 2 };
export const sale = {
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

export type Row = {
  what: string;
  status: number;
  body: unknown;
  path?: string;
  headers?: Record<string, string>;
  /** The pointers of the faults, when the row is about them. */
  at?: string[];
};

export const ndjson = { "content-type": "application/x-ndjson" };
const hotwaxPath = "/api/service/updateInventoryByIdentification";
const prismPath = "/v1/prism/documents";

export const notJson: Row[] = [
  { what: "an empty body", status: 400, body: "" },
  { what: "a body cut short", status: 400, body: JSON.stringify(sale).slice(0, -5) },
  { what: "text after the JSON", status: 400, body: `${JSON.stringify(sale)}x` },
  { what: "single quotes", status: 400, body: "{'eventId':'e-1'}" },
  { what: "NaN as a quantity", status: 400, body: text(sale, '"quantity":2', '"quantity":NaN') },
  { what: "bytes that are no UTF-8", status: 400, body: Buffer.from([0x22, 0xff, 0xfe, 0x22]) },
  { what: "a broken line of NDJSON", status: 400, body: `${JSON.stringify(sale)}\n{"eventId":\n`, headers: ndjson },
  { what: "an array a thousand deep", status: 400, body: "[".repeat(1_000) + "]".repeat(1_000) },
];

export const unauthorized: Row[] = [
  { what: "no key", status: 401, body: sale, headers: { authorization: "" } },
  { what: "a wrong key", status: 401, body: sale, headers: { authorization: "Bearer isk_nobody" } },
  { what: "another scheme", status: 401, body: sale, headers: { authorization: "Basic YTpi" } },
  { what: "no key and no JSON", status: 401, body: "{", headers: { authorization: "" } },
  { what: "HotWax's call without a key", status: 401, path: hotwaxPath, body: hotwax, headers: { authorization: "" } },
  { what: "a Prism document without a key", status: 401, path: prismPath, body: prism, headers: { authorization: "" } },
];

export const unsupported: Row[] = [
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

export const tooLarge: Row[] = [
  { what: "a body over 1 MiB", status: 413, body: `[${" ".repeat(oneMebibyte)}]` },
  { what: "a body of 20 MiB", status: 413, body: " ".repeat(20 * oneMebibyte) },
  { what: "1,001 events", status: 422, body: many(1_001), at: [""] },
  { what: "501 lines", status: 422, body: { ...sale, lines: Array(501).fill(line) }, at: ["/lines"] },
];

export const invalidEvents: Row[] = [
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
  {
    what: "half a character in a name",
    status: 422,
    body: text(sale, '"quantity"', '"\\ud83dx":1,"quantity"'),
    at: ["/lines/0/\ud83dx"],
  },
  {
    what: "a key with a NUL",
    status: 422,
    body: text(sale, '"quantity"', '"a\\u0000b":1,"quantity"'),
    at: ["/lines/0/a\u0000b"],
  },
  {
    what: "65 signs of two halves each in an id",
    status: 422,
    body: { ...sale, eventId: "\u{1f455}".repeat(65) },
    at: ["/eventId"],
  },
  { what: "a mark that turns the text around", status: 422, body: { ...sale, eventId: "e\u202e1" }, at: ["/eventId"] },
  { what: "a sign without a width", status: 422, body: { ...sale, facilityId: "S\u200b001" }, at: ["/facilityId"] },
  { what: "a sign that is not one", status: 422, body: { ...sale, facilityId: "S\uffff" }, at: ["/facilityId"] },
  {
    what: "marks piled upon a letter",
    status: 422,
    body: { ...sale, facilityId: `S${"\u0301".repeat(128)}` },
    at: ["/facilityId"],
  },
  {
    what: "a long reason of wide signs",
    status: 422,
    body: { ...sale, reason: "\u{1f455}".repeat(5_000) },
    at: ["/reason"],
  },
  {
    what: "a prototype in a line",
    status: 422,
    body: text(sale, '"quantity"', '"__proto__":{},"quantity"'),
    at: ["/lines/0/__proto__"],
  },
  {
    what: "a constructor in a line",
    status: 422,
    body: withLine({ constructor: { prototype: {} } }),
    at: ["/lines/0/constructor"],
  },
  { what: "objects 33 deep", status: 400, body: text(sale, '"S001"', `${'{"a":'.repeat(33)}1${"}".repeat(33)}`) },
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

export const invalidOthers: Row[] = [
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
    what: "a document of Prism's other interface",
    status: 422,
    path: prismPath,
    body: { data: [{ sid: "592481256000133060", docno: 7, receipttype: 0, status: 4 }] },
    at: ["/data/0/receipttype"],
  },
  {
    what: "one Prism sid with two contents",
    status: 422,
    path: prismPath,
    body: [prism, { ...prism, items: [{ item_pos: 1, item_type: 1, quantity: 2, alu: "SHOE" }] }],
    at: ["/1/eventId"],
  },
];

export const scoped: Row[] = [
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
