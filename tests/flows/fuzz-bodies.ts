// Bodies that nobody would send on purpose: documents that are right but for what chance changed in them, and texts that are
// made to be costly. What chance does comes from fast-check, so that a finding is shrunk to what matters and can be repeated.
import fc from "fast-check";

/** A POST to ingest. */
export interface Door {
  readonly path: string;
  readonly contentType: string;
  /** A right document, of which the wrong ones are made. */
  readonly document: unknown;
}

const event = {
  eventId: "fuzz-1",
  facilityId: "S1",
  type: "sale",
  occurredAt: "2026-11-01T10:00:00-05:00",
  lines: [{ sku: "X", quantity: 1.25 }],
};
const prismLine = {
  sid: "592481279000169062",
  item_pos: 1,
  item_type: 1,
  quantity: 1,
  alu: "SHOE",
  scan_upc: "1212",
  store_number: 1,
  fulfill_store_no: 1,
  kit_type: 0,
};
const prismDocument = {
  sid: "592481256000133060",
  created_datetime: "2021-03-22T22:34:16.000+03:00",
  status: 4,
  is_held: false,
  invoice_posted_date: "2021-03-22T22:35:57.000+03:00",
  receipt_type: 0,
  has_sale: true,
  store_number: 1,
  store_code: "ORD",
  ref_sale_sid: "",
  items: [prismLine],
};
const hotwaxUpdate = { facilityId: "S1", idType: "SKU", idValue: "X", availableDelta: "-1", eventId: "fuzz-2" };

const json = "application/json";
/** Every way in over HTTP. */
export const doors: readonly Door[] = [
  { path: "/v1/events", contentType: json, document: [event] },
  { path: "/v1/events", contentType: "application/x-ndjson", document: event },
  { path: "/v1/prism/documents", contentType: json, document: [prismDocument] },
  { path: "/api/service/updateInventoryByIdentification", contentType: json, document: hotwaxUpdate },
];

const strange = [
  "\u0000",
  "\ufeff",
  "\u202e",
  "\u3164",
  "\ud800",
  "\udfff",
  "ſ",
  "İ",
  "😀",
  "e\u0301",
  "\u2028",
  "\u001b[2J",
];
const separators = [
  '"',
  "\\",
  ",",
  ":",
  "{",
  "}",
  "[",
  "]",
  "\n",
  "\r\n",
  "\t",
  " ",
  "0",
  "-",
  ".",
  "e",
  "\\u0000",
  "\\ud800",
];

/** Texts that chance alone would not find soon. */
export const strangeText = fc.oneof(
  fc.constantFrom(
    ...strange,
    "",
    " ",
    "__proto__",
    "constructor",
    "toString",
    "%00",
    "../..",
    "=1+1",
    "NaN",
    "null",
    "*",
  ),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc
    .tuple(fc.constantFrom(...strange, "ß", "a", "0", " ", "'"), fc.integer({ min: 1, max: 300 }))
    .map(([what, times]) => what.repeat(times)),
);

const strangeValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(null, true, 0, -0, 1e308, -1e-308, 2 ** 53 + 1, 9_999_999_999.9999, 1e21, [], {}, [[]], {
    toString: 1,
  }),
  strangeText,
  fc.double({ noNaN: true }),
  fc.jsonValue({ maxDepth: 3 }),
);

/** One change of a document: at a place that `where` leads to, a value or a name is put in, taken away or repeated. */
const change = fc.record({
  where: fc.array(fc.nat(30), { maxLength: 4 }),
  how: fc.constantFrom("put", "add", "remove", "repeat", "wrap"),
  name: strangeText,
  value: strangeValue,
});
type Change = typeof change extends fc.Arbitrary<infer Of> ? Of : never;

/** Bodies for a door: bytes, since not all of them are text. */
export function bodiesFor({ contentType, document }: Door): fc.Arbitrary<Buffer> {
  const changed = fc
    .array(change, { maxLength: 3 })
    .map((changes) => JSON.stringify(changes.reduce<unknown>(applied, document)));
  const lines = contentType === json ? changed : fc.array(changed, { maxLength: 4 }).map((each) => each.join("\n"));
  const cut = fc.record({
    at: fc.nat(),
    remove: fc.nat(8),
    put: fc.oneof(fc.constantFrom(...separators), strangeText),
  });
  const text = fc.tuple(lines, fc.array(cut, { maxLength: 2 })).map(([whole, cuts]) =>
    cuts.reduce((rest, { at, remove, put }) => {
      const from = at % (rest.length + 1);
      return rest.slice(0, from) + put + rest.slice(from + remove);
    }, whole),
  );
  const encoding = fc.constantFrom<BufferEncoding>("utf8", "utf8", "utf8", "utf8", "latin1", "utf16le");
  return fc.tuple(text, encoding).map(([whole, how]) => Buffer.from(whole, how));
}

function applied(document: unknown, { where, how, name, value }: Change): unknown {
  const [first, ...rest] = where;
  if (typeof document !== "object" || document === null || first === undefined) {
    return how === "wrap" ? [document] : how === "repeat" ? [document, document, document] : value;
  }
  const entries = Object.entries(document);
  const at = first % (entries.length + 1);
  const [key, inside] = entries[at] ?? [name, undefined];
  if (rest.length > 0) entries[at] = [key, applied(inside, { where: rest, how, name, value })];
  else if (how === "remove") entries.splice(at, 1);
  else if (how === "add") entries.push([name, value]);
  else entries[at] = [key, how === "repeat" ? [inside, inside] : how === "wrap" ? { [name]: inside } : value];
  return Array.isArray(document) ? entries.map(([, each]) => each) : Object.fromEntries(entries);
}

/** Texts made to be costly to read, each filling as many bytes as it is told. */
export const costly: Readonly<Record<string, (bytes: number) => string>> = {
  "a number of zeros that ends in one": (bytes) => `{"q":1.${"0".repeat(bytes - 9)}1}`,
  "zeros in a list": (bytes) => `[${"0,".repeat(bytes / 2 - 2)}0]`,
  "one number of nines": (bytes) => `[${"9".repeat(bytes - 2)}]`,
  "a negative exponent of many digits": (bytes) => `[1e-${"9".repeat(bytes - 5)}]`,
  "many unknown fields": (bytes) =>
    `{${Array.from({ length: Math.floor(bytes / 12) }, (_, at) => `"f${at}":0`).join()}}`,
  "a long name around a hundred faults": (bytes) =>
    `{"${"~/".repeat(bytes / 2 - 600)}":[${Array.from({ length: 100 }, () => '"\\u0000"').join()}]}`,
  "names of a hundred characters around a hundred faults": (bytes) =>
    `[${`{"${"~/".repeat(50)}":`.repeat(28)}[${'"\\u0000",'.repeat(bytes / 9 - 400)}0]${"}".repeat(28)}]`,
  "one name again and again": (bytes) => `{${'"a":0,'.repeat(bytes / 6 - 1)}"a":0}`,
  "lists within lists": (bytes) => "[".repeat(bytes),
  "objects within objects": (bytes) => '{"a":'.repeat(bytes / 5),
  "a long text": (bytes) => `{"eventId":"${"x".repeat(bytes - 14)}"}`,
  "a long text of escapes": (bytes) => `{"eventId":"${"\\u0041".repeat(bytes / 6 - 3)}"}`,
  "a long text of backslashes": (bytes) => `{"eventId":"${"\\\\".repeat(bytes / 2 - 8)}"}`,
  "a text that never ends": (bytes) => `["${'\\"'.repeat(bytes / 2 - 1)}`,
  blanks: (bytes) => `[${" ".repeat(bytes - 2)}x`,
  "blank lines": (bytes) => "\n".repeat(bytes),
  "lines of nothing but commas": (bytes) => ",\n".repeat(bytes / 2),
  "many empty events": (bytes) => `[${"{},".repeat(bytes / 3 - 1)}{}]`,
  "zeros in a quantity": (bytes) =>
    JSON.stringify([{ ...event, lines: [{ sku: "X", quantity: `0.${"0".repeat(bytes - 160)}1` }] }]),
  "zeros in a Prism quantity": (bytes) =>
    JSON.stringify({ ...prismDocument, items: [{ ...prismLine, quantity: `0.${"0".repeat(bytes - 700)}1` }] }),
  "zeros in a delta": (bytes) => JSON.stringify({ ...hotwaxUpdate, availableDelta: `0.${"0".repeat(bytes - 140)}1` }),
  "blanks around a store": (bytes) => JSON.stringify({ ...hotwaxUpdate, facilityId: `${" ".repeat(bytes - 140)}x` }),
  "many lines of one event": (bytes) =>
    JSON.stringify([
      { ...event, lines: Array.from({ length: Math.floor(bytes / 30) }, () => ({ sku: "X", quantity: -1 })) },
    ]),
  "many items of one document": (bytes) =>
    JSON.stringify([
      { ...prismDocument, items: Array.from({ length: Math.floor(bytes / 20) }, () => ({ item_pos: {} })) },
    ]),
};
