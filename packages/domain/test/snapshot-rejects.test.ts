// Rejected rows handed back as CSV: safe to open in a spreadsheet, and readable again once corrected.

import fc from "fast-check";
import { expect, test } from "vitest";
import {
  guardCell,
  mapHeader,
  noKeptRow,
  type RejectedFields,
  type RejectsCsv,
  rejection,
  rejectsCsv,
  unguardCell,
  whyNotRepairable,
} from "../src/index.ts";

const origin = "0b1c2d3e-0000-4000-8000-000000000001";
const lineOfReset = `lineOfReset ${origin}`;
const rejected = { line: 7, code: "BAD_QUANTITY", reason: "no number: correct it" } as const;
const header = ({ columns, line }: RejectsCsv) => line(columns);
const row = ({ cells, line }: RejectsCsv, fields: readonly string[], what: Omit<RejectedFields, "fields"> = rejected) =>
  line(cells({ ...what, fields }));

test("a row comes back with its own columns, its code, what is wrong, what to do, and the line that it had", () => {
  const csv = rejectsCsv({ columns: ["store", "sku", "qty"] }, origin);
  expect(header(csv)).toBe(`store,sku,qty,errorCode,errorReason,errorFix,${lineOfReset}\n`);
  const { code, reason } = rejection("BAD_QUANTITY", "many");
  expect(row(csv, ["S001", 'say "A", B', "many"], { line: 12, code, reason })).toBe(
    'S001,"say ""A"", B",many,BAD_QUANTITY,the quantity is not a plain decimal number with at most 4 decimals (many),"write it like 12, -3 or 2.5, without thousands separators, units or exponents; where a comma stands before the decimals, say so in the mapping of its source (""decimal"": "","")",12\n',
  );
});

test("the original's delimiter is kept", () => {
  const csv = rejectsCsv({ columns: ["store", "sku", "qty"], delimiter: ";" }, origin);
  expect(row(csv, ["S;1", "a,b", ""])).toBe('"S;1";"a,b";;BAD_QUANTITY;no number: correct it;;7\n');
});

test("short rows are filled up and long rows lose nothing, so that the error stands under its heading", () => {
  const csv = rejectsCsv({ columns: ["store", "sku", "qty"] }, origin);
  expect(row(csv, ["S001"])).toBe("S001,,,BAD_QUANTITY,no number: correct it,,7\n");
  expect(row(csv, ["S001", "A", "1", "2"])).toBe("S001,A,1,BAD_QUANTITY,no number: correct it,,7,2\n");
});

test("a row of a repair that is rejected again gets its new errors, and keeps the reset and the line that it had at first", () => {
  const columns = ["store", "sku", "qty", "errorCode", "errorReason", "errorFix", lineOfReset];
  const csv = rejectsCsv({ columns }, "0b1c2d3e-0000-4000-8000-000000000002");
  expect(csv.columns).toEqual(columns);
  expect(row(csv, ["S001", "A", "x", "OLD", "old", "do", "12"], { ...rejected, line: 2 })).toBe(
    "S001,A,x,BAD_QUANTITY,no number: correct it,,12\n",
  );
});

test("a file of rejected rows is known as the repair of its reset, wherever its column stands and however it is spelled", () => {
  for (const name of [lineOfReset, ` LINEOFRESET ${origin.toUpperCase()} `])
    expect(mapHeader([name, "store", "sku", "qty", "errorCode"])).toMatchObject({
      repairs: { index: 0, resetId: origin },
      ...{ resubmitted: true, ignoredColumns: [] },
    });
  expect(mapHeader(["store", "sku", "qty", "errorCode"]).repairs).toBeNull();
});

test.each([
  ["no id", ["lineOfReset", "store", "sku", "qty"], "does not end with the id of a reset"],
  ["half an id", ["lineOfReset 0b1c2d3e", "store", "sku", "qty"], "does not end with the id of a reset"],
  [
    "two resets",
    [lineOfReset, "store", "sku", "qty", `${lineOfReset.slice(0, -1)}2`],
    "Columns 1 and 5 both begin with",
  ],
])("a file that claims to be a repair with %s is refused in words", (_, columns, says) => {
  expect(() => mapHeader(columns)).toThrow(says);
});

test.each([
  [{ preview: true }, "was a preview"],
  [{ repairOf: origin }, `Correct its rows as rows of reset ${origin}`],
  [{ finishedAt: null }, "is still running"],
  [{ state: "reverted" }, "was reverted"],
  [{ rejected: 0 }, "has no rejected rows"],
  [{}, undefined],
])("rows of a reset that is %j: %s", (but, says) => {
  const whole = {
    id: "r",
    file: "f.csv",
    state: "completed",
    preview: false,
    repairOf: null,
    finishedAt: "x",
    rejected: 3,
  };
  expect(whyNotRepairable({ ...whole, ...but }) ?? "").toContain(says ?? "");
  expect(whyNotRepairable({ ...whole, ...but }) === undefined).toBe(says === undefined);
});

test.each([
  ["=1+1", "'=1+1"],
  ["+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"],
  ["-A1", "'-A1"],
  ["@SUM(A1)", "'@SUM(A1)"],
  ["\tx", "'\tx"],
  ["'=x", "''=x"],
  ["\uff1d1+1", "'\uff1d1+1"],
  ["\uff0b1", "'\uff0b1"],
  ["\uff0dA1", "'\uff0dA1"],
  ["\uff20A1", "'\uff20A1"],
  ["x;=1+1;y", "x;'=1+1;y"],
  ["x,-1,@y", "x,'-1,'@y"],
  ["x\t=1", "x\t'=1"],
  ["x|+A1", "x|'+A1"],
  ["x\n=1+1", "x\n'=1+1"],
  ["x\r=1", "x\r'=1"],
  ["\t=1", "'\t'=1"],
  ["x;'=1", "x;''=1"],
  ['x;"=1', `x;'"=1`],
])("%j is guarded as %j", (text, guarded) => {
  expect(guardCell(text)).toBe(guarded);
});

test.each(["-3", "+5", "-2.5", "12", "TEE-RED", "it's", "'quoted'", ""])("%j needs no guard", (text) => {
  expect(guardCell(text)).toBe(text);
});

/** Texts of what matters to a spreadsheet. */
const risky = fc
  .array(fc.constantFrom("=", "-", "@", "\uff1d", "'", '"', '""', ",", ";", "\t", "|", "\r", "\n", "x", "1", " "))
  .map((parts) => parts.join(""));

/** The cells that a spreadsheet makes of a text, which divides at `separator` and knows quotes at the beginning of a cell only. */
function opened(text: string, separator: string): string[] {
  const cells: string[] = [];
  for (let at = 0; at < text.length; ) {
    let cell = "";
    if (text[at] === '"') {
      for (at += 1; at < text.length && (text[at] !== '"' || text[++at] === '"'); at++) cell += text[at];
    }
    for (; at < text.length && text[at] !== separator && text[at] !== "\n" && text[at] !== "\r"; at++) cell += text[at];
    cells.push(cell);
    at += 1;
  }
  return cells;
}

test.each([",", ";", "\t", "|"])(
  "no cell begins like a formula where a spreadsheet divides cells at %j",
  (separator) => {
    fc.assert(
      fc.property(fc.array(risky, { minLength: 3, maxLength: 3 }), fc.constantFrom(",", ";"), (fields, delimiter) => {
        const text = row(rejectsCsv({ columns: ["store", "sku", "qty"], delimiter }, origin), fields);
        for (const cell of opened(text, separator)) expect(cell).not.toMatch(/^[=@\uff1d\t\r]|^-(?!\d)/);
      }),
      { numRuns: 2_000 },
    );
  },
);

test("taking the guard off gives back exactly what was there, and no guarded cell begins like a formula", () => {
  const cell = fc.oneof(fc.string(), fc.stringMatching(/^'{0,3}[=+@\t\r-].{0,5}$/), risky);
  fc.assert(
    fc.property(cell, (text) => {
      const guarded = guardCell(text);
      expect(unguardCell(guarded)).toBe(text);
      expect(guarded).not.toMatch(/^[=@\t\r]|^[+-](?!\d+(\.\d+)?$)/);
    }),
  );
});

test("a file of which every row was skipped on purpose says so, and what to do; one that kept a row does not", () => {
  expect(noKeptRow({ rows: 3_000, skipped: 3_000 })).toMatch(
    /^each of its 3,000 rows names a product that is not kept.*import the products$/,
  );
  expect(noKeptRow({ rows: 1, skipped: 1 })).toContain("its only row");
  for (const counts of [
    { rows: 3, skipped: 2 },
    { rows: 0, skipped: 0 },
  ])
    expect(noKeptRow(counts)).toBeUndefined();
});
