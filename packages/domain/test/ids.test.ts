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
    ...["3164", "115f", "1160", "ffa0", "2800", "034f", "fe0f", "e0100", "17b5", "180b", "16fe4", "1d159", "2064"].map(
      (code): [string, string] => [
        `the invisible character ${code}`,
        `S0${String.fromCodePoint(Number.parseInt(code, 16))}01`,
      ],
    ),
    ["a letter and its accent as two characters", "Gro\u0308ße"],
    ["a sign that NFC replaces by another", "1\u2126"],
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

  test.each(["SKU", "sku", "House Code", "erp/no.", "x".repeat(ID_LENGTH_MAX)])("%j may be sent", (spelt) => {
    expect(outsideIdType.parse(spelt)).toBe(spelt);
  });

  test.each([
    ["letters that grow when upper-cased", "ß".repeat(ID_LENGTH_MAX)],
    ["a letter that becomes another one", "ſku"],
    ["a blank at the end", "SKU "],
    ["letters of another script", "СКУ"],
    ["129 characters", "x".repeat(ID_LENGTH_MAX + 1)],
    ["nothing", ""],
  ])("%s may not be sent", (_, spelt) => {
    expect(outsideIdType.safeParse(spelt).success).toBe(false);
  });

  test("whatever may be sent is, in its one spelling, an id that may be sent too", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", "ß", " ", "-", "_", "ſ", "~", "Z"), maxLength: 140 }),
        (text) => {
          if (isIdType(text)) expect(isIdType(normalizeIdType(text))).toBe(true);
        },
      ),
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
