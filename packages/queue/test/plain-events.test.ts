// The short way to know a job takes what our producer writes, and nothing that the schema refuses.
import { fromWire, type WireEvent } from "@inventory-sync/domain";
import { describe, expect, it } from "vitest";
import { payloads } from "../src/catalog.ts";
import { plainEvents } from "../src/plain-events.ts";

const wire: WireEvent = {
  eventId: "1006-592481256000133060",
  facilityId: "S001",
  type: "sale",
  occurredAt: "2026-11-23T10:15:00-05:00",
  lines: [{ sku: "TEE-RED-M", quantity: 2.5 }],
  reason: "POS_SALE",
};
const at = new Date("2026-11-23T15:15:01Z");
const sale = fromWire(wire, at);
const acknowledgement = fromWire(
  {
    ...{ eventId: "ack-1", facilityId: "S001", type: "shipment-acknowledged" },
    ...{ occurredAt: "2026-11-23T15:15:00Z", shipmentEventId: "ship-1" },
  },
  at,
);
const job = (...events: unknown[]) => ({ events, client: "till" });
const [line] = sale.lines;

describe("a job of events, looked at", () => {
  it.each([
    ["one sale", job(sale)],
    ["a time that the source did not say", job({ ...sale, occurredAt: null })],
    ["several events of a facility", job(sale, { ...sale, eventId: "e-2" }, acknowledgement)],
  ])("is taken as it is: %s", (_, data) => {
    const travelled: unknown = JSON.parse(JSON.stringify(data));
    expect(plainEvents(travelled)).toEqual(payloads.events.parse(travelled));
  });

  it.each([
    ["nothing", {}],
    ["no events", job()],
    ["no client", { events: [sale] }],
    ["a field too many in an event", job({ ...sale, extra: 1 })],
    ["a field too many in a line", job({ ...sale, lines: [{ ...line, extra: 1 }] })],
    ["a number for an id", job({ ...sale, eventId: 5 })],
    ["an id with a control character", job({ ...sale, eventId: "a\u0000b" })],
    ["a type that is none", job({ ...sale, type: "gift" })],
    ["a day that is none", job({ ...sale, occurredAt: "2026-02-30T10:00:00.000Z" })],
    ["a time without a zone", job({ ...sale, receivedAt: "2026-02-20T10:00:00" })],
    ["a line numbered 0", job({ ...sale, lines: [{ ...line, line: 0 }] })],
    ["a quantity that is a number", job({ ...sale, lines: [{ ...line, quantity: 2 }] })],
    ["a line that is missing", job({ ...sale, lines: [null] })],
    ["a reason that is too long", job({ ...sale, reason: "x".repeat(257) })],
    ["events of several facilities", job(sale, { ...sale, facilityId: "S002" })],
    ["more events than a job may carry", job(...Array.from({ length: 51 }, () => sale))],
  ])("is left to the schema, which refuses it: %s", (_, data) => {
    expect(plainEvents(data)).toBeUndefined();
    expect(payloads.events.safeParse(data).success).toBe(false);
  });
});
