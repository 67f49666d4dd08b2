// Section 6 of what we promise: header rows, as five kinds of source write them.

import { readFile } from "node:fs/promises";
import { describe, expect, it, test } from "vitest";
import { COLUMN_NAMES, columnFields, FileRefused, idColumnOrder, mapHeader, ownColumnNames } from "../src/index.ts";

const refusal = (header: readonly string[]): FileRefused => {
  try {
    mapHeader(header);
  } catch (error) {
    if (error instanceof FileRefused) return error;
    throw error;
  }
  throw new Error(`${header} was taken`);
};

test.each([
  {
    of: "HotWax's reset file",
    header: "facilityId,locationSeqId,idType,idValue,availableQty",
    facility: 0,
    idType: 2,
    idValue: 3,
    quantity: 4,
    location: 1,
  },
  {
    of: "HotWax's own sample",
    header: "FacilityId,IdType,IdValue,AvailableQty,LocationSeqId",
    facility: 0,
    idType: 1,
    idValue: 2,
    quantity: 3,
    location: 4,
  },
  {
    of: "NetSuite's names",
    header: "externalFacilityId,quantity,id_type,id_value",
    facility: 0,
    idType: 2,
    idValue: 3,
    quantity: 1,
    location: -1,
  },
  {
    of: "a store list with blanks",
    header: " STORE_CODE , ON_HAND ,Id_Type, ID_VALUE",
    facility: 0,
    idType: 2,
    idValue: 3,
    quantity: 1,
    location: -1,
  },
])("$of is understood", ({ of: _, header, ...expected }) => {
  expect(mapHeader(header.split(","))).toMatchObject({ ...expected, fixedIdType: null, asOf: -1, ignoredColumns: [] });
});

test.each([
  ["sku", "SKU"],
  ["UPC", "UPCA"],
  ["upca", "UPCA"],
  ["Ean", "EAN"],
  ["alu", "ALU"],
])("a column named %s identifies by %s", (column, idType) => {
  expect(mapHeader(["store_number", column, "qty"])).toMatchObject({
    facility: 0,
    fixedIdType: idType,
    idType: -1,
    idValue: 1,
    quantity: 2,
  });
});

test.each(["externalFacilityId", "facilityId", "facility_id", "store", "storeCode", "store_code", "store_number"])(
  "%s names the facility",
  (name) => {
    expect(mapHeader(["sku", "qty", name]).facility).toBe(2);
  },
);

test.each(["availableQty", "quantity", "qty", "onHand", "on_hand", "quantityOnHand"])("%s is the quantity", (name) => {
  expect(mapHeader(["sku", "store", name]).quantity).toBe(2);
});

test.each(["asOf", "as_of", "effectiveAt"])("%s is the time of a row", (name) => {
  expect(mapHeader(["sku", "store", "qty", name]).asOf).toBe(3);
});

test("externalFacilityId wins over facilityId, wherever they stand, and the loser is named as ignored", () => {
  expect(mapHeader(["facilityId", "sku", "qty", "externalFacilityId"])).toMatchObject({
    facility: 3,
    ignoredColumns: ["facilityId"],
  });
  expect(mapHeader(["externalFacilityId", "facilityId", "sku", "qty"])).toMatchObject({
    facility: 0,
    ignoredColumns: ["facilityId"],
  });
});

test("other columns are ignored and named, also when they repeat or have no name", () => {
  const mapping = mapHeader(["Item", "store", "sku", "comments", "qty", "comments", ""]);
  expect(mapping.ignoredColumns).toEqual(["Item", "comments", "comments", "(column 7, without a name)"]);
});

test.each([
  ["Facility ID,Item Code,On Hand Qty", { facility: 0, fixedIdType: "SKU", idValue: 1, quantity: 2 }],
  ["LOCATION,item_sku,qty-on-hand", { facility: 0, fixedIdType: "SKU", idValue: 1, quantity: 2 }],
  ["branch,barcode,stock", { facility: 0, fixedIdType: "UPCA", idValue: 1, quantity: 2 }],
  ["Store No,GTIN,QOH", { facility: 0, fixedIdType: "EAN", idValue: 1, quantity: 2 }],
  ["Store_Code,UPC Code,Quantity-On Hand,As Of", { facility: 0, fixedIdType: "UPCA", quantity: 2, asOf: 3 }],
  ["product_id,location,available qty", { facility: 1, fixedIdType: "SKU", idValue: 0, quantity: 2 }],
])("%s is understood, whatever its case, blanks, _ and -", (header, expected) => {
  expect(mapHeader(header.split(","))).toMatchObject(expected);
});

test("a usual name wins over the others, so that what was ignored beside it still is", () => {
  const mapping = mapHeader([
    "Item",
    "Branch",
    "facilityId",
    "SKU",
    "stock",
    "barcode",
    "qty",
    "Id Value",
    "Store Code",
  ]);
  expect(mapping).toMatchObject({ facility: 2, fixedIdType: "SKU", idValue: 3, quantity: 6 });
  expect(mapping.ignoredColumns).toEqual(["Item", "Branch", "stock", "barcode", "Id Value", "Store Code"]);
});

test.each([
  "store,item,barcode,qty",
  "branch,location,sku,qty",
  "store,sku,stock,on hand qty",
  "store,item,item code,qty",
])("%s: two less usual names for one field are refused", (header) => {
  expect(refusal(header.split(",")).code).toBe("TWO_COLUMNS_FOR_ONE_FIELD");
});

test("names of one's own win over all others, and two of them for one field are refused", () => {
  const own = ownColumnNames.parse(
    "facility=Filiale, sku=Artikel-Nummer,quantity=Bestand,quantity=Menge,location=Platz,upc=Strichcode",
  );
  expect(mapHeader(["store", "FILIALE", "sku", "artikelnummer", "Bestand ", "qty", "platz"], own)).toMatchObject({
    ...{ facility: 1, fixedIdType: "SKU", idValue: 3, quantity: 4, location: 6 },
    ignoredColumns: ["store", "sku", "qty"],
  });
  expect(() => mapHeader(["Filiale", "sku", "Bestand", "Menge"], own)).toThrow(
    '"Bestand" (column 3), "Menge" (column 4)',
  );
  expect(mapHeader(["store", "sku", "qty"], own)).toMatchObject({ facility: 0, idValue: 1, quantity: 2 });
});

test.each([
  [
    "facility",
    'pairs of a field and the name of its column, such as facility=Filiale,sku=Artikelnummer; "facility" is none',
  ],
  ["sku= ", 'pairs of a field and the name of its column, such as facility=Filiale,sku=Artikelnummer; "sku=" is none'],
  [
    "shop=Filiale",
    'the fields facility, quantity, idType, idValue, location, asOf, sku, upca, ean, alu; "shop" is none of them',
  ],
  ["sku=Nr,facility=n r", 'each name for one field; "n r" is given for sku and for facility'],
])("SNAPSHOT_COLUMNS=%s is refused in words", (text, says) => {
  expect(ownColumnNames.safeParse(text).error?.issues.map(({ message }) => message)).toEqual([says]);
});

test("the documents list every name that is known", async () => {
  const page = await readFile(new URL("../../../docs/snapshot-files.md", import.meta.url), "utf8");
  const row = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(", ") || "–";
  for (const field of columnFields) {
    const { usual, also } = COLUMN_NAMES[field];
    expect(page).toContain(`| \`${field}\` | ${row(usual)} | ${row(also)} |`);
  }
});

test("a rejects file that comes back is recognised, and its error columns count for nothing", () => {
  const mapping = mapHeader(["store", "sku", "qty", "errorCode", "errorReason"]);
  expect(mapping).toMatchObject({ resubmitted: true, ignoredColumns: [] });
  expect(mapHeader(["store", "sku", "qty"]).resubmitted).toBe(false);
});

test.each([
  ["two quantities", "store,sku,qty,quantity", ['"qty" (column 3)', '"quantity" (column 4)']],
  ["the same name twice", "store,sku,qty,sku", ['"sku" (column 2)', '"sku" (column 4)']],
  [
    "the four columns printed twice",
    "externalFacilityId,availableQty,idType,idValue,externalFacilityId,availableQty,idType,idValue",
    ["column 1", "column 5"],
  ],
  ["two facilities", "store,storeCode,sku,qty", ['"store" (column 1)', '"storeCode" (column 2)']],
  [
    "externalFacilityId beside a third name",
    "externalFacilityId,store,sku,qty",
    ['"externalFacilityId" (column 1)', '"store" (column 2)'],
  ],
  ["upc beside upca", "store,upc,upca,qty", ['"upc" (column 2)', '"upca" (column 3)']],
  ["two identifications", "store,sku,ean,qty", ['"sku" (column 2)', '"ean" (column 3)']],
  [
    "sku beside idType and idValue",
    "store,idType,idValue,sku,qty",
    ['"idType" (column 2)', '"idValue" (column 3)', '"sku" (column 4)'],
  ],
  ["two times", "store,sku,qty,asOf,as_of", ['"asOf" (column 4)', '"as_of" (column 5)']],
])("%s: the file is refused, naming both", (_, header, named) => {
  const refused = refusal(header.split(","));
  expect(refused.code).toBe("TWO_COLUMNS_FOR_ONE_FIELD");
  for (const column of named) expect(refused.message).toContain(column);
});

test.each([
  ["no quantity", "store,sku,price", "a quantity"],
  ["no facility", "sku,qty", "a facility"],
  ["no identification", "store,qty", "an identification"],
  ["idType without idValue", "store,idType,qty", "idValue"],
  ["idValue without idType", "store,idValue,qty", "idType"],
])("%s: the file is refused, naming what is missing and what was found", (_, header, missing) => {
  const refused = refusal(header.split(","));
  expect(refused.code).toBe("MISSING_COLUMN");
  expect(refused.message).toContain(missing);
  expect(refused.message).toContain(`Columns found: ${header.split(",").join(", ")}`);
});

test("a header in one piece is refused with the delimiters that would work", () => {
  expect(refusal(["store:sku:qty"]).message).toContain("comma, a semicolon, a tab");
});

test("a header of ten thousand columns for one field is refused in a message that names the first", () => {
  const refused = refusal([..."store,sku".split(","), ...Array.from({ length: 10_000 }, () => "qty")]);
  expect(refused.message).toMatch(/10000 columns for one field: "qty" \(column 3\).*and 9960 more\. /);
  expect(refused.message.length).toBeLessThan(3_000);
});

test("a name out of every JavaScript object is an ordinary column", () => {
  expect(mapHeader(["store", "sku", "qty", "__proto__", "constructor"]).ignoredColumns).toEqual([
    "__proto__",
    "constructor",
  ]);
});

describe("several columns of ids", () => {
  const header = ["store", "ean", "upc", "sku", "qty"];

  it("are refused with a proposal, and taken in the order of the setting; the others are ignored", () => {
    expect(() => mapHeader(header)).toThrow(/SNAPSHOT_ID_COLUMNS=sku,upca,ean/);
    expect(mapHeader(header, undefined, idColumnOrder.parse("upc, sku"))).toMatchObject({
      ...{ fixedIdType: "UPCA", idValue: 2, otherIds: [{ idType: "SKU", idValue: 3 }], ignoredColumns: ["ean"] },
    });
    expect(mapHeader(["store", "ean", "qty"], undefined, ["sku"])).toMatchObject({ fixedIdType: "EAN", idValue: 1 });
  });

  it("are still refused where one type has two, or idType and idValue stand beside them", () => {
    const twice = ["store", "upc", "upca", "sku", "qty"];
    expect(() => mapHeader(twice, undefined, ["sku", "upca"])).toThrow(/2 columns for one field: "upc"/);
    const pair = ["store", "idType", "idValue", "sku", "qty"];
    expect(() => mapHeader(pair, undefined, ["sku"])).toThrow(/3 columns for one field/);
  });

  it.each(["sku,foo", "sku,sku", ""])("SNAPSHOT_ID_COLUMNS=%s is refused in words", (text) => {
    expect(idColumnOrder.safeParse(text).error?.issues[0]?.message).toBe(
      "some of sku, upca, ean, alu, each once, such as sku,upca",
    );
  });
});
