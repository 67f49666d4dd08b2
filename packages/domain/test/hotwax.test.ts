// HotWax Commerce's UpdateInventory call, as its own page shows it, becomes one signed adjustment.
import { describe, expect, it } from "vitest";
import { fromHotwax, hotwaxUpdate } from "../src/hotwax.ts";

const sample = {
  facilityId: "WH",
  availableDelta: -4,
  idType: "UPCA",
  idValue: "30065245099",
  locationSeqId: "TLTLTLLL01",
  varianceReasonId: "POS_SALE",
};
const given = { eventId: "till-4-17", receivedAt: new Date("2026-11-23T15:15:00Z") };

describe("HotWax's UpdateInventory call", () => {
  it("becomes an adjustment of one line, with its sign believed and its reason kept", () => {
    expect(fromHotwax(hotwaxUpdate.parse(sample), given)).toEqual({
      eventId: "till-4-17",
      facilityId: "WH",
      type: "adjustment",
      occurredAt: null,
      receivedAt: "2026-11-23T15:15:00.000Z",
      lines: [{ line: 1, idType: "UPCA", idValue: "30065245099", quantity: "-4" }],
      reason: "POS_SALE",
    });
  });

  it("reads a positive change as one that adds, whatever its reason is called", () => {
    const update = hotwaxUpdate.parse({ ...sample, availableDelta: 4 });
    expect(fromHotwax(update, given).lines[0]?.quantity).toBe("4");
  });

  it("takes a change that was sent as decimal text", () => {
    const update = hotwaxUpdate.parse({ ...sample, availableDelta: "-2.50" });
    expect(fromHotwax(update, given).lines[0]?.quantity).toBe("-2.5");
  });

  it.each([
    ["Shopify_Prod_ID", "SHOPIFY_PROD_ID"],
    ["sku", "SKU"],
  ])("knows the identification type %s as %s", (idType, known) => {
    expect(fromHotwax(hotwaxUpdate.parse({ ...sample, idType }), given).lines[0]?.idType).toBe(known);
  });

  it("does without location, reason and time, and takes a time with a zone", () => {
    const { locationSeqId: _, varianceReasonId: __, ...least } = sample;
    expect(fromHotwax(hotwaxUpdate.parse(least), given)).not.toHaveProperty("reason");
    const timed = hotwaxUpdate.parse({ ...least, occurredAt: "2026-11-23T10:15:00-05:00" });
    expect(fromHotwax(timed, given).occurredAt).toBe("2026-11-23T15:15:00.000Z");
  });

  it.each([
    ["no facility", { facilityId: undefined }],
    ["a change of 0", { availableDelta: 0 }],
    ["a change of 0 as text", { availableDelta: "0.0" }],
    ["a change with five decimals", { availableDelta: 0.00001 }],
    ["a change with an exponent", { availableDelta: "1e3" }],
    ["a change with blanks", { availableDelta: " 1" }],
    ["an id that lost its quotes", { idValue: 30065245099 }],
    ["a field that nobody knows", { quantity: 1 }],
    ["a reason with a character that nobody sees", { varianceReasonId: "POS_SALE\u200b" }],
    ["a time without a zone", { occurredAt: "2026-11-23T10:15:00" }],
  ])("refuses %s", (_what, change) => {
    expect(hotwaxUpdate.safeParse({ ...sample, ...change }).success).toBe(false);
  });
});
