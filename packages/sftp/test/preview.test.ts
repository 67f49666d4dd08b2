// What an operator sees of a waiting file while building the mapping of its source.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FormSettings, readMapping, type SnapshotMappingInput } from "@inventory-sync/domain";
import { afterAll, beforeAll, expect, test } from "vitest";
import { previewFile } from "../src/index.ts";

const plainForm: FormSettings = { SNAPSHOT_COLUMNS: new Map(), SNAPSHOT_ID_COLUMNS: [], SNAPSHOT_ENCODING: "utf-8" };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "inventory-sync-preview-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function preview(content: string | Buffer, input: SnapshotMappingInput = {}, settings: FormSettings = plainForm) {
  const path = join(folder, "waiting.csv");
  await writeFile(path, content);
  const read = readMapping(input);
  if ("faults" in read) throw new Error(read.faults.join("; "));
  return previewFile(path, read.mapping, { settings, nowMs: Date.parse("2026-11-23T10:00:00Z") });
}

const NIGHTLY =
  "EUR|S001|ON_HAND|STYLE1|TEE|32|30||20261123|20261122|P|12|0\r\nEUR|S001|ON_HAND|STYLE2|CAP|32|30||20261123|20261122|N|3|0\r\n";

test("a nightly file without a header is refused, with its columns; with numbers for its columns it is read", async () => {
  const plain = await preview(NIGHTLY);
  expect(plain.refused).toMatchObject({ code: "MISSING_COLUMN" });
  expect(plain.columns).toHaveLength(13);
  const columns = { facility: 2, idType: { value: "ALU" }, idValue: 5, quantity: 12, sign: 11 } as const;
  const read = await preview(NIGHTLY, { header: false, delimiter: "|", encoding: "windows-1252", columns });
  expect(read).toMatchObject({ refused: null, delimiter: "|", doubts: [] });
  expect(read.rows.map(({ line, row }) => [line, row?.facilityId, row?.idValue, row?.quantity])).toEqual([
    [1, "S001", "TEE", "12"],
    [2, "S001", "CAP", "-3"],
  ]);
  expect(read.columns[1]).toEqual({ name: "column 2", field: "facility" });
});

test("each row says what it would be, and why not", async () => {
  const read = await preview(
    'store,sku,sign,qty\nS1,TEE,P,5\nS1,CAP,N,five\nS1,"A" b,N,1\n,,,\nS1,HAT,P,not stocked\n',
  );
  expect(read.rows.map(({ row, rejected, leftOut }) => row?.quantity ?? rejected?.code ?? leftOut)).toEqual([
    "5",
    "BAD_QUANTITY",
    "BAD_QUOTE",
    "nothing",
    "not-stocked",
  ]);
  expect(read.columns.map(({ field }) => field)).toEqual(["facility", "idValue", null, "quantity"]);
  expect(read.doubts).toEqual([expect.stringContaining('"sign"')]);
});

test("another encoding is proposed, and what is nearly a name is told", async () => {
  const latin = await preview(Buffer.from("store,sku,desc,qty\nS1,TEE,Caf\xe9,5\n", "latin1"));
  expect(latin).toMatchObject({ refused: null, proposedEncoding: "windows-1252" });
  const wide = await preview(Buffer.from("\uFEFFstore,sku,qty\nS1,TEE,5\n", "utf16le"));
  expect(wide).toMatchObject({ refused: { code: "UNREADABLE_ENCODING" }, proposedEncoding: "utf-16le" });
  const near = await preview("store,sku,Quantitty\nS1,TEE,5\n");
  expect(near.nearMisses).toEqual([{ column: "Quantitty", known: "quantity", field: "quantity" }]);
});

test("what the settings say holds where the mapping says nothing", async () => {
  const settings = {
    SNAPSHOT_COLUMNS: new Map([["filiale", "facility"]] as const),
    SNAPSHOT_ID_COLUMNS: ["ean", "sku"] as const,
    SNAPSHOT_ENCODING: "windows-1252" as const,
  };
  const content = Buffer.from("Filiale;sku;ean;quantity\r\nKöln;TEE;4006381333931;5\r\nKöln;CAP;;2\r\n", "latin1");
  expect((await preview(content)).refused).not.toBeNull();
  const read = await preview(content, {}, settings);
  expect(read.refused).toBeNull();
  expect(read.rows.map(({ row }) => [row?.facilityId, row?.idType, row?.idValue])).toEqual([
    ["Köln", "EAN", "4006381333931"],
    ["Köln", "SKU", "CAP"],
  ]);
});
