// Snapshot files as they come: delimiters, encodings, line ends, quotes, compression, and everything that is wrong with them.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { createRowReader, isRejection, mapHeader, rejectsCsv } from "@inventory-sync/domain";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readLines, readSnapshotRows, type SnapshotRowsLimits } from "../src/index.ts";

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

async function readAll(content: string | Buffer, limits?: SnapshotRowsLimits) {
  const snapshot = await readSnapshotRows(await fileOf(content), limits);
  const rows: (readonly string[])[] = [];
  const lines: number[] = [];
  let batches = 0;
  for await (const batch of snapshot) {
    rows.push(...batch.rows);
    lines.push(...batch.lines);
    batches++;
  }
  const { header, delimiter, rowCount, endsWithNewline } = snapshot;
  return { header, delimiter, rows, lines, batches, rowCount, endsWithNewline };
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
  ["BAD_QUOTE", 'store,sku,qty\nS1,"A" x,5\nS1,B,6\n', "line 2"],
  ["BAD_QUOTE", 'store,sku,qty\n"S\n1",A,5\nS1,12" pipe,6\n', "line 4"],
  ["RECORD_TOO_LONG", `store,sku,qty\nS1,A,5\nS1,"B,6\n${"S1,C,7\n".repeat(20_000)}`, "line 3"],
  ["RECORD_TOO_LONG", `store,sku,qty\nS1,A,5\nS1,${"B".repeat(70_000)},6\n`, "line 3"],
  ["RECORD_TOO_LONG", "store,sku,qty".padEnd(200_000, "x"), "line 1"],
])("%s is told with the line on which the record begins", async (code, content, line) => {
  await expect(readAll(content)).rejects.toEqual(refused(code, `begins on ${line}[^0-9]`));
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

test("rejected rows that were handed back, mended and sent again are read, their guards taken off", async () => {
  const nowMs = Date.parse("2026-11-23T10:00:00Z");
  const original = await readAll("store;alu;qty\nS1;=TEE+1;many\nS1;@B;-3,5\n");
  const read = createRowReader(mapHeader(original.header), nowMs);
  const csv = rejectsCsv(original.header, original.delimiter);
  const handedBack = original.rows.map((row) => {
    const result = read(row);
    return isRejection(result) ? csv.row(row, result) : "";
  });
  expect(handedBack).toHaveLength(2);
  expect(handedBack[0]).toMatch(/^S1;'=TEE\+1;many;BAD_QUANTITY;/);
  const mended = [csv.header(), ...handedBack].join("").replace("many", "-2").replace("'-3,5", "3.5");
  const again = await readAll(mended);
  const readAgain = createRowReader(mapHeader(again.header), nowMs);
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
