// Snapshot files as they come: delimiters, encodings, line ends, quotes, compression, and everything that is wrong with them.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { createRowReader, isRejection, lineInCell, mapHeader, rejectsCsv } from "@inventory-sync/domain";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FileForm, readLines, readSnapshotRows } from "../src/index.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "inventory-sync-rows-"));
});
afterAll(() => rm(folder, { recursive: true }));

let files = 0;
async function fileOf(content: string | Buffer): Promise<string> {
  const path = join(folder, `${files++}.csv`);
  await writeFile(path, content);
  return path;
}

async function readAll(content: string | Buffer, form?: FileForm) {
  const snapshot = await readSnapshotRows(await fileOf(content), form);
  const rows: (readonly string[])[] = [];
  const lines: number[] = [];
  const badQuotes: number[] = [];
  let batches = 0;
  for await (const batch of snapshot) {
    rows.push(...batch.rows);
    lines.push(...batch.lines);
    badQuotes.push(...(batch.badQuotes ?? []));
    batches++;
  }
  const { header, delimiter, rowCount, endsWithNewline, unreadable } = snapshot;
  return { header, delimiter, rows, lines, badQuotes, batches, rowCount, endsWithNewline, unreadable };
}

const refused = (code: string, ...parts: readonly string[]) =>
  expect.objectContaining({ code, message: expect.stringMatching(new RegExp(parts.join(".*"), "s")) });

test.each([
  ["a comma", "store,sku,qty\nS1,A,5\n", ","],
  ["a semicolon", 'store;"sku, code";qty\nS1;A;5\n', ";"],
  ["a tab", "store\tsku\tqty\nS1\tA\t5\n", "\t"],
  ["a bar", "store|sku|qty\nS1|A|5\n", "|"],
  ["the delimiter of the names that mean something", "store;sku;qty;a,b,c,d,e\nS1;A;5;x\n", ";"],
  ["a tab after an empty first name", "\tstore\tsku\tqty\n0\tS1\tA\t5\n", "\t"],
])("%s is found by itself", async (_, content, delimiter) => {
  const read = await readAll(content);
  expect(read.delimiter).toBe(delimiter);
  expect(read.rows[0]).toEqual(expect.arrayContaining(["S1", "A", "5"]));
});

test.each([
  ["line feeds", "\n", "\n"],
  ["CRLF", "\r\n", "\r\n"],
  ["carriage returns", "\r", "\r"],
  ["a mixture", "\n", "\r\n"],
])("lines may end in %s", async (_, one, other) => {
  const read = await readAll(
    `store,sku,qty${one}S1,A,5${other}S1,B,6${one}S1,"C${other}c",7${one}${other}S1,D,8${one}`,
  );
  expect(read.rows.map((row) => row[2])).toEqual(["5", "6", "7", "8"]);
  expect(read.lines).toEqual([2, 3, 4, 7]);
  expect(read).toMatchObject({ rowCount: 4, endsWithNewline: true });
});

test("a BOM is no part of the first name", async () => {
  expect((await readAll("\uFEFFstore,sku,qty\nS1,A,5")).header).toEqual(["store", "sku", "qty"]);
});

test("blank lines before, between and after are skipped, and lines are still counted as an editor does", async () => {
  const read = await readAll("\n  \nstore,sku,qty\n\nS1,A,5\n \nS1,B,6\n\n\n");
  expect(read.header).toEqual(["store", "sku", "qty"]);
  expect(read.lines).toEqual([5, 7]);
});

test("rows of another length are handed on as they are, and so are the ones after them", async () => {
  const { rows } = await readAll("store,sku,qty\nS1,A\nS1,B,5,6\n,,\nS1,C,7\n");
  expect(rows).toEqual([
    ["S1", "A"],
    ["S1", "B", "5", "6"],
    ["", "", ""],
    ["S1", "C", "7"],
  ]);
});

test("nothing is trimmed or converted", async () => {
  expect((await readAll('store,sku,qty\n 007 ,"a ""b"", c",1e3\n')).rows).toEqual([[" 007 ", 'a "b", c', "1e3"]]);
});

test.each(["sep=;\n", "SEP=;\r\n"])(
  "the line %j by which a spreadsheet is told the delimiter is no header",
  async (first) => {
    const read = await readAll(`${first}store;"a,b,c,d,e";sku;qty\nS1;x;A;5\n`);
    expect(read).toMatchObject({ delimiter: ";", rows: [["S1", "x", "A", "5"]], lines: [3], rowCount: 1 });
  },
);

test("a file cut off in its last field reads whole, but says that its last line has no end", async () => {
  expect(await readAll("store,sku,qty\nS1,A,5\nS1,B,12")).toMatchObject({ rowCount: 2, endsWithNewline: false });
});

test.each([
  ["", "an empty file"],
  ["\uFEFF", "a BOM"],
  ["\n \r\n\n", "blank lines"],
])("%j is refused: %s", async (content) => {
  await expect(readAll(content)).rejects.toEqual(refused("EMPTY_FILE", "empty"));
});

test.each(["store,sku,qty", "store,sku,qty\n", "store,sku,qty\r\n\r\n"])(
  "%j has no rows, so it is refused",
  async (content) => {
    await expect(readAll(content)).rejects.toEqual(refused("HEADER_ONLY", "no rows"));
  },
);

test("UTF-16 is refused by its mark, and by its NUL bytes when it has none", async () => {
  const text = "store,sku,qty\nS1,A,5\n";
  await expect(readAll(Buffer.from(`\uFEFF${text}`, "utf16le"))).rejects.toEqual(
    refused("UNREADABLE_ENCODING", "UTF-16"),
  );
  await expect(readAll(Buffer.from(text, "utf16le"))).rejects.toEqual(
    refused("UNREADABLE_ENCODING", "Line 1, byte 2", "NUL"),
  );
});

test.each([
  ["a zip archive or an xlsx", "PK\x03\x04\x14\x00", "Unpack it"],
  ["an xls", "\xd0\xcf\x11\xe0\xa1", "Save the sheet as CSV"],
  ["a PDF", "%PDF-1.7\n", "Export the counts as CSV"],
  ["gzip within gzip", gzipSync(gzipSync("store,sku,qty\nS1,A,5\n")), "Compress it once"],
])("%s is refused for what it is, and not for its encoding", async (_, content, todo) => {
  const bytes = typeof content === "string" ? Buffer.from(content, "latin1") : content;
  await expect(readAll(bytes)).rejects.toEqual(refused("UNREADABLE_ENCODING", "not text", todo));
});

test("Windows-1252 is refused with the line and the byte, wherever in the file it stands", async () => {
  const rows = Array.from({ length: 20_000 }, (_, i) => `S1,Größe ${i},5\n`).join("");
  const bad = Buffer.concat([Buffer.from(`store,sku,qty\n${rows}`), Buffer.from("S1,Gr\xF6\xDFe,5\n", "latin1")]);
  await expect(readAll(bad)).rejects.toEqual(refused("UNREADABLE_ENCODING", "Line 20002, byte 6", "0xF6"));
});

test("a character cut in two by the end of the file is refused", async () => {
  const cut = Buffer.from("store,sku,qty\nS1,A,5\nS1,Grö").subarray(0, -1);
  await expect(readAll(cut)).rejects.toEqual(refused("UNREADABLE_ENCODING", "Line 3, byte 6", "0xC3"));
});

test.each([
  ["UNCLOSED_QUOTE", 'store,sku,qty\nS1,A,5\nS1,"B,6\nS1,C,7\n', "line 3"],
  ["UNCLOSED_QUOTE", 'store,"sku,qty\nS1,A,5\n', "line 1"],
  ["RECORD_TOO_LONG", `store,sku,qty\nS1,A,5\nS1,"B,6\n${"S1,C,7\n".repeat(20_000)}`, "line 3"],
  ["RECORD_TOO_LONG", `store,sku,qty\nS1,A,5\nS1,${"B".repeat(70_000)},6\n`, "line 3"],
  ["RECORD_TOO_LONG", "store,sku,qty".padEnd(200_000, "x"), "line 1"],
])("%s is told with the line on which the record begins", async (code, content, line) => {
  await expect(readAll(content)).rejects.toEqual(refused(code, `begins on ${line}[^0-9]`));
});

test.each([
  ["an inch mark inside a value", 'S1,TV55,LED 55" black,4', ["S1", "TV55", 'LED 55" black', "4"]],
  ["an inch mark at the end of a value", 'S1,TV55,55",4', ["S1", "TV55", '55"', "4"]],
  ["a blank before the opening quote", '"S1", "TV55", "x, y", "4"', ["S1", "TV55", "x, y", "4"]],
  ["blanks behind the closing quote", '"S1" ,"TV55" ,"x" ,"4" ', ["S1", "TV55", "x", "4"]],
  ["the mark by which a formula keeps zeros", 'S1,="0055",x,4', ["S1", '="0055"', "x", "4"]],
])("%s is read as it can only be meant", async (_, row, fields) => {
  const read = await readAll(`store,sku,desc,qty\n${row}\nS1,TEE,plain,9\n`);
  expect(read.rows).toEqual([fields, ["S1", "TEE", "plain", "9"]]);
  expect(read.badQuotes).toEqual([]);
});

test.each([
  ["an inch mark inside quotes", 'S1,TV55,"LED 55" black",4', 1],
  ["a quote behind a backslash", 'S1,TV55,"LED 55\\" black",4', 1],
  ["text behind the closing quote", 'S1,"A" x,,5', 1],
  ["an inch mark before the closing quote, and one in the next line", 'S1,TV55,"LED 55"",4\nS1,TV60,"LED 60"",5', 2],
])("%s can be read in two ways: its lines are marked, and no other is lost", async (_, bad, lines) => {
  const read = await readAll(`store,sku,desc,qty\nS1,A,,1\n${bad}\nS1,TEE,plain,9\nS1,CAP,"a ""b""",2\n`);
  expect(read.badQuotes).toEqual(Array.from({ length: lines }, (__, index) => 3 + index));
  expect(read.rows.map((row) => row[1])).toEqual(["A", ...read.rows.slice(1, -2).map((row) => row[1]), "TEE", "CAP"]);
  expect(read.rows).toHaveLength(3 + lines);
});

test("a cell that is nothing but an inch mark swallows no row up to the next one", async () => {
  const plain = "store,sku,size,unit,qty\nS001,CAP,1,cm,7\n";
  const { rows, badQuotes } = await readAll(
    `${plain}S001,TV55,55,",4\nS001,TEE,2,cm,9\nS001,TV65,65,",5\nS001,HAT,3,cm,8\n`,
  );
  expect(rows.map((row) => row[1])).toEqual(["CAP", "TV55", "TEE", "TV65", "HAT"]);
  expect(badQuotes).toEqual([3, 4, 5]);
});

test("a description that goes on on a second line, with delimiters in it, is one value", async () => {
  const text = 'store,sku,desc,qty\nS001,TEE,"red, large\nwith a print, back",4\nS001,CAP,plain,9\n';
  const { rows, badQuotes } = await readAll(text);
  expect(rows).toEqual([
    ["S001", "TEE", "red, large\nwith a print, back", "4"],
    ["S001", "CAP", "plain", "9"],
  ]);
  expect(badQuotes).toEqual([]);
});

test("a header whose quotes can be read in two ways is refused", async () => {
  await expect(readAll('store,"s"ku,qty\nS1,A,5\n')).rejects.toEqual(refused("BAD_QUOTE", "header, on line 1"));
});

test.each(["\x1a", "\r\n\x1a", "\x1a\x1a"])("the mark by which DOS ends a file (%j) is no row", async (end) => {
  const read = await readAll(`store,sku,qty\r\nS1,A,5\r\n${end}`);
  expect(read).toMatchObject({ rowCount: 1, endsWithNewline: true });
});

test("what is not UTF-8 in a column that nobody reads harms nobody, and is told", async () => {
  const form = { columnsRead: () => new Set([0, 1, 3]) };
  const plain = "S1,A,x,5\r\n".repeat(9_000);
  const bad = (sku: string) => Buffer.from(`store,sku,d\xe9sc,qty\r\n${plain}S1,${sku},Caf\xe9,5\r\n`, "latin1");
  const read = await readAll(bad("TEE"), form);
  expect(read).toMatchObject({ rowCount: 9_001, unreadable: { line: 1, byte: 12 } });
  expect(read.rows.at(-1)?.[1]).toBe("TEE");
  await expect(readAll(bad("T\xe9"), form)).rejects.toEqual(
    refused("UNREADABLE_ENCODING", "Line 9002, byte 5", "0xE9", "S1,Té,Café,5", "SNAPSHOT_ENCODING=windows-1252"),
  );
});

test.each([
  ["windows-1252", Buffer.from("store,sku,qty\nS1,\x80\xe9\x96,5\n", "latin1"), "€é–"],
  ["iso-8859-1", Buffer.from("store,sku,qty\nS1,\xe9,5\n", "latin1"), "é"],
  ["utf-16le", Buffer.from("\uFEFFstore,sku,qty\nS1,€😀,5\n", "utf16le"), "€😀"],
  ["utf-16le", Buffer.from("store,sku,qty\nS1,€,5\n", "utf16le"), "€"],
  ["utf-16be", Buffer.from("\uFEFFstore,sku,qty\nS1,€,5\n", "utf16le").swap16(), "€"],
  ["windows-1252", "\uFEFFstore,sku,qty\nS1,é,5\n", "é"],
] as const)(
  "a file that is said to be %s is read so, unless it begins with UTF-8's mark",
  async (encoding, bytes, sku) => {
    for (const chunkBytes of [3, 64, 4_096])
      expect((await readAll(bytes as Buffer, { encoding, chunkBytes })).rows).toEqual([["S1", sku, "5"]]);
  },
);

test("UTF-16 that ends within a character is refused", async () => {
  const cut = Buffer.from("store,sku,qty\nS1,A,5\n", "utf16le").subarray(0, -1);
  await expect(readAll(cut, { encoding: "utf-16le" })).rejects.toEqual(refused("UNREADABLE_ENCODING", "UTF-16LE"));
});

test("a file without a header has numbered columns, and one of ours that corrects rows has a header all the same", async () => {
  const form = { header: false, delimiter: "|" } as const;
  expect(await readAll("S1|A, b|5\n", form)).toMatchObject({
    header: ["column 1", "column 2", "column 3"],
    rows: [["S1", "A, b", "5"]],
    lines: [1],
  });
  const ours = "lineOfReset 0b1c2d3e-0000-4000-8000-000000000001";
  expect((await readAll(`column 1|${ours}\nS1|1\n`, form)).rows).toEqual([["S1", "1"]]);
});

test("gzip is recognised by its content and read like plain text", async () => {
  const rows = Array.from({ length: 30_000 }, (_, i) => `S1,A${i},${i}`);
  const read = await readAll(gzipSync(`store,sku,qty\n${rows.join("\n")}\n`));
  expect(read.rows.map((row) => row.join(","))).toEqual(rows);
});

test("a truncated gzip file is refused", async () => {
  const whole = gzipSync(`store,sku,qty\n${Array.from({ length: 30_000 }, (_, i) => `S1,A${i},${i}`).join("\n")}`);
  await expect(readAll(whole.subarray(0, whole.length / 2))).rejects.toEqual(refused("GZIP_DAMAGED", "not whole"));
});

test("gzip that inflates past the limit, or beyond all reason, is refused before it is read whole", async () => {
  const bomb = gzipSync(Buffer.alloc(12 * 1024 * 1024, "S1,A,5\n"));
  await expect(readAll(Buffer.concat([gzipSync("store,sku,qty\n"), bomb]))).rejects.toEqual(
    refused("INFLATED_TOO_LARGE", "200 times"),
  );
  await expect(readAll(gzipSync("store,sku,qty\nS1,A,5\n"), { inflatedBytesMax: 20 })).rejects.toEqual(
    refused("INFLATED_TOO_LARGE", "20 bytes"),
  );
});

test("rows come in batches between which the event loop gets its turn", async () => {
  const content = `store,sku,qty\n${Array.from({ length: 100_000 }, (_, i) => `S1,A${i},${i}\n`).join("")}`;
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  const read = await readAll(content);
  clearInterval(timer);
  expect(read).toMatchObject({ rowCount: 100_000 });
  expect(read.batches).toBeGreaterThan(10);
  expect(turns).toBeGreaterThan(5);
  expect(read.lines.at(-1)).toBe(100_001);
});

test("rows can be left unread without keeping the file open", async () => {
  const content = `store,sku,qty\n${"S1,A,5\n".repeat(100_000)}`;
  const unread = await readSnapshotRows(await fileOf(content));
  await unread.close();
  const seen: number[] = [];
  const stopped = await readSnapshotRows(await fileOf(content));
  for await (const { rows } of stopped) {
    seen.push(rows.length);
    break;
  }
  expect(seen).toHaveLength(1);
  expect(stopped.rowCount).toBe(seen[0]);
});

test("single lines can be read again as they stand", async () => {
  const path = await fileOf('store,sku,qty\nS1,"A\nB",5\n\nS1,C,6\nS1,D,7\n');
  const found = await readLines(path, new Set([2, 5, 99]));
  expect([...found]).toEqual([
    [2, ["S1", "A\nB", "5"]],
    [5, ["S1", "C", "6"]],
  ]);
  expect(await readLines(path, new Set())).toEqual(new Map());
});

test("rejected rows that were handed back, corrected and sent again are read, their guards taken off", async () => {
  const nowMs = Date.parse("2026-11-23T10:00:00Z");
  const original = await readAll("store;alu;qty\nS1;=TEE+1;many\nS1;@B;-3,5\n");
  const read = createRowReader(mapHeader(original.header), nowMs);
  const origin = "0b1c2d3e-0000-4000-8000-000000000001";
  const csv = rejectsCsv({ columns: original.header, delimiter: original.delimiter }, origin);
  const handedBack = original.rows.map((fields, index) => {
    const result = read(fields);
    return isRejection(result) ? csv.line(csv.cells({ ...result, fields, line: index + 2 })) : "";
  });
  expect(handedBack).toHaveLength(2);
  expect(handedBack[0]).toMatch(/^S1;'=TEE\+1;many;BAD_QUANTITY;/);
  const corrected = [csv.line(csv.columns), ...handedBack].join("").replace("many", "-2").replace("'-3,5", "3.5");
  const again = await readAll(corrected);
  const mapping = mapHeader(again.header);
  const readAgain = createRowReader(mapping, nowMs);
  expect(mapping.repairs).toEqual({ index: 6, resetId: origin });
  expect(again.rows.map((row) => lineInCell(row[6]))).toEqual([2, 3]);
  expect(again.rows.map((row) => readAgain(row))).toMatchObject([
    { idValue: "=TEE+1", quantity: "-2" },
    { idValue: "@B", quantity: "3.5" },
  ]);
});

test("a file that is not there is an error to whoever reads it, and to nobody else", async () => {
  const unheard: unknown[] = [];
  const listen = (error: unknown) => void unheard.push(error);
  process.on("uncaughtException", listen);
  try {
    const missing = join(folder, "not-there.csv");
    await expect(readSnapshotRows(missing)).rejects.toMatchObject({ code: "ENOENT" });
    // Its stream would fail to open in a later turn of the event loop than the question whether it is gzip.
    await expect(readFile(missing)).rejects.toMatchObject({ code: "ENOENT" });
    await new Promise((resolve) => setImmediate(resolve));
    expect(unheard).toEqual([]);
  } finally {
    process.off("uncaughtException", listen);
  }
});
