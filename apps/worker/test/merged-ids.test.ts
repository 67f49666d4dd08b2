// Rows of one product under different ids, several columns of ids, rows that do not fit: what is staged of them, and what the reset says.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Database, importCatalogue, openDatabase, openReset } from "@inventory-sync/db";
import { idColumnOrder } from "@inventory-sync/domain";
import { mergedText, readReset } from "@inventory-sync/operator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FreshDatabase, freshDatabase } from "../../../tests/support/index.ts";
import type { StagingTask } from "../src/resets/fetch.ts";
import { stageFile } from "../src/resets/stage.ts";

let fresh: FreshDatabase;
let database: Database;
let folder: string;
let files = 0;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = openDatabase({ url: fresh.url, name: "test" });
  folder = await mkdtemp(join(tmpdir(), "merged-ids-"));
  const ids = ["UPCA 111111111117", "UPCA 222222222224", "SKU TEE"].map((id) => ["P1", ...id.split(" ")]);
  const rows = [...ids, ["P2", "UPCA", "333333333331"]].map(([productId = "", idType = "", idValue = ""], index) => ({
    ...{ line: index + 2, productId, idType, idValue },
  }));
  expect(await importCatalogue(database, rows)).toMatchObject({ products: 2 });
});
afterAll(async () => {
  await database.close();
  await Promise.all([fresh.drop(), rm(folder, { recursive: true })]);
});

/** Stages a file and gives what is left of P1 and P2 at each store, and what the reset says of merged rows. */
async function staged(lines: readonly string[], how: "agree" | "add", idColumns = "") {
  const path = join(folder, `stock-${++files}.csv`);
  await writeFile(path, `${lines.join("\n")}\n`);
  const file = { name: `stock-${files}.csv`, size: 1, modifiedAt: new Date() };
  const { resetId } = await openReset(database, file, { requestedBy: "test", preview: false });
  const task: StagingTask = {
    reset: { id: resetId, generation: 0, createdAt: new Date() },
    file: { name: file.name, size: 1, modifiedAtMs: Date.now() },
    spoolPath: path,
    absentRows: "keep",
    settings: {
      ...{
        RESET_TIME_ZONE: "UTC",
        SNAPSHOT_COLUMNS: new Map(),
        SNAPSHOT_ID_COLUMNS: idColumns === "" ? [] : idColumnOrder.parse(idColumns),
        SNAPSHOT_FINAL_NEWLINE: "required",
        SNAPSHOT_ENCODING: "utf-8",
      },
      ...{
        SNAPSHOT_DUPLICATE_IDS: how,
        UNKNOWN_FACILITY: "create",
        UNKNOWN_PRODUCT: "create",
        GUARD_NEW_FACILITIES: 0,
      },
    },
  };
  const here = { path, arrived: async () => Number.POSITIVE_INFINITY, sha256: Promise.resolve(`sha-${files}`) };
  const arriving = { file: task.file, manifest: {}, announced: false, ...here };
  const end = await stageFile(database, task, arriving, () => undefined);
  const { rows } = await database.pool.query<{ said: string }>(
    `select f.facility_id || ' ' || i.id_value || ' ' || sum(s.quantity)::int as said
       from snapshot_row s
       join facility f on f.id = s.facility_id
       join product_identification i on i.product_id = s.product_id and i.id_type = 'PRODUCT_ID'
      where s.reset_id = $1
      group by f.facility_id, i.id_value
      order by 1`,
    [resetId],
  );
  return { end, counts: rows.map(({ said }) => said), merged: (await readReset(database, resetId)).merged };
}

const upc = (...rows: string[]) => ["store,upc,qty", ...rows];
const two = upc("S001,111111111117,5", "S001,222222222224,5", "S001,333333333331,9");
const unlike = upc("S001,111111111117,5", "S001,222222222224,3", "S001,333333333331,9");

describe("rows of one product under two barcodes", () => {
  it("count once where they must agree and do, which the reset says", async () => {
    const { counts, merged } = await staged(two, "agree");
    expect(counts).toEqual(["S001 P1 5", "S001 P2 9"]);
    expect(merged).toEqual({ how: "agree", rows: 2, products: 1, examples: ["S001 UPCA 111111111117: 5 and 5"] });
    expect(merged && mergedText(merged)).toMatch(
      /^2 rows of 1 product under different ids of theirs count once, because they agree/,
    );
  });

  it("are rejected where they must agree and do not", async () => {
    const { end, counts, merged } = await staged(unlike, "agree");
    expect([end, counts, merged]).toEqual([expect.objectContaining({ rejected: 2 }), ["S001 P2 9"], null]);
  });

  it("add up where they are partial counts, equal or not", async () => {
    expect(await staged(two, "add")).toMatchObject({ counts: ["S001 P1 10", "S001 P2 9"] });
    const { counts, merged } = await staged(unlike, "add");
    expect(counts).toEqual(["S001 P1 8", "S001 P2 9"]);
    expect(merged).toMatchObject({ how: "add", rows: 2, examples: ["S001 UPCA 111111111117: 5 and 3"] });
  });

  it("are told from the same row sent twice, which never adds up, and from rows of other stores", async () => {
    const again = upc("S001,222222222224,5", "S001,222222222224,5", "S002,111111111117,4", "S002,222222222224,2");
    expect(await staged(again, "add")).toMatchObject({ counts: ["S001 P1 5", "S002 P1 6"], merged: { rows: 2 } });
    const conflict = upc("S001,111111111117,5", "S001,111111111117,6", "S001,333333333331,9");
    expect(await staged(conflict, "add")).toMatchObject({ end: { rejected: 2 }, counts: ["S001 P2 9"], merged: null });
  });

  it("are the same whatever the types of their ids and however their cells are written", async () => {
    const typed = [
      "store,idType,idValue,locationSeqId,qty",
      "S001,upca,111111111117,A,5",
      'S001,sku,"TEE",A,2',
      "S001,sku,TEE,B,1",
    ];
    expect(await staged(typed, "add")).toMatchObject({ counts: ["S001 P1 8"], merged: { rows: 2, products: 1 } });
    expect(await staged(typed, "agree")).toMatchObject({ end: { code: "NO_USABLE_ROW" }, merged: null });
  });
});

describe("a file with several columns of ids", () => {
  const both = ["store,upc,sku,qty", "S001,111111111117,,5", "S001,333333333331,NOT-LOOKED-AT,9"];

  it("is refused, with the setting that says which comes first", async () => {
    const { end, counts } = await staged(both, "agree");
    expect([end, counts]).toEqual([
      {
        ended: "refused",
        code: "TWO_COLUMNS_FOR_ONE_FIELD",
        message: expect.stringMatching(/Or set SNAPSHOT_ID_COLUMNS=sku,upca: then the first of them that is filled/),
      },
      [],
    ]);
  });

  it("is read by the first that is filled in a row, in the order of the setting", async () => {
    expect(await staged(both, "agree", "upc,sku")).toMatchObject({ counts: ["S001 P1 5", "S001 P2 9"], merged: null });
    const other = ["store,upc,sku,qty", "S001,111111111117,,5", "S001,333333333331,,9", "S001,,,4"];
    const { end, counts } = await staged(other, "agree", "sku,upc");
    expect([end, counts]).toEqual([expect.objectContaining({ rejected: 1 }), ["S001 P1 5", "S001 P2 9"]]);
  });

  it("counts a product once that its rows name in one column and in the other", async () => {
    const rows = ["store,sku,upc,qty", "S001,,111111111117,5", "S001,SKU-1,,5"];
    await database.pool.query(
      `insert into product_identification (id_type, id_value, product_id)
       select 'SKU', 'SKU-1', product_id from product_identification where id_type = 'UPCA' and id_value = '111111111117'`,
    );
    expect(await staged(rows, "agree", "sku,upc")).toMatchObject({ counts: ["S001 P1 5"], merged: { rows: 2 } });
    expect(await staged(rows, "add", "sku,upc")).toMatchObject({ counts: ["S001 P1 10"] });
  });
});

it("a hundred thousand rows that do not fit the header are counted, said once, and the first ten thousand kept", async () => {
  const rows = Array.from({ length: 100_000 }, (_, index) => `S001,SKU-${index},,5`);
  const { end } = await staged(["store,sku,qty", "S001,SKU-1,7", ...rows], "agree");
  expect(end).toMatchObject({ ended: "staged", rows: 100_001, rejected: 100_000 });
  const found = await database.pool.query(
    "select r.rejected, r.report -> 'doubts' as doubts, (select count(*)::int from rejected_row x where x.reset_id = r.id) as kept from reset r order by created_at desc limit 1",
  );
  expect(found.rows).toEqual([
    { rejected: 100_000, kept: 10_000, doubts: [expect.stringMatching(/^100,000 rows have another number of cells/)] },
  ]);
  const { end: refused } = await staged(["store,sku,qty", ...rows], "agree");
  expect(refused).toMatchObject({ ended: "refused", code: "NO_USABLE_ROW" });
});
