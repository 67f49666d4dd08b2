// Ids from outside: which are taken, and that one kind of identification has one name however it is spelt.
import {
  ID_LENGTH_MAX,
  isIdType,
  isKeptId,
  isOutsideId,
  isPrintable,
  keptId,
  normalizeIdType,
  outsideId,
  outsideIdType,
} from "@inventory-sync/domain";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

describe("an id from outside", () => {
  test.each([
    ...[
      "S001",
      "1006-592481256000133060",
      "TEE RED/M",
      "Größe ½",
      "織物-1",
      "👕",
      "a",
      "0",
      "__proto__",
      "'; drop table level",
    ],
    "x".repeat(ID_LENGTH_MAX),
  ])("%j is taken as it is", (id) => {
    expect(isOutsideId(id)).toBe(true);
    expect(outsideId.parse(id)).toBe(id);
  });

  test.each([
    ["nothing", ""],
    ["only blanks", "   "],
    ["a blank in front", " S001"],
    ["a blank at the end", "S001 "],
    ["a line feed", "S0\n01"],
    ["a line feed at the end", "S001\n"],
    ["a tab", "S0\t01"],
    ["a zero byte", "S0\u000001"],
    ["an escape", "S0\u001b[31m"],
    ["a byte order mark", "\ufeffS001"],
    ["a zero-width blank", "S0\u200b01"],
    ["a mark that turns the direction of writing", "S0\u202e01"],
    ["a line separator", "S0\u202801"],
    ["half a character", "S0\ud83d"],
    ["a private character", "S0\ue000"],
    ["129 characters", "x".repeat(ID_LENGTH_MAX + 1)],
    ["a Hangul filler", "S001\u3164"],
    ["a Hangul filler at the start of a syllable", "S0\u115f01"],
    ["a half-width filler", "S001\uffa0"],
    ["Braille's blank", "S0\u280001"],
    ["a grapheme joiner", "S0\u034f01"],
    ["a variation selector", "S001\ufe0f"],
    ["a variation selector beyond the basic plane", "S001\u{e0100}"],
    ["a Khmer vowel that is not printed", "S0\u17b501"],
    ["a Mongolian vowel separator", "S0\u180b01"],
    ["an accent beside its letter", "Gr\u006f\u0308sse"],
  ])("%s is refused", (_, id) => {
    expect(isOutsideId(id)).toBe(false);
    expect(outsideId.safeParse(id).success).toBe(false);
  });

  test("of an earlier version is still applied and found, though it is taken no more", () => {
    for (const id of ["S001\u3164", "Gr\u006f\u0308sse"]) {
      expect([isKeptId(id), isOutsideId(id)]).toEqual([true, false]);
      expect(keptId.parse(id)).toBe(id);
    }
  });

  test("a number is refused with the reason: it may have lost digits before it came", () => {
    const refused = outsideId.safeParse(Number("592481256000133060"));
    expect(refused.error?.issues[0]?.message).toContain("in quotes");
  });

  test("whatever is taken has nothing in it that is not printed", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 140 }), (text) => {
        if (!isOutsideId(text)) return;
        expect(isPrintable(text)).toBe(true);
        expect(text.trim()).toBe(text);
        expect(text.length).toBeGreaterThan(0);
        expect(text.length).toBeLessThanOrEqual(ID_LENGTH_MAX);
      }),
    );
  });
});

describe("a type of identification", () => {
  test.each([
    ["SKU", "SKU"],
    ["sku", "SKU"],
    [" Sku ", "SKU"],
    ["upc", "UPCA"],
    ["UPCA", "UPCA"],
    ["ean", "EAN"],
    ["alu", "ALU"],
    ["SHOPIFY_PROD_ID", "SHOPIFY_PROD_ID"],
    ["Shopify Product Id", "SHOPIFY_PROD_ID"],
    ["shopifyProductId", "SHOPIFY_PROD_ID"],
    ["shopify-prod-id", "SHOPIFY_PROD_ID"],
    ["house code", "HOUSE_CODE"],
    ["House-Code", "HOUSE_CODE"],
    ["PRISM_SID", "PRISM_SID"],
    ["\u017fku", "\u017fKU"],
  ])("%j is %j", (spelt, type) => {
    expect(normalizeIdType(spelt)).toBe(type);
  });

  test.each(["\u017fku", "größe", "ß".repeat(128), "SKU\u3164"])("%j is not taken from outside", (idType) => {
    expect(outsideIdType.safeParse(idType).success).toBe(false);
  });

  test("that is taken is as long in the ledger as it was sent, and found under its own address", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 140 }), (text) => {
        if (!outsideIdType.safeParse(text).success) return;
        expect(isIdType(normalizeIdType(text))).toBe(true);
        expect(normalizeIdType(text).length).toBeLessThanOrEqual(Math.max(text.length, "SHOPIFY_PROD_ID".length));
      }),
    );
  });

  test("its one spelling is its own spelling", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), (text) => {
        const once = normalizeIdType(text);
        expect(normalizeIdType(once)).toBe(once);
      }),
    );
  });
});
