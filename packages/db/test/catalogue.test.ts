// The catalogue import: idempotent, and a contradiction harms nothing else.
import { type CatalogueRow, importCatalogue } from "@inventory-sync/db";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { apply, type OpenTestDatabase, openFresh, sale } from "./support.ts";

const rows = (...given: [productId: string, idType: string, idValue: string][]): CatalogueRow[] =>
  given.map(([productId, idType, idValue], index) => ({ line: index + 2, productId, idType, idValue }));

describe("importing a catalogue", () => {
  let database: OpenTestDatabase;
  beforeEach(async () => {
    database = await openFresh();
  });
  afterEach(() => database.drop());

  const productOf = async (idType: string, idValue: string) =>
    (await database.prisma.productIdentification.findUnique({ where: { idType_idValue: { idType, idValue } } }))
      ?.productId;

  it("makes one product of the rows with one productId, wherever they stand, and keeps the productId itself", async () => {
    const file = rows(["P1", "sku", "TEE-RED"], ["P2", "SKU", "TEE-BLUE"], ["P1", "UPC", "012345678905"]);
    expect(await importCatalogue(database, file)).toEqual({
      products: 2,
      identifications: 3,
      unchanged: 0,
      kinds: 0,
      conflicts: [],
    });
    const product = await productOf("SKU", "TEE-RED");
    expect(product).toBeDefined();
    expect(await productOf("UPCA", "012345678905")).toBe(product);
    expect(await productOf("PRODUCT_ID", "P1")).toBe(product);
    expect(await database.prisma.product.findUnique({ where: { id: product ?? 0 } })).toMatchObject({
      idType: "SKU",
      idValue: "TEE-RED",
    });
  });

  it("changes nothing the second time", async () => {
    const file = rows(["P1", "SKU", "A"], ["P1", "EAN", "1"], ["P1", "PRODUCT_ID", "P1"], ["P1", "SKU", "A"]);
    expect(await importCatalogue(database, file)).toMatchObject({ products: 1, identifications: 2, unchanged: 2 });
    const before = await database.pool.query("select * from product_identification order by 1, 2");
    expect(await importCatalogue(database, file)).toEqual({
      products: 0,
      identifications: 0,
      unchanged: 4,
      kinds: 0,
      conflicts: [],
    });
    expect((await database.pool.query("select * from product_identification order by 1, 2")).rows).toEqual(before.rows);
    expect(await database.prisma.product.count()).toBe(1);
  });

  it("adds what is new to a product that stands", async () => {
    await importCatalogue(database, rows(["P1", "SKU", "A"]));
    expect(await importCatalogue(database, rows(["P1", "SKU", "A"], ["P1", "EAN", "77"]))).toEqual({
      products: 0,
      identifications: 1,
      unchanged: 1,
      kinds: 0,
      conflicts: [],
    });
    expect(await productOf("EAN", "77")).toBe(await productOf("PRODUCT_ID", "P1"));
  });

  it("names an identification that reaches another product, with its line, and takes the other rows", async () => {
    await importCatalogue(database, rows(["P1", "SKU", "A"]));
    const done = await importCatalogue(database, rows(["P2", "SKU", "B"], ["P2", "SKU", "A"], ["P3", "SKU", "C"]));
    expect(done).toMatchObject({ products: 2, identifications: 2, unchanged: 0 });
    expect(done.conflicts).toHaveLength(1);
    expect(done.conflicts[0]).toMatchObject({ line: 3, productId: "P2", idType: "SKU", idValue: "A" });
    expect(done.conflicts[0]?.reason).toContain("already reaches product P1");
    expect(await productOf("SKU", "A")).toBe(await productOf("PRODUCT_ID", "P1"));
  });

  it("lets the first of two products in one file have an identification that both name", async () => {
    const done = await importCatalogue(database, rows(["P1", "SKU", "A"], ["P2", "SKU", "A"], ["P2", "SKU", "B"]));
    expect(done).toMatchObject({ products: 2, identifications: 2 });
    expect(done.conflicts.map((each) => each.line)).toEqual([3]);
    expect(await productOf("SKU", "A")).toBe(await productOf("PRODUCT_ID", "P1"));
  });

  it("takes over a product that a sale made on first sight, so that its stock has all its names", async () => {
    await apply(database, sale("e1", "S001", "A", 3));
    const sold = await productOf("SKU", "A");
    const done = await importCatalogue(database, rows(["P1", "EAN", "4006381333931"], ["P1", "SKU", "A"]));
    expect(done).toEqual({ products: 0, identifications: 1, unchanged: 1, kinds: 0, conflicts: [] });
    expect(await productOf("EAN", "4006381333931")).toBe(sold);
    expect(await productOf("PRODUCT_ID", "P1")).toBe(sold);
  });

  it("does not join two products that sales made: the second one's name is a conflict", async () => {
    await apply(database, sale("e1", "S001", "A", 3));
    await apply(database, sale("e2", "S001", "B", 3));
    const done = await importCatalogue(database, rows(["P1", "SKU", "A"], ["P1", "SKU", "B"]));
    expect(done.conflicts.map((each) => each.line)).toEqual([3]);
    expect(await productOf("SKU", "B")).not.toBe(await productOf("SKU", "A"));
  });

  it("refuses rows that cannot be ids, and a foreign PRODUCT_ID, without harming the rest", async () => {
    const done = await importCatalogue(
      database,
      rows(
        ["", "SKU", "A"],
        ["P1", "SKU", ""],
        ["P1", "product id", "P9"],
        ["P1", "SKU", "=1+1"],
        ["<b>", "SKU", "ütf\u{1F455}"],
      ),
    );
    expect(done.conflicts.map((each) => each.line)).toEqual([2, 3, 4]);
    expect(done).toMatchObject({ products: 2, identifications: 2 });
  });

  it("takes a file of many parts", async () => {
    const many = Array.from(
      { length: 25_000 },
      (_, index) => [`P${index >> 1}`, index % 2 ? "EAN" : "SKU", `${index}`] as [string, string, string],
    );
    expect(await importCatalogue(database, rows(...many))).toEqual({
      products: 12_500,
      identifications: 25_000,
      unchanged: 0,
      kinds: 0,
      conflicts: [],
    });
    expect(await importCatalogue(database, rows(...many))).toEqual({
      products: 0,
      identifications: 0,
      unchanged: 25_000,
      kinds: 0,
      conflicts: [],
    });
  });
});
