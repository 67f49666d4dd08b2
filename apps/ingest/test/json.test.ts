// JSON text is read without losing anything on the way.
import { jsonPointer } from "@inventory-sync/runtime";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readJson } from "../src/json.ts";
import { NotJson } from "../src/json-signs.ts";
import type { Exactness } from "../src/limits.ts";

/** The reader that gives way after every look at the clock, so that it goes on from wherever it was. */
const parseJson = async (text: string, exactness: Exactness) => {
  const { value, faults } = await readJson(text, exactness, { isOver: () => true, next: async () => undefined });
  return { value, faults };
};
const faultsOf = async (text: string) =>
  (await parseJson(text, "exact")).faults.map(({ path, detail }) => `${jsonPointer(path)} ${detail}`);

describe("reading JSON", () => {
  it("reads whatever JSON.stringify writes, as JSON.parse does", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(undefined, 1, "\t"), async (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        // Integers past 2^53 are read otherwise on purpose; the next tests are about them.
        fc.pre(!text.includes("__proto__") && !/\d{16}/.test(text));
        expect((await parseJson(text, "lenient")).value).toEqual(JSON.parse(text));
      }),
    );
  });

  it("reads what is longer than one look at the clock, and texts with every escape, as JSON.parse does", async () => {
    const texts = fc.string({ unit: fc.constantFrom('"', "\\", "/", "\b", "\n", "ß", "👕", "\u2028", "a", "0") });
    const record = fc.dictionary(fc.string({ maxLength: 5 }), fc.oneof(texts, fc.integer(), fc.boolean()));
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 100, maxLength: 300 }), async (value) => {
        const text = JSON.stringify(value);
        fc.pre(!text.includes("__proto__"));
        expect((await parseJson(text, "lenient")).value).toEqual(JSON.parse(text));
      }),
      { numRuns: 20 },
    );
  });

  it("accepts exactly the texts that JSON.parse accepts", async () => {
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
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { maxLength: 8 }), async (parts) => {
        const text = parts.join("");
        expect(await accepts(() => parseJson(text, "exact"))).toBe(await accepts(async () => JSON.parse(text)));
      }),
      { numRuns: 5_000 },
    );
  });

  it("keeps every digit of an integer that a number cannot hold", async () => {
    const { value } = await parseJson("[9007199254740991, 9007199254740993, -592481256000133060]", "exact");
    expect(value).toEqual([9007199254740991, 9007199254740993n, -592481256000133060n]);
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
  ])("reads the number %s without fault", async (text, value) => {
    expect(await parseJson(text, "exact")).toEqual({ value, faults: [] });
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
    [
      "a number longer than any",
      `{"a":[1,${"9".repeat(41)}]}`,
      `/a/1 the number ${"9".repeat(40)}… has more than 40 characters`,
    ],
    [
      "an array longer than any",
      `{"a":[${"0,".repeat(1_000)}`,
      "/a has more than 1000 elements; split it over several",
    ],
    [
      "an object with more fields than any",
      `[{${Array.from({ length: 51 }, (_, index) => `"f${index}":0`)}`,
      "/0 has more than 50 fields; remove those that are not known here",
    ],
    ["half a character", '["\\ud83d"]', "/0 must not contain control characters or half characters (a lone surrogate)"],
  ])("names the place of %s", async (_what, text, fault) => {
    expect(await faultsOf(text)).toEqual([fault]);
  });

  it("reads no further than the hundredth fault", async () => {
    expect(await faultsOf(`[${'"\\u0000",'.repeat(100)}`)).toHaveLength(100);
  });

  it.each<[string, string]>([
    ["a number", `{"q":1.${"0".repeat(1_000_000)}1}`],
    ["digits", "9".repeat(1_000_000)],
    ["zeros", `[${"0,".repeat(500_000)}0]`],
    ["arrays", "[".repeat(1_000_000)],
    ["fields", `{${Array.from({ length: 100_000 }, (_, index) => `"f${index}":0`)}}`],
    ["blanks", " ".repeat(1_000_000)],
    ["line feeds before a fault", `${"\n".repeat(1_000_000)}x`],
    ["escapes", `"${"\\n".repeat(500_000)}"`],
    ["one text", `"${"a".repeat(1_000_000)}`],
    ["equal fields", `{${'"a":0,'.repeat(150_000)}"a":0}`],
  ])("has done with a megabyte of %s at once", async (_what, text) => {
    const startedAtMs = performance.now();
    await parseJson(text, "exact").catch((error: unknown) => expect(error).toBeInstanceOf(NotJson));
    // Far more than it takes, and far less than what grows by the square of the length.
    expect(performance.now() - startedAtMs).toBeLessThan(2_000);
  });

  it("refuses a text with a long field name, and tells of it in a short answer", async () => {
    const long = "~/".repeat(100_000);
    const faults = Array.from({ length: 100 }, () => '"\\u0000"').join(",");
    expect(await faultsOf(`[{"${long}":[${faults}]}]`)).toEqual([
      "/0 has a field whose name has more than 100 characters; remove it",
    ]);
    expect(await faultsOf(`{"${"k".repeat(100)}":1}`)).toEqual([]);
  });

  it("tells the place of a deep fault down to the eighth level, so that no answer is long", async () => {
    const names = Array.from({ length: 30 }, (_, level) => `n${level}`);
    const text = `${names.map((name) => `{"${name}":`).join("")}"\\u0000"${"}".repeat(30)}`;
    expect(await faultsOf(text)).toEqual([expect.stringMatching(/^\/n0\/n1\/n2\/n3\/n4\/n5\/n6\/n7 must not contain/)]);
  });

  it("takes whole characters outside the basic plane, escaped or not", async () => {
    expect(await parseJson('["\\ud83d\\ude00","😀"]', "exact")).toEqual({ value: ["😀", "😀"], faults: [] });
  });

  it("lets rounded decimals and control characters pass where few fields are read", async () => {
    expect(await parseJson('{"price":12.300000000000000711,"note":"\\u001d"}', "lenient")).toEqual({
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
  ])("says what is wrong with %j, and where", async (text, message) => {
    await expect(parseJson(text, "exact")).rejects.toThrow(NotJson);
    await expect(parseJson(text, "exact")).rejects.toThrow(message);
  });
});

async function accepts(parse: () => Promise<unknown>): Promise<boolean> {
  try {
    await parse();
    return true;
  } catch {
    return false;
  }
}
