// Section 6 of what we promise: header rows, as five kinds of source write them.
import { expect, test } from "vitest";
import { FileRefused, mapHeader } from "../src/index.ts";

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

test("a rejects file that comes back is recognised, and its error columns count for nothing", () => {
  const mapping = mapHeader(["store", "sku", "qty", "errorCode", "errorReason"]);
  expect(mapping).toMatchObject({ mended: true, ignoredColumns: [] });
  expect(mapHeader(["store", "sku", "qty"]).mended).toBe(false);
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
