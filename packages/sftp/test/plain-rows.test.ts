// The short way through plain text and the parser read the same: wherever in a file the first needs the second.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readSnapshotRows } from "../src/index.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "inventory-sync-plain-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function readAll(text: string) {
  const path = join(folder, "table.csv");
  await writeFile(path, text);
  const rows: (readonly string[])[] = [];
  const lines: number[] = [];
  for await (const batch of await readSnapshotRows(path)) {
    rows.push(...batch.rows);
    lines.push(...batch.lines);
  }
  return { rows, lines };
}

/** Long enough for several chunks; the lengths differ, so that chunks end in every place of a line. */
const count = 12_000;
const row = (n: number): string[] => [`S${n % 7}`, `SKU-ö${"x".repeat(n % 11)}-${n}`, String(n)];
const wanted = Array.from({ length: count }, (_, n) => row(n));
const plain = (end: (n: number) => string): string[] => wanted.map((each, n) => `${each.join(",")}${end(n)}`);
const header = "store,sku,qty";

describe.each([
  ["line feeds", () => "\n"],
  ["carriage returns with line feeds", () => "\r\n"],
  ["both mixed", (n: number) => (n % 3 === 0 ? "\r\n" : "\n")],
  ["lone carriage returns", () => "\r"],
  ["lone carriage returns late in the file", (n: number) => (n > 9_000 && n % 2 === 0 ? "\r" : "\n")],
])("lines ended by %s", (_name, end) => {
  test("are read whole and in order, with their line numbers", async () => {
    const { rows, lines } = await readAll(`${header}\n${plain(end).join("")}`);
    expect(rows).toEqual(wanted);
    expect(lines).toEqual(wanted.map((_row, n) => n + 2));
  });
});

test.each([0, 1, 3_333, 7_777, count - 1])(
  "a quoted field with a line end in row %i shifts the lines after it",
  async (at) => {
    const texts = plain(() => "\n");
    texts[at] = `S1,"two\nlines, ""quoted""",5\n`;
    const { rows, lines } = await readAll(`${header}\n${texts.join("")}`);
    expect(rows).toEqual(wanted.map((each, n) => (n === at ? ["S1", 'two\nlines, "quoted"', "5"] : each)));
    expect(lines).toEqual(wanted.map((_row, n) => n + 2 + (n > at ? 1 : 0)));
  },
);

test("blank lines are counted and are no rows, and the last line needs no end", async () => {
  const { rows, lines } = await readAll(`${header}\nA,B,1\n\n  \nA,C,2\n\nA,D,3`);
  expect(rows).toEqual([
    ["A", "B", "1"],
    ["A", "C", "2"],
    ["A", "D", "3"],
  ]);
  expect(lines).toEqual([2, 5, 7]);
});

test.each([
  ["UNCLOSED_QUOTE", 'S1,"pipe,5', "line 9002"],
  ["RECORD_TOO_LONG", `S1,${"x".repeat(70_000)},5`, "line 9002"],
])("%s late in a plain file names the line", async (code, bad, line) => {
  const texts = [...plain(() => "\n").slice(0, 9_000), `${bad}\n`];
  const reading = readAll(`${header}\n${texts.join("")}`);
  await expect(reading).rejects.toMatchObject({ code, message: expect.stringContaining(line) });
});
