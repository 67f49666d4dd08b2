// Events on the wire: which are taken, what each fault is answered with, what the ledger reads of them, and when two
// sendings are the same event.
import {
  contentDigest,
  EVENT_LINES_MAX,
  fromWire,
  stockEvent,
  type WireEvent,
  wireEvent,
} from "@inventory-sync/domain";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const received = new Date("2026-11-23T15:15:02.500Z");
const sale = {
  eventId: "e-1",
  facilityId: "S001",
  type: "sale",
  occurredAt: "2026-11-23T10:15:00-05:00",
  lines: [{ sku: "TEE-RED-M", quantity: 2 }],
};
const acknowledged = {
  eventId: "a-1",
  facilityId: "S001",
  type: "shipment-acknowledged",
  shipmentEventId: "e-9",
  occurredAt: "2026-11-23T10:15:00Z",
};
const without = (name: keyof typeof sale) => Object.fromEntries(Object.entries(sale).filter(([key]) => key !== name));
const line = (given: Record<string, unknown>) => ({ ...sale, lines: [{ sku: "X", quantity: 1, ...given }] });

describe("an event on the wire is taken", () => {
  test.each<[string, unknown]>([
    ["a sale", sale],
    ["a sale with a reason", { ...sale, reason: "POS_SALE" }],
    ["a return", { ...sale, type: "return" }],
    ["a shipment", { ...sale, type: "shipment" }],
    ["an adjustment upwards", { ...sale, type: "adjustment" }],
    ["an adjustment downwards", { ...line({ quantity: -3 }), type: "adjustment" }],
    ["an acknowledgement", acknowledged],
    ["a product by type and value", line({ sku: undefined, idType: "UPCA", idValue: "012345678905" })],
    ["four decimals", line({ quantity: 0.0001 })],
    ["the largest quantity", line({ quantity: 9_999_999_999.9999 })],
    ["a time in UTC", { ...sale, occurredAt: "2026-11-23T15:15:00Z" }],
    ["a time with milliseconds", { ...sale, occurredAt: "2026-11-23T15:15:00.123Z" }],
    ["the first time that can be kept", { ...sale, occurredAt: "0001-01-01T00:00:00Z" }],
    ["a leap day", { ...sale, occurredAt: "2028-02-29T12:00:00Z" }],
    ["a time of years ago", { ...sale, occurredAt: "2016-01-01T00:00:00Z" }],
    ["as many lines as may be", { ...sale, lines: Array.from({ length: EVENT_LINES_MAX }, () => sale.lines[0]) }],
    ["one product on two lines", { ...sale, lines: [sale.lines[0], sale.lines[0]] }],
  ])("%s", (_, event) => {
    expect(wireEvent.safeParse(event)).toMatchObject({ success: true });
  });
});

describe("an event on the wire is refused, and the fault is named by its place", () => {
  test.each<[string, unknown, string]>([
    ["no id", without("eventId"), "eventId"],
    ["a number for an id", { ...sale, eventId: 592481256000133 }, "eventId"],
    ["an empty id", { ...sale, eventId: "" }, "eventId"],
    ["an id of a correction of ours", { ...sale, eventId: "reset-0b1c2d3e-0000-4000-8000-000000000001" }, "eventId"],
    ["an id of a revert of ours", { ...sale, eventId: "revert-0b1c2d3e-0000-4000-8000-000000000001" }, "eventId"],
    ["an id of a moved time of ours", { ...sale, eventId: "clock-e-1" }, "eventId"],
    ["the id of what is archived", { ...sale, eventId: "archive-opening" }, "eventId"],
    ["an id of 129 characters", { ...sale, eventId: "x".repeat(129) }, "eventId"],
    ["no facility", without("facilityId"), "facilityId"],
    ["a facility with a line feed", { ...sale, facilityId: "S\n1" }, "facilityId"],
    ["no type", without("type"), "type"],
    ["a type that is none", { ...sale, type: "Sale" }, "type"],
    ["a correction, which only we make", { ...sale, type: "correction" }, "type"],
    ["no time", without("occurredAt"), "occurredAt"],
    ["a time without a zone", { ...sale, occurredAt: "2026-11-23T10:15:00" }, "occurredAt"],
    ["a date alone", { ...sale, occurredAt: "2026-11-23" }, "occurredAt"],
    [
      "a time that its zone moves before the year 1",
      { ...sale, occurredAt: "0001-01-01T00:00:00+14:00" },
      "occurredAt",
    ],
    ["a time of the year 0", { ...sale, occurredAt: "0000-01-01T00:00:00Z" }, "occurredAt"],
    [
      "a time that its zone moves past the year 9999",
      { ...sale, occurredAt: "9999-12-31T23:59:59-01:00" },
      "occurredAt",
    ],
    ["a day that is none", { ...sale, occurredAt: "2026-02-30T10:15:00Z" }, "occurredAt"],
    ["an hour that is none", { ...sale, occurredAt: "2026-11-23T25:15:00Z" }, "occurredAt"],
    ["a number for a time", { ...sale, occurredAt: 1_795_443_300 }, "occurredAt"],
    ["no lines", without("lines"), "lines"],
    ["an empty list of lines", { ...sale, lines: [] }, "lines"],
    ["too many lines", { ...sale, lines: Array.from({ length: EVENT_LINES_MAX + 1 }, () => sale.lines[0]) }, "lines"],
    ["a sale of nothing", line({ quantity: 0 }), "lines.0.quantity"],
    ["a sale of less than nothing", line({ quantity: -1 }), "lines.0.quantity"],
    ["a return of less than nothing", { ...line({ quantity: -1 }), type: "return" }, "lines.0.quantity"],
    ["a shipment of nothing", { ...line({ quantity: 0 }), type: "shipment" }, "lines.0.quantity"],
    ["an adjustment by nothing", { ...line({ quantity: 0 }), type: "adjustment" }, "lines.0.quantity"],
    ["five decimals", line({ quantity: 0.00001 }), "lines.0.quantity"],
    ["a quantity of 10^10", line({ quantity: 1e10 }), "lines.0.quantity"],
    ["a quantity in quotes", line({ quantity: "1" }), "lines.0.quantity"],
    ["no product", line({ sku: undefined }), "lines.0"],
    ["half a product", line({ sku: undefined, idType: "UPCA" }), "lines.0"],
    ["a product named twice", line({ idType: "UPCA", idValue: "012345678905" }), "lines.0"],
    ["a field of a line that nobody knows", line({ price: 3 }), "lines.0"],
    ["a field that nobody knows", { ...sale, occuredAt: "2026-11-23T10:15:00Z" }, ""],
    ["a shipment named by a sale", { ...sale, shipmentEventId: "e-9" }, "shipmentEventId"],
    ["an acknowledgement of nothing", { ...acknowledged, shipmentEventId: undefined }, "shipmentEventId"],
    ["an acknowledgement with lines", { ...acknowledged, lines: sale.lines }, "lines"],
    ["a reason with a line feed", { ...sale, reason: "POS\nSALE" }, "reason"],
    ["a text", "sale", ""],
    ["null", null, ""],
    ["a list", [sale], ""],
  ])("%s", (_, event, place) => {
    const refused = wireEvent.safeParse(event);
    expect(refused.success).toBe(false);
    expect(refused.error?.issues.map(({ path }) => path.join("."))).toContain(place);
  });

  test("all of its faults at once", () => {
    const refused = wireEvent.safeParse({ ...sale, eventId: "", type: "gift", lines: [{ quantity: 1 }] });
    const places = refused.error?.issues.map(({ path }) => path.join("."));
    expect(places).toEqual(expect.arrayContaining(["eventId", "type", "lines.0"]));
  });

  test("an unknown field by its name", () => {
    const refused = wireEvent.safeParse({ ...sale, occuredAt: "2026-11-23T10:15:00Z" });
    expect(refused.error?.issues).toMatchObject([{ code: "unrecognized_keys", keys: ["occuredAt"] }]);
  });
});

describe("what the ledger reads of an event", () => {
  const read = (event: unknown) => fromWire(wireEvent.parse(event), received);

  test.each([
    ["sale", 2, "-2"],
    ["shipment", 2.5, "-2.5"],
    ["return", 2, "2"],
    ["adjustment", 2, "2"],
    ["adjustment", -2, "-2"],
  ])("a %s of %d asks for a change of %s", (type, quantity, change) => {
    expect(read({ ...line({ quantity }), type }).lines).toEqual([
      { line: 1, idType: "SKU", idValue: "X", quantity: change },
    ]);
  });

  test("lines are numbered as they stand, types of identification have one spelling, times are in UTC", () => {
    const lines = [sale.lines[0], { idType: "upc", idValue: "012345678905", quantity: 1 }];
    const event = read({ ...sale, lines, reason: "POS_SALE" });
    expect(event).toEqual({
      ...{ eventId: "e-1", facilityId: "S001", type: "sale", reason: "POS_SALE" },
      ...{ occurredAt: "2026-11-23T15:15:00.000Z", receivedAt: "2026-11-23T15:15:02.500Z" },
      lines: [
        { line: 1, idType: "SKU", idValue: "TEE-RED-M", quantity: "-2" },
        { line: 2, idType: "UPCA", idValue: "012345678905", quantity: "-1" },
      ],
    });
    expect(stockEvent.safeParse(event).success).toBe(true);
  });

  test("an acknowledgement has no lines and names its shipment", () => {
    expect(read(acknowledged)).toMatchObject({ type: "shipment-acknowledged", shipmentEventId: "e-9", lines: [] });
  });
});

describe("two sendings of one event id", () => {
  const wire = (event: unknown): WireEvent => wireEvent.parse(event);
  const digest = (event: unknown, at = received) => contentDigest(fromWire(wire(event), at));

  const anyEvent = fc.record({
    eventId: fc.constantFrom("e-1", "e-2"),
    facilityId: fc.constantFrom("S001", "S002"),
    type: fc.constantFrom("sale", "return", "adjustment", "shipment"),
    occurredAt: fc
      .date({ min: new Date("2026-01-01"), max: new Date("2026-12-31"), noInvalidDate: true })
      .map((date) => date.toISOString()),
    lines: fc.array(
      fc.record({
        idType: fc.constantFrom("SKU", "UPCA", "ALU"),
        idValue: fc.stringMatching(/^[A-Z0-9]{1,6}$/),
        quantity: fc.integer({ min: 1, max: 99_999 }).map((cents) => cents / 100),
      }),
      { minLength: 1, maxLength: 5 },
    ),
  });

  const shuffledKeys = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(shuffledKeys);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, each]) => [key, shuffledKeys(each)]),
    );
  };

  const inZone = (iso: string, offsetMinutes: number): string => {
    const local = new Date(Date.parse(iso) + offsetMinutes * 60_000).toISOString().slice(0, -1);
    const sign = offsetMinutes < 0 ? "-" : "+";
    const [hours, minutes] = [Math.trunc(Math.abs(offsetMinutes) / 60), Math.abs(offsetMinutes) % 60];
    return `${local}${sign}${String(hours).padStart(2, "0")}:${String(minutes).padStart(2, "0")}`;
  };

  test("agree whatever the order of their fields, the zone of their time, their reason and the time of receipt", () => {
    const offsets = fc.constantFrom(-720, -300, -210, 0, 60, 330, 345, 840);
    fc.assert(
      fc.property(anyEvent, offsets, (event, offset) => {
        const again = { ...event, occurredAt: inZone(event.occurredAt, offset), reason: "RESENT" };
        expect(digest(shuffledKeys(again), new Date("2027-01-01T00:00:00Z"))).toBe(digest(event));
      }),
    );
  });

  test("agree when a product is named by the short form and by the long one", () => {
    const long = { ...sale, lines: [{ idType: "sku", idValue: "TEE-RED-M", quantity: 2 }] };
    expect(digest(long)).toBe(digest(sale));
    const decimal = JSON.parse(JSON.stringify(sale).replace('"quantity":2', '"quantity":2.0'));
    expect(digest(decimal)).toBe(digest(sale));
  });

  test.each<[string, unknown]>([
    ["the facility", { ...sale, facilityId: "S002" }],
    ["the type", { ...sale, type: "shipment" }],
    ["the time", { ...sale, occurredAt: "2026-11-23T10:15:00.001-05:00" }],
    ["the quantity", { ...sale, lines: [{ sku: "TEE-RED-M", quantity: 2.0001 }] }],
    ["the product", { ...sale, lines: [{ sku: "TEE-RED-L", quantity: 2 }] }],
    ["the type of identification", { ...sale, lines: [{ idType: "ALU", idValue: "TEE-RED-M", quantity: 2 }] }],
    ["one line more", { ...sale, lines: [...sale.lines, { sku: "X", quantity: 1 }] }],
  ])("differ when %s does", (_, other) => {
    expect(digest(other)).not.toBe(digest(sale));
  });

  test("differ when their lines change places: a line's number is part of what it is known by", () => {
    const [first, second] = [
      { sku: "A", quantity: 1 },
      { sku: "B", quantity: 1 },
    ];
    expect(digest({ ...sale, lines: [first, second] })).not.toBe(digest({ ...sale, lines: [second, first] }));
  });

  test("differ when they acknowledge other shipments", () => {
    expect(digest({ ...acknowledged, shipmentEventId: "e-8" })).not.toBe(digest(acknowledged));
  });

  test("differ whenever anything that bears on stock differs", () => {
    fc.assert(
      fc.property(anyEvent, anyEvent, (one, other) => {
        const content = ({ eventId: _, ...rest }: typeof one) => JSON.stringify(rest);
        expect(digest(one) === digest(other)).toBe(content(one) === content(other));
      }),
    );
  });
});
