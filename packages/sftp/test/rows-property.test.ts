// Whatever table a source writes, in any of the dialects that are promised, reads back as it was.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { mayBeRows } from "../src/csv-record.ts";
import { readLines, readSnapshotRows } from "../src/index.ts";

const plainField = fc.string({ unit: fc.constantFrom(..."abö 1-"), minLength: 1, maxLength: 6 });
const field = fc.oneof(
  fc.string({ unit: fc.constantFrom(..."ab ,;|\t\"'\r\n=-5ö€😀"), maxLength: 8 }),
  fc.string({ unit: "grapheme", maxLength: 12 }).map((text) => text.replaceAll("\0", "0")),
  fc.integer().map(String),
);
const dialect = fc.record({
  delimiter: fc.constantFrom(",", ";", "\t", "|"),
  lineEnds: fc.array(fc.constantFrom("\n", "\r\n"), { minLength: 1, maxLength: 4 }),
  bom: fc.boolean(),
  gzip: fc.boolean(),
  quoteAll: fc.boolean(),
  lastLineEnds: fc.boolean(),
  // Small chunks end in every place of a line, and let regular stretches of an irregular file take the short way.
  chunkBytes: fc.integer({ min: 8, max: 120 }),
});
type Dialect = typeof dialect extends fc.Arbitrary<infer D> ? D : never;

function write(
  table: readonly (readonly string[])[],
  { delimiter, lineEnds, bom, quoteAll, lastLineEnds }: Dialect,
): string {
  const cell = (text: string) =>
    quoteAll || text.includes(delimiter) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const lines = table.map((row, index) => {
    const end = index === table.length - 1 && !lastLineEnds ? "" : (lineEnds[index % lineEnds.length] ?? "\n");
    return `${row.map(cell).join(delimiter)}${end}`;
  });
  return `${bom ? "\uFEFF" : ""}${lines.join("")}`;
}

test("any table written in any dialect reads back the same, line by line", async () => {
  const folder = await mkdtemp(join(tmpdir(), "inventory-sync-property-"));
  const path = join(folder, "table.csv");
  const irregular = fc.array(field, { minLength: 2, maxLength: 5 });
  const regular = fc.array(plainField, { minLength: 3, maxLength: 3 });
  const rows = fc.array(fc.oneof(irregular, { arbitrary: regular, weight: 8 }), { minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(rows, dialect, async (table, how) => {
      const header = ["store", "sku", "qty"];
      // What may be one row or several has no one meaning.
      fc.pre(
        table.every((row) => {
          const text = write([row], { ...how, bom: false, lastLineEnds: false });
          return !/[\r\n]/.test(text) || !mayBeRows(text, how.delimiter, row.length);
        }),
      );
      const text = write([header, ...table], how);
      await writeFile(path, how.gzip ? gzipSync(text) : text);
      const snapshot = await readSnapshotRows(path, { chunkBytes: how.chunkBytes });
      const read: (readonly string[])[] = [];
      const lines: number[] = [];
      for await (const batch of snapshot) {
        read.push(...batch.rows);
        lines.push(...batch.lines);
      }
      expect({ header: snapshot.header, delimiter: snapshot.delimiter }).toEqual({ header, delimiter: how.delimiter });
      expect(read).toEqual(table);
      expect(snapshot.endsWithNewline).toBe(/[\r\n]$/.test(text));
      const again = await readLines(path, new Set(lines));
      expect(lines.map((line) => again.get(line))).toEqual(table);
      // Physical lines: what stands before a row's first line end is the rows and the line ends inside them.
      const endsBefore = (index: number) =>
        write([header, ...table.slice(0, index)], { ...how, lastLineEnds: true }).match(/\r\n|\n|\r/g)?.length ?? 0;
      expect(lines).toEqual(table.map((_, index) => endsBefore(index) + 1));
    }),
    { numRuns: 300 },
  );
  await rm(folder, { recursive: true });
});
