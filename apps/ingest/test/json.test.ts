// JSON text is read without losing anything on the way.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NotJson, parseJson } from "../src/json.ts";
import { jsonPointer } from "../src/problem.ts";

const faultsOf = (text: string) =>
  parseJson(text, "exact").faults.map(({ path, detail }) => `${jsonPointer(path)} ${detail}`);

describe("reading JSON", () => {
  it("reads whatever JSON.stringify writes, as JSON.parse does", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(undefined, 1, "\t"), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        // Integers past 2^53 are read otherwise on purpose; the next tests are about them.
        fc.pre(!text.includes("__proto__") && !/\d{16}/.test(text));
        expect(parseJson(text, "lenient").value).toEqual(JSON.parse(text));
      }),
    );
  });

  it("accepts exactly the texts that JSON.parse accepts", () => {
    const pieces = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ":",
      ",",
      '"a"',
      '"',
      "1",
      "-",
      "0",
      ".",
      "e",
      "+",
      "true",
      "nul",
      "null",
      " ",
      "\n",
      "\\u00",
      "\\n",
      "\u0001",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
        const text = parts.join("");
        expect(accepts(() => parseJson(text, "exact"))).toBe(accepts(() => JSON.parse(text)));
      }),
      { numRuns: 5_000 },
    );
  });

  it("keeps every digit of an integer that a number cannot hold", () => {
    expect(parseJson("[9007199254740991, 9007199254740993, -592481256000133060]", "exact").value).toEqual([
      9007199254740991,
      9007199254740993n,
      -592481256000133060n,
    ]);
  });

  it.each([
    ["1.50", 1.5],
    ["-0.0001", -0.0001],
    ["9999999999.9999", 9999999999.9999],
    ["1e3", 1000],
    ["1E+2", 100],
    ["120e-1", 12],
    ["0.0", 0],
    ["-0", -0],
  ])("reads the number %s without fault", (text, value) => {
    expect(parseJson(text, "exact")).toEqual({ value, faults: [] });
  });

  it.each([
    ["a key that stands twice", '{"a":{"b":1,"b":1}}', "/a/b stands in its object twice; send it once"],
    ["__proto__", '[{"__proto__":{"quantity":1}}]', "/0/__proto__ is not a field that can be taken"],
    ["a number out of range", '{"q":1e400}', "/q the number 1e400 is out of range"],
    [
      "a decimal that would be rounded",
      '{"q":1.00000000000000000001}',
      "/q the number 1.00000000000000000001 has more digits than can be kept",
    ],
    [
      "a NUL in a text",
      '{"a/b":"x\\u0000"}',
      "/a~1b must not contain control characters or half characters (a lone surrogate)",
    ],
    ["half a character", '["\\ud83d"]', "/0 must not contain control characters or half characters (a lone surrogate)"],
  ])("names the place of %s", (_what, text, fault) => {
    expect(faultsOf(text)).toEqual([fault]);
  });

  it("takes whole characters outside the basic plane, escaped or not", () => {
    expect(parseJson('["\\ud83d\\ude00","😀"]', "exact")).toEqual({ value: ["😀", "😀"], faults: [] });
  });

  it("lets rounded decimals and control characters pass where few fields are read", () => {
    expect(parseJson('{"price":12.300000000000000711,"note":"\\u001d"}', "lenient")).toEqual({
      value: { price: 12.3, note: "\u001d" },
      faults: [],
    });
  });

  it.each([
    ["{", "The text ends where a field name in double quotes was expected at line 1, column 2"],
    ['{"a":1,}', 'There is "}" where a field name in double quotes was expected at line 1, column 8'],
    ["[1\n 2]", 'There is "2" where "," or "]" was expected at line 2, column 2'],
    ["NaN", 'There is "N" where a value was expected at line 1, column 1'],
    ["01", 'There is "1" where the end was expected at line 1, column 2'],
    ["[".repeat(40), "Values are nested deeper than 32 at line 1, column 33"],
  ])("says what is wrong with %j, and where", (text, message) => {
    expect(() => parseJson(text, "exact")).toThrow(NotJson);
    expect(() => parseJson(text, "exact")).toThrow(message);
  });
});

function accepts(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch {
    return false;
  }
}
