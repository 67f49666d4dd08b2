// Rejected rows handed back as CSV: safe to open in a spreadsheet, and readable again once mended.

import fc from "fast-check";
import { expect, test } from "vitest";
import { guardCell, rejectsCsv, unguardCell } from "../src/index.ts";

const rejected = { code: "BAD_QUANTITY", reason: "no number: mend it" } as const;

test("a row comes back with its own columns, its code and its reason", () => {
  const csv = rejectsCsv(["store", "sku", "qty"]);
  expect(csv.header()).toBe("store,sku,qty,errorCode,errorReason\n");
  expect(csv.row(["S001", 'say "A", B', "many"], rejected)).toBe(
    'S001,"say ""A"", B",many,BAD_QUANTITY,no number: mend it\n',
  );
});

test("the original's delimiter is kept", () => {
  expect(rejectsCsv(["store", "sku", "qty"], ";").row(["S;1", "a,b", ""], rejected)).toBe(
    '"S;1";"a,b";;BAD_QUANTITY;no number: mend it\n',
  );
});

test("short rows are filled up and long rows lose nothing, so that the error stands under its heading", () => {
  const csv = rejectsCsv(["store", "sku", "qty"]);
  expect(csv.row(["S001"], rejected)).toBe("S001,,,BAD_QUANTITY,no number: mend it\n");
  expect(csv.row(["S001", "A", "1", "2"], rejected)).toBe("S001,A,1,BAD_QUANTITY,no number: mend it,2\n");
});

test("a rejects file that is rejected again gets its new errors in place of the old ones", () => {
  const csv = rejectsCsv(["store", "sku", "qty", "errorCode", "errorReason"]);
  expect(csv.header()).toBe("store,sku,qty,errorCode,errorReason\n");
  expect(csv.row(["S001", "A", "x", "OLD", "old"], rejected)).toBe("S001,A,x,BAD_QUANTITY,no number: mend it\n");
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
        const row = rejectsCsv(["store", "sku", "qty"], delimiter).row(fields, rejected);
        for (const cell of opened(row, separator)) expect(cell).not.toMatch(/^[=@\uff1d\t\r]|^-(?!\d)/);
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
