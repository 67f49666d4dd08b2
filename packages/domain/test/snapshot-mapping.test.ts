// The mapping of a source: what is taken, and the words in which its faults are told.
import { expect, test } from "vitest";
import { PLAIN_MAPPING, readMapping } from "../src/index.ts";

const WHOLE = {
  header: false,
  delimiter: "|",
  encoding: "Windows-1252",
  columns: { facility: 2, idType: { value: "alu" }, idValue: 5, quantity: 13, sign: 12 },
  strip: { idValue: "-" },
  nameStamp: "ddMMyyyyHHmmss",
  facilities: { "001": "1" },
};

test("a mapping is taken as it stands, an encoding and a type in any case", () => {
  expect(readMapping(WHOLE)).toEqual({
    mapping: {
      ...WHOLE,
      decimal: ".",
      encoding: "windows-1252",
      columns: { ...WHOLE.columns, idType: { value: "ALU" } },
    },
  });
});

test("a mapping that says nothing leaves everything to the names in the header", () => {
  expect(readMapping({})).toEqual({ mapping: PLAIN_MAPPING });
  expect(PLAIN_MAPPING).toEqual({ header: true, columns: {}, strip: {}, decimal: ".", facilities: {} });
});

test.each([
  [{ columns: { facility: 0 } }, /columns\.facility.*number from 1/],
  [{ columns: { quantity: 1.5 } }, /columns\.quantity/],
  [{ columns: { store: 1 } }, /columns.*"store"/],
  [{ columns: { idValue: 3 } }, /columns\.idType: must be there beside idValue/],
  [{ header: false, columns: { facility: 1 } }, /columns\.quantity: must be there/],
  [{ header: false, columns: { ...WHOLE.columns, facility: "store" } }, /columns\.facility: must be a number/],
  [{ decimal: ";" }, /decimal: must be/],
  [{ delimiter: "::" }, /delimiter: must be one of/],
  [{ encoding: "ebcdic" }, /encoding: must be one of utf-8, windows-1252/],
  [{ nameStamp: "yyyy" }, /nameStamp: .*MM/],
  [{ facilities: { a: "" } }, /facilities\.a/],
  ["north", /object/],
])("%j is refused, with the place of the fault", (mapping, says) => {
  const read = readMapping(mapping);
  expect("faults" in read ? read.faults.join("\n") : "taken").toMatch(says);
});
