// What a strict parser takes without complaint, our reader of records reads the same, wherever the text is cut.
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readRecords } from "../src/csv-records.ts";

const texts = fc
  .array(fc.constantFrom("a", "b", ",", ",", '"', '""', '"x,y"', " ", "\n", "\r\n", "é"), { maxLength: 40 })
  .map((pieces) => pieces.join(""));

function strictly(text: string): string[][] | undefined {
  try {
    return parse(text, { record_delimiter: ["\r\n", "\n", "\r"], relax_column_count: true });
  } catch {
    return undefined;
  }
}

/** Whether a value has delimiters and line ends in it, so that its record may be rows between two stray quotes. */
const holdsRows = (row: readonly string[]) =>
  row.length >= 3 && row.some((value) => /[\r\n]/.test(value) && value.includes(","));

test("a text that has one meaning is read as csv-parse reads it", () => {
  let compared = 0;
  fc.assert(
    fc.property(texts, (text) => {
      const wanted = strictly(text)?.filter((row) => row.length > 1 || row[0]?.trim() !== "");
      if (wanted === undefined || wanted.some(holdsRows)) return;
      const { rows, badQuotes, bytes } = readRecords(Buffer.from(text), ",", 1, true);
      expect({ rows, bad: badQuotes.size, bytes }).toEqual({ rows: wanted, bad: 0, bytes: Buffer.byteLength(text) });
      compared += 1;
    }),
    { numRuns: 2_000 },
  );
  expect(compared).toBeGreaterThan(200);
});

test("no line is lost or read twice, whatever stands in it", () => {
  fc.assert(
    fc.property(texts, (text) => {
      const whole = `${text}\n`;
      const { bytes, lines, nextLine } = readRecords(Buffer.from(whole), ",", 1, false);
      expect(new Set(lines).size).toBe(lines.length);
      const ends =
        Buffer.from(whole)
          .subarray(0, bytes)
          .toString()
          .match(/\r\n|\n|\r/g)?.length ?? 0;
      expect(nextLine).toBe(1 + ends);
    }),
    { numRuns: 2_000 },
  );
});

test("how a record is read does not depend on what else stands in the text", () => {
  const record = '"x,y","two\nlines","1,5"\n';
  const read = (text: string) => readRecords(Buffer.from(text), ",", 1, true).rows[0];
  expect(read(record)).toEqual(["x,y", "two\nlines", "1,5"]);
  expect(read(`${record}a,"b"c,d\n`)).toEqual(read(record));
});
