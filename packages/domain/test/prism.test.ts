// Retail Pro Prism documents become events. The fixtures have the shape of documents that Prism's REST API gave.
import { describe, expect, it } from "vitest";
import { stockEvent } from "../src/events.ts";
import { fromPrism, type PrismSettings, prismItemFields } from "../src/prism.ts";

const byNumber: PrismSettings = { storeField: "number", itemFields: prismItemFields };
const byCode: PrismSettings = { storeField: "code", itemFields: prismItemFields };
const receivedAt = new Date("2021-03-22T20:00:00Z");

const line = {
  link: "/v1/rest/document/592481256000133060/item/592481279000169062",
  sid: "592481279000169062",
  item_pos: 1,
  item_type: 1,
  quantity: 1,
  price: 369,
  serial_number: "",
  user_discount_percent: "",
  alu: "SHOE",
  scan_upc: "1212",
  invn_sbs_item_sid: "535151649000156102",
  inventory_on_hand_quantity: -95,
  store_number: 1,
  fulfill_store_sid: "535145030000147005",
  fulfill_store_no: 1,
  fulfill_store_sbs_no: 1,
  kit_type: 0,
  returned_item_qty: "",
};
const document = {
  link: "/v1/rest/document/592481256000133060",
  sid: "592481256000133060",
  created_datetime: "2021-03-22T22:34:16.000+03:00",
  invoice_posted_date: "2021-03-22T22:35:57.000+03:00",
  document_number: 243,
  order_document_number: "",
  status: 4,
  is_held: false,
  receipt_type: 0,
  has_sale: true,
  has_return: false,
  store_number: 1,
  store_code: "ORD",
  origin_application: "RProPrismWeb",
  ref_sale_sid: "",
  items: [line],
};

const read = (change: object, settings = byNumber) => fromPrism({ ...document, ...change }, settings, receivedAt);
const readLine = (change: object, settings = byNumber) => read({ items: [{ ...line, ...change }] }, settings);
const onlyEvent = (reading: ReturnType<typeof read>) => {
  expect(reading.faults).toEqual([]);
  expect(reading.events).toHaveLength(1);
  return reading.events[0];
};
const pointers = (reading: ReturnType<typeof read>) => reading.faults.map(({ path }) => `/${path.join("/")}`);

describe("a Prism document", () => {
  it("becomes one event under its sid, with its lines taking away, at the time it was posted", () => {
    const event = onlyEvent(read({}));
    expect(event).toEqual({
      eventId: "592481256000133060",
      facilityId: "1",
      type: "sale",
      occurredAt: "2021-03-22T19:35:57.000Z",
      receivedAt: "2021-03-22T20:00:00.000Z",
      lines: [{ line: 1, idType: "ALU", idValue: "SHOE", quantity: "-1" }],
      reason: "PRISM_DOCUMENT",
    });
    expect(stockEvent.safeParse(event).success).toBe(true);
  });

  it("keeps every digit of a sid that came without quotes", () => {
    expect(onlyEvent(read({ sid: 592481256000133061n }))?.eventId).toBe("592481256000133061");
  });

  it("takes its time from its creation where it has no time of posting", () => {
    expect(onlyEvent(read({ invoice_posted_date: "" }))?.occurredAt).toBe("2021-03-22T19:34:16.000Z");
  });

  it("mixes sale and return lines in one event, each with its own sign", () => {
    const items = [line, { ...line, item_pos: 2, item_type: 2, quantity: 2.5, alu: "BELT" }];
    const event = onlyEvent(read({ items, has_return: true }));
    expect(event?.type).toBe("sale");
    expect(event?.lines.map(({ quantity }) => quantity)).toEqual(["-1", "2.5"]);
  });

  it("is a return when all its lines are, whatever its header says", () => {
    const event = onlyEvent(readLine({ item_type: 2, quantity: 3 }));
    expect(event).toMatchObject({ type: "return", lines: [{ quantity: "3" }] });
  });

  it("becomes one event for each facility whose stock it changes", () => {
    const items = [line, { ...line, item_pos: 2, fulfill_store_no: 7 }, { ...line, item_pos: 3, fulfill_store_no: "" }];
    const { events } = read({ items });
    expect(events.map(({ eventId, facilityId, lines }) => [eventId, facilityId, lines.map((one) => one.line)])).toEqual(
      [
        ["592481256000133060", "1", [1, 3]],
        ["592481256000133060", "7", [2]],
      ],
    );
  });
});

describe("what a Prism document leaves out", () => {
  it.each([
    ["is not completed", { status: 3 }, /status is 3/],
    ["is held", { is_held: true }, /held/],
    ["is held, in an older version's spelling", { is_held: 1 }, /held/],
    ["is an order", { receipt_type: 2 }, /receipt_type is 2/],
    ["has no lines", { items: [] }, /no line/],
  ])("ignores a document that %s, and says so", (_what, change, reason) => {
    const reading = read(change);
    expect([reading.faults, reading.events]).toEqual([[], []]);
    expect(reading.ignored).toMatchObject([{ reason: expect.stringMatching(reason) }]);
  });

  it("does not look at the lines of a document that it ignores", () => {
    expect(read({ status: 3, items: "" }).faults).toEqual([]);
  });

  it.each([
    ["order lines", { item_type: 3 }, /item_type is 3/],
    ["lines of items that are not kept in inventory", { non_inventory: true }, /non_inventory/],
    ["lines without a quantity", { quantity: 0 }, /quantity is 0/],
  ])("ignores %s and names their position", (_what, change, reason) => {
    const reading = read({ items: [line, { ...line, item_pos: 2, ...change }] });
    expect(onlyEvent(reading)?.lines).toHaveLength(1);
    expect(reading.ignored).toMatchObject([{ item_pos: 2, reason: expect.stringMatching(reason) }]);
  });

  it.each<[string, object, string]>([
    ["a type of line that is not known", { item_type: 5 }, "UNKNOWN_ITEM_TYPE"],
    ["an order's line", { item_type: 3 }, "ORDER_LINE"],
    ["a package", { kit_type: 2 }, "PACKAGE"],
    ["a package by its inventory type", { inventory_item_type: "2", kit_type: "" }, "PACKAGE"],
    ["a gift card by its inventory type", { inventory_item_type: 3 }, "GIFT_CARD"],
    ["a gift card that is charged", { gift_add_value: true }, "GIFT_CARD"],
    ["a gift card that is activated", { gift_activation_code: "4711" }, "GIFT_CARD"],
  ])("names %s by a code of its own", (_what, change, code) => {
    const reading = read({ items: [line, { ...line, item_pos: 2, ...change }] });
    expect(onlyEvent(reading)?.lines).toHaveLength(1);
    expect(reading.ignored).toMatchObject([{ item_pos: 2, code }]);
  });

  it("is nothing of a line whose gift fields are empty", () => {
    const empty = { gift_add_value: false, gift_activation_code: "", gift_transaction_id: "0", inventory_item_type: 0 };
    expect(onlyEvent(readLine(empty))?.lines).toHaveLength(1);
  });
});

describe("a package and a kit in a Prism document", () => {
  const header = { ...line, sid: "901", alu: "SUIT", invn_sbs_item_sid: "501" };
  const jacket = { ...line, item_pos: 2, alu: "JACKET", package_item_sid: "501" };
  const trousers = { ...line, item_pos: 3, alu: "TROUSERS", package_item_sid: "901" };
  const counted = (kind: object) => {
    const reading = read({ items: [{ ...header, ...kind }, jacket, trousers] });
    return { products: onlyEvent(reading)?.lines.map(({ idValue }) => idValue), reading };
  };

  it("the components of a package count, itself it does not", () => {
    const { products, reading } = counted({ kit_type: 2 });
    expect(products).toEqual(["JACKET", "TROUSERS"]);
    expect(reading.ignored).toMatchObject([{ item_pos: 1, code: "PACKAGE" }]);
  });

  it("a kit counts itself, its parts do not", () => {
    const { products, reading } = counted({ kit_type: 1 });
    expect(products).toEqual(["SUIT"]);
    expect(reading.ignored).toMatchObject([
      { item_pos: 2, code: "KIT_PART" },
      { item_pos: 3, code: "KIT_PART" },
    ]);
  });

  it("a kind that is not known counts as an ordinary item, and is named", () => {
    const { products, reading } = counted({ kit_type: 9 });
    expect(products).toEqual(["SUIT", "JACKET", "TROUSERS"]);
    expect([reading.ignored, reading.odd]).toMatchObject([[], [{ item_pos: 1, code: "UNKNOWN_ITEM_KIND" }]]);
  });

  it("a component whose package stands on no line counts", () => {
    expect(onlyEvent(read({ items: [jacket] }))?.lines).toHaveLength(1);
  });
});

describe("the product of a Prism line", () => {
  it.each([
    ["its ALU", {}, "ALU", "SHOE"],
    ["its UPC where the ALU is empty", { alu: "" }, "UPCA", "1212"],
    ["its sid where both are empty", { alu: "", scan_upc: "" }, "PRISM_SID", "535151649000156102"],
    [
      "its sid without quotes",
      { alu: null, scan_upc: undefined, invn_sbs_item_sid: 535151649000156103n },
      "PRISM_SID",
      "535151649000156103",
    ],
  ])("is %s", (_what, change, idType, idValue) => {
    expect(onlyEvent(readLine(change))?.lines[0]).toMatchObject({ idType, idValue });
  });

  it("follows the configured order", () => {
    const settings: PrismSettings = { storeField: "number", itemFields: ["invn_sbs_item_sid", "alu"] };
    expect(onlyEvent(readLine({}, settings))?.lines[0]?.idType).toBe("PRISM_SID");
  });

  it("is not taken from a field that is not configured", () => {
    expect(pointers(readLine({ alu: "" }, { storeField: "number", itemFields: ["alu"] }))).toEqual(["/items/0"]);
  });
});

describe("the facility of a Prism line", () => {
  it.each([
    ["the fulfilling store", { fulfill_store_no: 7 }, byNumber, "7"],
    ["the line's selling store", { fulfill_store_no: "", store_number: 3 }, byNumber, "3"],
    ["the document's store", { fulfill_store_no: "", store_number: "" }, byNumber, "1"],
    ["the document's code when it fulfils itself", {}, byCode, "ORD"],
    ["the fulfilling store's code", { fulfill_store_no: 7, fulfill_store_code: "DUS" }, byCode, "DUS"],
  ])("is %s", (_what, change, settings, facilityId) => {
    expect(onlyEvent(readLine(change, settings))?.facilityId).toBe(facilityId);
  });

  const named = (storeField: PrismSettings["storeField"]): PrismSettings => ({ ...byNumber, storeField });
  it.each<[string, object, PrismSettings["storeField"], string]>([
    ["Prism's own id of the fulfilling store", {}, "uid", "535145030000147005"],
    [
      "Prism's own id of the selling store",
      { fulfill_store_sid: "", store_uid: "535145030000147001" },
      "uid",
      "535145030000147001",
    ],
    ["its number behind its subsidiary's", {}, "subsidiary+number", "1-1"],
    [
      "another store's number behind its subsidiary's",
      { fulfill_store_no: 7, fulfill_store_sbs_no: 2 },
      "subsidiary+number",
      "2-7",
    ],
    [
      "the selling store's behind the document's",
      { fulfill_store_no: "", fulfill_store_sbs_no: "", subsidiary_number: 3 },
      "subsidiary+number",
      "3-1",
    ],
    ["its code behind its subsidiary's", { store_code: "ORD" }, "subsidiary+code", "1-ORD"],
  ])("by the setting is %s", (_what, change, storeField, facilityId) => {
    expect(onlyEvent(readLine(change, named(storeField)))?.facilityId).toBe(facilityId);
  });

  it.each<[string, object, PrismSettings["storeField"], string]>([
    [
      "another store's subsidiary",
      { fulfill_store_no: 7, fulfill_store_sbs_no: "" },
      "subsidiary+number",
      "/items/0/fulfill_store_sbs_no",
    ],
    ["the subsidiary", { fulfill_store_sbs_no: "" }, "subsidiary+number", "/items/0/subsidiary_number"],
    ["Prism's own id", { fulfill_store_sid: "" }, "uid", "/items/0/store_uid"],
    [
      "the code of a store of another subsidiary",
      { fulfill_store_sbs_no: 2, subsidiary_number: 1 },
      "code",
      "/items/0/fulfill_store_code",
    ],
  ])("is not guessed where what is missing is %s", (_what, change, storeField, pointer) => {
    expect(pointers(readLine(change, named(storeField)))).toEqual([pointer]);
  });

  it("comes with its subsidiary, so that two of them under one name can be noticed", () => {
    const items = [line, { ...line, item_pos: 2, fulfill_store_sbs_no: 2 }];
    expect(read({ items }).subsidiaries).toEqual([
      { facilityId: "1", subsidiary: "1" },
      { facilityId: "1", subsidiary: "2" },
    ]);
  });

  it("is not guessed when stores go by code and another store fulfils by number only", () => {
    expect(pointers(readLine({ fulfill_store_no: 7 }, byCode))).toEqual(["/items/0/fulfill_store_code"]);
  });
});

describe("a Prism document that cannot be understood", () => {
  it.each<[string, object, string]>([
    ["without a sid", { sid: "" }, "/sid"],
    ["with a sid that was rounded", { sid: Number("592481256000133060") }, "/sid"],
    ["without a status", { status: "" }, "/status"],
    ["without a receipt type", { receipt_type: undefined }, "/receipt_type"],
    ["without lines", { items: undefined }, "/items"],
    ["with lines that are only links", { items: [{ link: "/v1/rest/document/1/item/2" }] }, "/items/0"],
    ["with a line that is no object", { items: [1] }, "/items/0"],
    [
      "without a store",
      { store_number: "", items: [{ ...line, store_number: "", fulfill_store_no: "" }] },
      "/items/0/store_number",
    ],
    [
      "with a line without a product",
      { items: [{ ...line, alu: "", scan_upc: "", invn_sbs_item_sid: "" }] },
      "/items/0",
    ],
    ["with a product id that is not printable", { items: [{ ...line, alu: "SH\u0000OE" }] }, "/items/0/alu"],
    ["with a line without a position", { items: [{ ...line, item_pos: "" }] }, "/items/0/item_pos"],
    ["with one position twice", { items: [line, { ...line, alu: "BELT" }] }, "/items/1/item_pos"],
    ["with a line without an item type", { items: [{ ...line, item_type: "" }] }, "/items/0/item_type"],
    ["with an empty quantity", { items: [{ ...line, quantity: "" }] }, "/items/0/quantity"],
    ["with a negative quantity", { items: [{ ...line, quantity: -1 }] }, "/items/0/quantity"],
    ["with five decimals", { items: [{ ...line, quantity: 1.00001 }] }, "/items/0/quantity"],
    ["with a time that has no zone", { invoice_posted_date: "2021-03-22T22:35:57" }, "/invoice_posted_date"],
    ["without any time", { invoice_posted_date: "", created_datetime: "" }, "/created_datetime"],
    [
      "with more lines for one facility than an event may have",
      { items: Array.from({ length: 501 }, (_, index) => ({ ...line, item_pos: index + 1 })) },
      "/items",
    ],
  ])("is refused %s, at the place of the fault", (_what, change, pointer) => {
    const reading = read(change);
    expect(pointers(reading)).toEqual([pointer]);
    expect(reading.events).toEqual([]);
  });

  it("is refused with the way out when it has the names of Prism's other interface", () => {
    const other = { sid: "592481256000133060", docno: 243, receipttype: 0, status: 4, items: [] };
    expect(fromPrism(other, byNumber, receivedAt).faults).toMatchObject([
      { path: ["receipttype"], message: expect.stringContaining("/v1/rest/document") },
    ]);
  });

  it("names all its faults at once", () => {
    const items = [
      { ...line, quantity: "two" },
      { ...line, item_pos: 2, alu: "", scan_upc: "", invn_sbs_item_sid: "" },
    ];
    expect(pointers(read({ items, created_datetime: "yesterday", invoice_posted_date: "" }))).toEqual([
      "/items/0/quantity",
      "/items/1",
      "/created_datetime",
    ]);
  });

  it.each([null, 1, "text", [document]])("is refused when it is no object: %j", (value) => {
    expect(fromPrism(value, byNumber, receivedAt).faults).toHaveLength(1);
  });
});
