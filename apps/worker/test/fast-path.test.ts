// The fast path judges rows as the reader of fields does: the same files through both, with every kind of cell that is doubtful.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Catalogue, Database, UnknownPolicy } from "@inventory-sync/db";
import { createRowReader, mapHeader } from "@inventory-sync/domain";
import { readSnapshotRows } from "@inventory-sync/sftp";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { idMarks } from "../src/resets/id-marks.ts";
import { createResolver } from "../src/resets/resolve.ts";
import { emptyTally, FileNotes, keep } from "../src/resets/staging-tally.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "inventory-sync-fast-path-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Nothing is made under these policies, so no database is asked. */
const database = {} as Database;
const nowMs = Date.parse("2026-11-26T10:00:00Z");
const catalogue = (): Catalogue => ({
  facilities: new Map([
    ["S1", 1],
    ["S22", 2],
    ["S+1", 3],
  ]),
  products: new Map([
    [
      "SKU",
      new Map([
        ["A", 1],
        ["B-2", 2],
        ["1E+5", 3],
        ["C D", 4],
        ["Ö", 5],
      ]),
    ],
    [
      "EAN",
      new Map([
        ["A", 6],
        ["77", 7],
      ]),
    ],
  ]),
});

const mostly = (usual: readonly string[], odd: readonly string[]) =>
  fc.oneof({ arbitrary: fc.constantFrom(...usual), weight: 6 }, fc.constantFrom(...odd));
const facility = mostly(["S1", "S22"], ["S+1", " S1", "S1 ", "S3", "", "1E+3", "S1S1"]);
const idType = mostly(["sku", "EAN"], ["", "Ean", " sku", "new", "good identification type"]);
const idValue = mostly(["A", "B-2", "77", "unknown"], ["1E+5", "C D", " A", "Ö", "", "x".repeat(129)]);
const quantity = mostly(
  ["0", "7", "-12", "1234567890"],
  ["-0", "007", "1.50", "+3", "", "x", "12345678901", "-", " 4"],
);
const location = mostly(["", "L1"], ["L2", " L1", "L\u00a01", "x".repeat(129)]);
const asOf = mostly(["", "2026-11-25T10:00:00Z"], ["2026-11-24T10:00:00+02:00", "yesterday", " "]);
const row = fc.tuple(facility, idType, idValue, quantity, location, asOf);
const irregular = fc.constantFrom([], ["S1", "sku", "A", "1"], ["S1", "sku", '"A"', "1", "", ""]);
const policies: fc.Arbitrary<UnknownPolicy> = fc.record({
  facility: fc.constant("reject"),
  product: fc.constantFrom("reject", "skip"),
});

async function resolved(path: string, policy: UnknownPolicy, isFast: boolean) {
  const rows = await readSnapshotRows(path, { chunkBytes: 150 });
  const mapping = mapHeader(rows.header);
  const known = catalogue();
  const resolve = createResolver(database, {
    catalogue: known,
    marks: idMarks(known, mapping),
    notes: new FileNotes(),
    policy,
    mapping,
    readRow: createRowReader(mapping, nowMs),
    believed: async () => undefined,
    mayMakeFacilities: async () => undefined,
  });
  const all = { staged: [] as object[], rejects: [] as object[], skipped: 0, fast: 0 };
  for await (const batch of rows) {
    if (batch.text) all.fast += batch.text.count;
    const { staged, rejects, skipped } = await resolve(isFast ? batch : { rows: batch.rows, lines: batch.lines });
    all.staged.push(...staged);
    all.rejects.push(...rejects);
    all.skipped += skipped;
  }
  const byLine = (one: object, other: object) => (one as { line: number }).line - (other as { line: number }).line;
  return { ...all, staged: all.staged.sort(byLine), rejects: all.rejects.sort(byLine) };
}

test.each([
  ["type and value", "facilityId,idType,idValue,quantity,locationSeqId,asOf", [0, 1, 2, 3, 4, 5]],
  ["one column named after its type", "quantity,sku,facilityId", [3, 2, 0]],
  ["our own columns of errors, so guarded cells", "facilityId,sku,quantity,errorCode,errorReason", [0, 2, 3, 4, 4]],
])("files with %s are judged the same", async (_name, header, order) => {
  const path = join(folder, "rows.csv");
  let fast = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof({ arbitrary: row, weight: 30 }, irregular), { minLength: 12, maxLength: 40 }),
      policies,
      async (rows, policy) => {
        const lines = rows.map((cells) => (cells.length === 6 ? order.map((index) => cells[index]) : cells).join(","));
        await writeFile(path, `${header}\n${lines.join("\n")}\n`);
        const fastest = await resolved(path, policy, true);
        expect(fastest).toEqual(await resolved(path, policy, false));
        fast += fastest.fast;
      },
    ),
    { numRuns: 150 },
  );
  expect(fast).toBeGreaterThan(100);
});

test("rows that cannot be used are kept up to a number; beyond it the file is refused, unless they are few among others", () => {
  const reject = { line: 1, fields: ["T", "A", "10,00"], facilityId: "T", code: "BAD_QUANTITY", reason: "a comma" };
  const tally = emptyTally();
  for (let row = 0; row < 100_000; row++) keep(reject, tally, row + 1);
  expect(() => keep(reject, tally, 2_100_000)).not.toThrow();
  expect(() => keep(reject, tally, 150_000)).toThrow(
    expect.objectContaining({
      code: "TOO_MANY_BAD_ROWS",
      message: expect.stringMatching(/^100,002 of its first 150,000 rows cannot be used: .*BAD_QUANTITY.*"decimal"/),
    }),
  );
});
