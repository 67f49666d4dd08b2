// Rows and headers as real exporters write them: what each is read as, with a mapping and without.
import { expect, test } from "vitest";
import {
  countsNothing,
  createRowReader,
  doubtsOf,
  FileRefused,
  mapColumns,
  mapHeader,
  namelessRows,
  nearMisses,
  noFacility,
  noProduct,
  PLAIN_MAPPING,
  PointsInQuantities,
  readMapping,
  type SnapshotMappingInput,
  signDoubt,
} from "../src/index.ts";

const NOW_MS = Date.parse("2026-11-23T10:00:00Z");

function read(header: string, row: string, mapping: SnapshotMappingInput = {}) {
  const given = readMapping(mapping);
  if ("faults" in given) throw new Error(given.faults.join("; "));
  const columns = mapColumns(header.split("|"), given.mapping);
  return createRowReader(columns, NOW_MS)(row.split("|"));
}

const good = (facilityId: string, idType: string, idValue: string, quantity: string) =>
  expect.objectContaining({ facilityId, idType, idValue, quantity });
const bad = (code: string, says = "") => expect.objectContaining({ code, reason: expect.stringContaining(says) });

const PLAIN = "store|sku|qty";
const SIGNED = { columns: { sign: "sign" } };
const numbered = { facility: 1, idType: { value: "ALU" }, idValue: 2, quantity: 3 } as const;

test.each<[string, string, string, SnapshotMappingInput, unknown]>([
  ["a formula that keeps zeros", PLAIN, 'S1|="00123"|5', {}, good("S1", "SKU", "00123", "5")],
  ["an empty cell too many", PLAIN, "S1|TEE|5| ", {}, good("S1", "SKU", "TEE", "5")],
  ["a cell too many that says something", PLAIN, "S1|TEE|5|x", {}, bad("WRONG_COLUMN_COUNT", "4 instead of 3")],
  ["a column without a name that the rows do not have", `${PLAIN}|`, "S1|TEE|5", {}, good("S1", "SKU", "TEE", "5")],
  ["a row cut short", PLAIN, "S1|TEE", {}, bad("WRONG_COLUMN_COUNT", "2 instead of 3")],
  ["a sign of plus", `${PLAIN}|sign`, "S1|TEE|12|P", SIGNED, good("S1", "SKU", "TEE", "12")],
  ["a sign of minus", `${PLAIN}|sign`, "S1|CAP|3|N", SIGNED, good("S1", "SKU", "CAP", "-3")],
  [
    "a sign of minus beside a quantity that has it",
    `${PLAIN}|sign`,
    "S1|CAP|-3|N",
    SIGNED,
    good("S1", "SKU", "CAP", "-3"),
  ],
  ["a sign of minus beside nothing on hand", `${PLAIN}|sign`, "S1|CAP|0|-", SIGNED, good("S1", "SKU", "CAP", "0")],
  [
    "a sign of plus that the quantity contradicts",
    `${PLAIN}|sign`,
    "S1|CAP|-3|P",
    SIGNED,
    bad("BAD_QUANTITY", "sign P"),
  ],
  ["a sign that is none", `${PLAIN}|sign`, "S1|CAP|3|X", SIGNED, bad("BAD_QUANTITY", "sign X")],
  ["a comma before the decimals", PLAIN, "S1|TEE|1.234,50", { decimal: "," }, good("S1", "SKU", "TEE", "1234.5")],
  ["a point between thousands", PLAIN, "S1|TEE|-1.200", { decimal: "," }, good("S1", "SKU", "TEE", "-1200")],
  ["a point that is neither", PLAIN, "S1|TEE|1.5", { decimal: "," }, bad("BAD_QUANTITY", "1.5")],
  ["a comma that nobody spoke of", PLAIN, "S1|TEE|10,00", {}, bad("BAD_QUANTITY", '"decimal": ","')],
  ["a blank that breaks no line", PLAIN, "S\u00a01|TEE\u202fM|5\u00a0", {}, good("S 1", "SKU", "TEE M", "5")],
  ["columns by number", "a|b|c", "S1|A1|4", { columns: numbered }, good("S1", "ALU", "A1", "4")],
  [
    "a column by name, the rest by the header",
    "store|sku|Bestand|qty",
    "S1|A1|4|9",
    { columns: { quantity: "bestand" } },
    good("S1", "SKU", "A1", "4"),
  ],
  [
    "one of several ids",
    "store|sku|upc|qty",
    "S1|A1|123456789012|4",
    { columns: { idType: { value: "UPCA" }, idValue: "upc" } },
    good("S1", "UPCA", "123456789012", "4"),
  ],
  ["a store for all rows", "sku|qty", "A1|4", { columns: { facility: { value: "S9" } } }, good("S9", "SKU", "A1", "4")],
  [
    "characters taken out, and a store by another name",
    PLAIN,
    "001|12-34-5|4",
    { strip: { idValue: "-" }, facilities: { "001": "1" } },
    good("1", "SKU", "12345", "4"),
  ],
])("%s is read as it is meant", (_, header, row, mapping, expected) => {
  expect(read(header, row, mapping)).toEqual(expected);
});

test.each([
  ["||", "nothing"],
  [" | | ", "nothing"],
  ["store|sku|qty", "nothing"],
  ["-----|---|---", "nothing"],
  ["---||--", "nothing"],
  ["-|-|-", undefined],
  ["--|TEE|--", undefined],
  ["S1|TEE|Not Stocked", "not-stocked"],
  ["S1|TEE|", undefined],
  ["S1|TEE|5", undefined],
])("a row of %j counts %s", (row, expected) => {
  expect(countsNothing(row.split("|"), mapHeader(PLAIN.split("|")))).toBe(expected);
});

test.each([
  ["store|sku|sign|qty", ["S1|TEE|x|12"], true],
  ["store|sku|+/-|qty", [], true],
  ["store|sku|kind|qty", ["S1|TEE|P|12", "S1|CAP|N|3"], true],
  ["store|sku|kind|qty", ["S1|TEE|P|12", "S1|CAP|P|3"], false],
  ["store|sku|desc|qty", ["S1|TEE|a|12", "S1|CAP|b|3"], false],
])("of %j with %j a sign that nobody reads is doubted: %s", (header, rows, isDoubted) => {
  const doubt = signDoubt(
    mapHeader(header.split("|")),
    rows.map((row) => row.split("|")),
  );
  expect(doubt !== undefined).toBe(isDoubted);
  if (isDoubted) expect(doubt).toMatch(/may be the sign of the quantities/);
});

test("where what is not listed becomes 0, rejected rows that name no product keep it at the stores that they name, or everywhere", () => {
  const named = [
    { code: "BAD_QUANTITY", facilityId: "S1", product: 7, fields: ["S1", "A", "x"] },
    { code: "UNKNOWN_PRODUCT", facilityId: "S2", fields: ["S2", "?", "1"] },
    { code: "TOTALS_ROW", facilityId: null, fields: ["Total", "", "9"] },
    { code: "WRONG_COLUMN_COUNT", facilityId: null, fields: ["END", "12345"] },
  ];
  expect(namelessRows(named, 0)).toBeUndefined();
  const mangled = { code: "MANGLED_ID", facilityId: "S1", fields: ["S1", "1.2E+12", "9"] };
  const [at, note] = [["S1"], /^1 rejected row does not say .* by it, so those of 1 store keep their stock/];
  expect(namelessRows([...named, mangled], 0)).toEqual({
    keptAt: at,
    everywhere: false,
    note: expect.stringMatching(note),
  });
  const two = [mangled, mangled, { ...mangled, facilityId: "S9" }];
  expect(namelessRows(two, 0)).toMatchObject({
    keptAt: ["S1", "S9"],
    note: expect.stringMatching(/ of 2 stores keep/),
  });
  const misfit = { code: "WRONG_COLUMN_COUNT", facilityId: null, fields: ["S1", "TEE"] };
  const everywhere = { everywhere: true, note: expect.stringMatching(/ by them, so those keep their stock/) };
  expect(namelessRows([...named, mangled, misfit], 0)).toMatchObject(everywhere);
  expect(namelessRows([mangled], 5)).toMatchObject({
    everywhere: true,
    note: expect.stringMatching(/^6 rejected rows do/),
  });
});

test("of a file without a header, too, unless its mapping names the sign", () => {
  const rows = ["S1|TEE|P|12", "S1|CAP|N|3"].map((row) => row.split("|"));
  const doubtWith = (sign: object) => {
    const columns = { facility: 1, idType: { value: "SKU" }, idValue: 2, quantity: 4, ...sign };
    const given = readMapping({ header: false, columns });
    if ("faults" in given) throw new Error(given.faults.join("; "));
    return signDoubt(mapColumns(["column 1", "column 2", "column 3", "column 4"], given.mapping), rows);
  };
  expect(doubtWith({})).toMatch(/^The column "column 3" is not read, and may be the sign/);
  expect(doubtWith({ sign: 3 })).toBeUndefined();
});

test.each([
  ["TOTAL", "TOTALS_ROW"],
  ["Grand Total:", "TOTALS_ROW"],
  ["*** TRAILER ***", "TOTALS_ROW"],
  ["Gesamt", "TOTALS_ROW"],
  ["NULL", "MISSING"],
  ["nan", "MISSING"],
  ["N/A", "MISSING"],
  ["#N/A", "MANGLED_ID"],
  ["#REF!", "MANGLED_ID"],
  ["1-Mar", "MANGLED_ID"],
  ["Mar-01", "MANGLED_ID"],
  ["01-DEC-26", "MANGLED_ID"],
  ["7001.0", "MANGLED_ID"],
  ["TOTAL-RED-M", undefined],
  ["NULLARBOR", undefined],
  ["12-RED", undefined],
  ["RED-12", undefined],
  ["7001.01", undefined],
  ["10.0", undefined],
])("what is not known yet and called %j is no store and no product: %s", (id, code) => {
  expect(noFacility(id)?.code).toBe(code === "MISSING" ? "MISSING_FACILITY" : code);
  expect(noProduct({ idValue: id })?.code).toBe(code === "MISSING" ? "MISSING_ID" : code);
});

const tenOf = (row: (n: number) => string) => Array.from({ length: 10 }, (_, n) => row(n).split("|"));
test.each([
  ["counts that are all below zero", tenOf((n) => `S1|A${n}|-${n + 1}`), "below zero"],
  ["ids that a spreadsheet rounded", tenOf((n) => `S1|71111111111111${n}000|3`), "keeps 15 digits"],
  ["counts of which one is above zero", tenOf((n) => `S1|A${n}|${n === 3 ? 5 : -5}`), undefined],
  ["counts that are all 0", tenOf((n) => `S1|A${n}|0`), undefined],
  ["long ids of which some end in other digits", tenOf((n) => `S1|71111111111111000${n}|3`), undefined],
])("of %s it is said: %s", (_, rows, says) => {
  const doubts = doubtsOf(mapHeader(PLAIN.split("|")), rows);
  expect(doubts).toEqual(says === undefined ? [] : [expect.stringContaining(says)]);
});

test.each([
  ["1.200 5 7", "1.200 on line 1"],
  ["5 12.500 7 -1.000 8", "12.500 on line 2"],
  ["5.000 6.000 7", undefined],
  ["1.200 2.5 7 8", undefined],
  ["5 7", undefined],
])("quantities written %s have points between thousands: %s", (texts, says) => {
  const points = new PointsInQuantities();
  for (const [at, text] of texts.split(" ").entries()) points.see(text, at + 1);
  const doubt = points.doubt(texts.split(" ").length);
  expect(doubt === undefined ? undefined : /\((.*?)\)/.exec(doubt)?.[1]).toBe(says);
});

test.each([
  ["Quantitty", "quantity"],
  ["Qty on floor", "qty"],
  ["On  hand", undefined],
  ["description", undefined],
  ["x".repeat(500), undefined],
])("%j is nearly %s", (column, known) => {
  expect(nearMisses([column])[0]?.known).toBe(known);
});

function refusal(header: string, mapping = PLAIN_MAPPING): string {
  try {
    mapColumns(header.split("|"), mapping);
    return "taken";
  } catch (error) {
    if (error instanceof FileRefused) return `${error.code} ${error.message}`;
    throw error;
  }
}

test("a refusal names what is nearly right, and says of a file without a header how to read it", () => {
  expect(refusal("store|sku|Quantitty")).toMatch(/^MISSING_COLUMN .*"Quantitty" is nearly "quantity"/);
  expect(refusal("EUR|S001|ON_HAND|STYLE1|32|30|20261123|12|19.9")).toMatch(/row of stock.*"header": false/);
});

test("a mapping that names a column which is not there, or there twice, is told so", () => {
  const quantity = (column: string | number) => ({ ...PLAIN_MAPPING, columns: { quantity: column } });
  expect(refusal("store|sku|qty", quantity("Bestand"))).toMatch(/^MISSING_COLUMN .*quantity from column "Bestand"/);
  expect(refusal("store|sku|qty", quantity(4))).toMatch(/^MISSING_COLUMN .*column number 4.*3 columns/);
  expect(refusal("store|sku|n|n", quantity("n"))).toMatch(/^TWO_COLUMNS_FOR_ONE_FIELD/);
});

test("a refusal of a file with a mapping names its columns as they stand", () => {
  const given = readMapping({ columns: { facility: "Filiale", quantity: 3 } });
  if ("faults" in given) throw new Error(given.faults.join("; "));
  expect(refusal("Filiale|Artikel|Bestand", given.mapping)).toMatch(/Columns found: Filiale, Artikel, Bestand\./);
});
