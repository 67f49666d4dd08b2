// Rows of a snapshot: what is taken, and the code under which each fault is handed back.
import { expect, test } from "vitest";
import {
  createRowReader,
  FileRefused,
  isRejection,
  mapHeader,
  type RowRejection,
  type SnapshotRow,
} from "../src/index.ts";

const now = Date.parse("2026-11-23T10:00:00Z");
const header = ["facilityId", "idType", "idValue", "quantity", "locationSeqId", "asOf"];
const good = { facilityId: "S001", idType: "sku", idValue: "TEE-RED-M", quantity: "7", locationSeqId: "", asOf: "" };
const reader = createRowReader(mapHeader(header), now);
const read = (changes: Partial<typeof good>): SnapshotRow | RowRejection => {
  const row = { ...good, ...changes };
  return reader([row.facilityId, row.idType, row.idValue, row.quantity, row.locationSeqId, row.asOf]);
};

test("a good row is read, blanks around its values not counting", () => {
  expect(reader([" S001", "Shopify Product Id ", "\tTEE-RED-M", " 20 ", "TLTLTLLL01 ", ""])).toEqual({
    facilityId: "S001",
    idType: "SHOPIFY_PROD_ID",
    idValue: "TEE-RED-M",
    locationSeqId: "TLTLTLLL01",
    quantity: "20",
    asOf: null,
  });
});

test.each([
  ["0", "0"],
  ["-0", "0"],
  ["-3", "-3"],
  ["+5", "5"],
  ["007", "7"],
  ["20.000000", "20"],
  ["-1.0", "-1"],
  ["2.5", "2.5"],
  ["0.0001", "0.0001"],
  [".5", "0.5"],
  ["-.25", "-0.25"],
  ["5.", "5"],
  ["9999999999.9999", "9999999999.9999"],
  ["-9999999999", "-9999999999"],
  ["3-", "-3"],
  ["2.50-", "-2.5"],
  ["\u22123", "-3"],
])("the quantity %s is %s", (text, quantity) => {
  expect(read({ quantity: text })).toMatchObject({ quantity });
});

test.each([
  "",
  "many",
  "1,5",
  "1,000",
  "1e3",
  "1.2E+12",
  "0x10",
  "5 pcs",
  "2.00001",
  "--1",
  "-1-",
  "-",
  "3--",
  ".",
  "NaN",
  "Infinity",
  "=1+1",
  "٣",
])("the quantity %j is rejected", (quantity) => {
  expect(read({ quantity })).toMatchObject({ code: "BAD_QUANTITY" });
});

test.each(["10000000000", "-10000000000", "00010000000000.5", "1200000000000"])(
  "the quantity %s is out of range",
  (quantity) => {
    expect(read({ quantity })).toMatchObject({ code: "QUANTITY_OUT_OF_RANGE" });
  },
);

test.each([
  [{ facilityId: "" }, "MISSING_FACILITY"],
  [{ facilityId: "  " }, "MISSING_FACILITY"],
  [{ facilityId: "S\u000001" }, "MISSING_FACILITY"],
  [{ facilityId: "S".repeat(129) }, "MISSING_FACILITY"],
  [{ idType: "" }, "MISSING_ID"],
  [{ idValue: " " }, "MISSING_ID"],
  [{ idValue: "1.2E+12" }, "MANGLED_ID"],
  [{ idValue: "8,40513E+11" }, "MANGLED_ID"],
  [{ idValue: "1E+05" }, "MANGLED_ID"],
  [{ idValue: "TEE\u200bRED" }, "MANGLED_ID"],
  [{ idValue: "X".repeat(129) }, "MANGLED_ID"],
  [{ locationSeqId: "L".repeat(129) }, "MANGLED_ID"],
  [{ asOf: "yesterday" }, "BAD_AS_OF"],
  [{ asOf: "0000-01-01T00:00:00Z" }, "BAD_AS_OF"],
  [{ asOf: "0001-01-01T00:00:00+14:00" }, "BAD_AS_OF"],
  [{ asOf: "2026-11-23T04:00:00" }, "BAD_AS_OF"],
  [{ asOf: "2026-02-30T04:00:00Z" }, "BAD_AS_OF"],
])("%j is rejected as %s", (changes, code) => {
  expect(read(changes)).toMatchObject({ code });
});

test.each<[what: string, changes: Partial<typeof good>, code: string]>([
  ["zeros before the last decimal", { quantity: `0.${"0".repeat(60_000)}1` }, "BAD_QUANTITY"],
  ["zeros only", { quantity: `0.${"0".repeat(60_000)}` }, "BAD_QUANTITY"],
  ["zeros in front", { quantity: `${"0".repeat(60_000)}1` }, "BAD_QUANTITY"],
  ["digits", { quantity: "9".repeat(60_000) }, "BAD_QUANTITY"],
  ["digits in a facility", { facilityId: "9".repeat(60_000) }, "MISSING_FACILITY"],
  ["blanks in a type", { idType: `a${" ".repeat(60_000)}b` }, "MISSING_ID"],
  ["digits in an id", { idValue: `${"1".repeat(60_000)}E+12` }, "MANGLED_ID"],
  ["blanks in a location", { locationSeqId: `a${" ".repeat(60_000)}b` }, "MANGLED_ID"],
  ["digits in a time", { asOf: `2026-11-23T04:00:00.${"0".repeat(60_000)}Z` }, "BAD_AS_OF"],
])("60,000 %s are rejected for their length alone, a hundred rows in no time", (_what, changes, code) => {
  const startedAt = performance.now();
  for (let row = 0; row < 100; row++)
    expect(read({ ...changes, idValue: changes.idValue ?? `A${row}` })).toMatchObject({ code });
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});

test.each(["12E4", "9E5", "E+12", "1.2E-3X", "012345678905", "Größe-38", "A+B", "X".repeat(128)])(
  "%s is an ordinary id",
  (idValue) => {
    expect(read({ idValue })).toMatchObject({ idValue });
  },
);

test("the same bad facility or time is rejected on every row that has it, not only the first", () => {
  for (const changes of [{ facilityId: "" }, { asOf: "yesterday" }]) {
    expect([read(changes), read(changes), read({})].map(isRejection)).toEqual([true, true, false]);
  }
});

test.each([
  ["2026-11-23T04:00:00Z", "2026-11-23T04:00:00.000Z"],
  ["2026-11-23 04:00:00-05:00", "2026-11-23T09:00:00.000Z"],
  ["2026-11-23T10:05:00Z", "2026-11-23T10:05:00.000Z"],
])("the row's own time %s is %s", (asOf, expected) => {
  expect(read({ asOf })).toMatchObject({ asOf: expected });
});

test("a row's time more than five minutes ahead refuses the whole file", () => {
  const ahead = () =>
    createRowReader(mapHeader(header), now)(["S001", "sku", "A", "1", "", "2026-11-23T10:05:00.001Z"]);
  expect(ahead).toThrow(FileRefused);
  expect(ahead).toThrow(/S001.*only 2026-11-23T10:00:00/);
});

test.each([[["S001", "sku", "A"]], [["S001", "sku", "A", "1", "", "", "more"]], [[]]])(
  "%j does not have the header's six columns",
  (fields) => {
    expect(reader(fields)).toMatchObject({
      code: "WRONG_COLUMN_COUNT",
      reason: expect.stringContaining(`${fields.length} instead of 6`),
    });
  },
);

test("a rejection says cause and fix, and shows the value without what could hurt a terminal", () => {
  const rejected = read({ quantity: "\u001b[31mmany" });
  expect(rejected).toMatchObject({
    reason: expect.stringMatching(/not a plain decimal.*\\u\{1b\}\[31mmany.*write it like 12/),
  });
});

test("a column named by its type gives that type to every row", () => {
  const bySku = createRowReader(mapHeader(["store", "upc", "on_hand"]), now);
  expect(bySku(["S001", "012345678905", "-2"])).toMatchObject({
    idType: "UPCA",
    idValue: "012345678905",
    quantity: "-2",
    locationSeqId: "",
  });
});
