// Quantities: which texts and numbers are taken, in which one spelling they go on, and that nothing is rounded on the way.
import { negate, quantityFromNumber, quantityFromText } from "@inventory-sync/domain";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const largest = "9999999999.9999";

describe("a quantity as text", () => {
  test.each([
    ["0", "0"],
    ["12", "12"],
    ["+12", "12"],
    ["-12", "-12"],
    ["007", "7"],
    ["000000000000012", "12"],
    ["-3.50", "-3.5"],
    ["+0.1", "0.1"],
    ["0.0001", "0.0001"],
    ["1.23450000000", "1.2345"],
    ["5.0", "5"],
    ["-0", "0"],
    ["-0.0000", "0"],
    [largest, largest],
    [`-${largest}`, `-${largest}`],
  ])("%j is taken as %j", (text, canonical) => {
    expect(quantityFromText(text)).toBe(canonical);
  });

  test.each([
    ...["", " ", " 1", "1 ", "1\n", "+", "-", "--1", "+-1", "1-"],
    ...[".5", "5.", ".", "1.2.3", "1,5", "1,000", "1 000", "1_000", "1'000"],
    ...["1e3", "1E+3", "0x10", "NaN", "Infinity", "-Infinity", "null", "١٢", "１２", "½", "1€"],
    `1.${"0".repeat(39)}`,
    ...["0.00001", "1.23456", "10000000000", "-10000000000", "10000000000.0", "99999999999999999999"],
  ])("%j is refused", (text) => {
    expect(quantityFromText(text)).toBeUndefined();
  });
});

test.each([
  ["zeros that end in a 1", `0.${"0".repeat(1_000_000)}1`],
  ["zeros in front", `${"0".repeat(1_000_000)}1`],
  ["digits", "9".repeat(1_000_000)],
  ["signs", "-".repeat(1_000_000)],
])("a text of a million %s is refused without being looked at", (_, text) => {
  const startedAtMs = performance.now();
  for (let times = 0; times < 1_000; times++) expect(quantityFromText(text)).toBeUndefined();
  expect(performance.now() - startedAtMs).toBeLessThan(2_000);
});

describe("a quantity as a JSON number", () => {
  test.each([
    [0, "0"],
    [-0, "0"],
    [3, "3"],
    [-3, "-3"],
    [0.1, "0.1"],
    [-2.5, "-2.5"],
    [1.0001, "1.0001"],
    [1e3, "1000"],
    [9_999_999_999.9999, largest],
    [-9_999_999_999.9999, `-${largest}`],
  ])("%d is taken as %j", (number, canonical) => {
    expect(quantityFromNumber(number)).toBe(canonical);
  });

  test.each([
    ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    ...[1e10, -1e10, 1e21, Number.MAX_SAFE_INTEGER],
    ...[0.00001, 1e-7, 0.1 + 0.2, 1.00005, Number.MIN_VALUE],
  ])("%d is refused", (number) => {
    expect(quantityFromNumber(number)).toBeUndefined();
  });
});

/** Every quantity there is, as a whole number of ten-thousandths: an arithmetic of its own to hold the code against. */
const tenThousandths = fc.bigInt({ min: -(10n ** 14n) + 1n, max: 10n ** 14n - 1n });

function written(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString().padStart(5, "0");
  const fraction = digits.slice(-4).replace(/0+$/, "");
  return `${value < 0n ? "-" : ""}${digits.slice(0, -4)}${fraction === "" ? "" : `.${fraction}`}`;
}

describe("whatever the quantity", () => {
  test("its canonical text is read as itself, and so is the number it stands for", () => {
    fc.assert(
      fc.property(tenThousandths, (value) => {
        const text = written(value);
        expect(quantityFromText(text)).toBe(text);
        expect(quantityFromNumber(Number(text))).toBe(text);
        expect(quantityFromNumber(JSON.parse(JSON.stringify(Number(text))))).toBe(text);
      }),
    );
  });

  test("a sign, leading zeros and trailing zeros are spelling, not content", () => {
    const zeros = fc.integer({ min: 0, max: 6 }).map((count) => "0".repeat(count));
    fc.assert(
      fc.property(tenThousandths, zeros, zeros, (value, before, after) => {
        const text = written(value);
        const [, minus = "", whole = "", fraction = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
        const sign = minus === "" ? "+" : "-";
        const decimals = `${fraction}${after}` === "" ? "" : `.${fraction}${after}`;
        expect(quantityFromText(`${sign}${before}${whole}${decimals}`)).toBe(text);
      }),
    );
  });

  test("a text is refused exactly when it reaches 10^10 or has more than 4 decimals that count", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 12n }), fc.stringMatching(/^\d{0,7}$/), (whole, fraction) => {
        const text = fraction === "" ? String(whole) : `${whole}.${fraction}`;
        const fits = whole < 10n ** 10n && fraction.replace(/0+$/, "").length <= 4;
        expect(quantityFromText(text) !== undefined).toBe(fits);
      }),
    );
  });

  test("the opposite of the opposite is the quantity, and zero has no sign", () => {
    fc.assert(
      fc.property(tenThousandths, (value) => {
        const text = written(value);
        expect(negate(text)).toBe(written(-value));
        expect(negate(negate(text))).toBe(text);
      }),
    );
    expect(negate("0")).toBe("0");
  });
});
