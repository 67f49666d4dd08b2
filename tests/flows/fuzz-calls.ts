// Calls of the board that nobody would make on purpose, made from its own description of them.
import fc from "fast-check";
import { strangeText } from "./fuzz-bodies.ts";

/** The `paths` of the board's OpenAPI document, as far as it is needed. */
export type Operations = Readonly<
  Record<
    string,
    Readonly<
      Record<string, { readonly parameters?: readonly { name: string; in: string }[]; readonly requestBody?: object }>
    >
  >
>;

export interface Call {
  readonly method: string;
  readonly target: string;
  readonly body: string | undefined;
}

const ids = ["S1", "X", "SKU", "last", "1", "00000000-0000-0000-0000-000000000000"];
const numbers = ["-1", "0", "1", "1000", "1001", "1e3", "99999999999999999999", "NaN"];
const times = [
  "-005000-01-01T00:00:00Z",
  "+275760-09-13T00:00:00Z",
  "0000-01-01T00:00:00Z",
  "2026-11-31T00:00:00Z",
  "2026-11-01",
];
const escapes = ["%00", "%", "%ff", "%ed%a0%80", "..", "%2e%2e", "%2f", "%0a"];
const odd: readonly unknown[] = [
  { toString: 1 },
  { toString: null },
  [{ toString: 1 }],
  "\u0000",
  null,
  [],
  {},
  1e308,
  -1,
  "x".repeat(20_000),
  true,
];

const namePart = fc.oneof(
  fc.constantFrom(...ids),
  fc.constantFrom(...escapes),
  strangeText.map(escaped),
  fc.nat(3_000).map((count) => "x".repeat(count)),
);

/** Calls of all operations. @param cursors real ones, of which others are made */
export function hostileCalls(operations: Operations, cursors: readonly string[]): fc.Arbitrary<Call> {
  const each = Object.entries(operations).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody }]) => {
      const named = parameters.filter((parameter) => parameter.in === "query").map(({ name }) => name);
      const query = fc.array(fc.tuple(fc.constantFrom("limit", "cursor", ...named), queryValue(cursors)), {
        maxLength: 3,
      });
      const body = requestBody === undefined ? fc.constant(undefined) : bodyOf(requestBody);
      return fc.record({ names: fc.array(namePart, { minLength: 4, maxLength: 4 }), query, body }).map((made): Call => {
        let next = 0;
        const filled = path.replace(/\{\w+\}/g, () => made.names[next++] ?? "x");
        const asked = made.query.map(([name, value]) => `${name}=${value}`).join("&");
        return { method: method.toUpperCase(), target: `${filled}?${asked}`, body: made.body };
      });
    }),
  );
  return fc.oneof(...each);
}

function queryValue(cursors: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    fc.constantFrom(...numbers, ...times, ...ids).map(escaped),
    fc.constantFrom(...escapes),
    strangeText.map(escaped),
    cursorsFrom(cursors),
  );
}

/** Real cursors with one of their parts replaced: their content is ours, but clients hand it back. */
function cursorsFrom(cursors: readonly string[]): fc.Arbitrary<string> {
  const other = fc.oneof(fc.constantFrom<unknown>(...times, ...numbers, ...odd), strangeText);
  return fc.tuple(fc.constantFrom(...cursors), fc.nat(5), other).map(([cursor, at, value]) => {
    const place: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    const entries = Object.entries(typeof place === "object" && place !== null ? place : { place });
    const key = entries[at % entries.length]?.[0] ?? "";
    const changed = Object.fromEntries(entries.map(([name, old]) => [name, name === key ? value : old]));
    return Buffer.from(JSON.stringify(Array.isArray(place) ? Object.values(changed) : changed)).toString("base64url");
  });
}

/** Bodies with the fields that the description knows, and odd things in them. */
function bodyOf(requestBody: object): fc.Arbitrary<string> {
  const fields = [...JSON.stringify(requestBody).matchAll(/"(\w+)":\{/g)].map(([, name]) => name ?? "");
  const known = fields.filter((name) => !/^(?:content|schema|properties|items)$/.test(name));
  const value = fc.oneof(fc.constantFrom(...odd, ...ids), strangeText, fc.jsonValue({ maxDepth: 2 }));
  const object = fc.dictionary(
    fc.oneof({ weight: 4, arbitrary: fc.constantFrom("x", ...known) }, { weight: 1, arbitrary: strangeText }),
    value,
    { maxKeys: 4 },
  );
  return fc.oneof(
    { weight: 4, arbitrary: object.map((each) => JSON.stringify(each)) },
    fc.jsonValue().map((each) => JSON.stringify(each)),
    fc.constantFrom("{", "", "null", '{"a":1,"a":2}'),
  );
}

/** As part of an address; what is no text in UTF-8 is left for the reader to refuse. */
function escaped(text: string): string {
  return [...text]
    .map((character) => (/^[\ud800-\udfff]$/.test(character) ? "%ed%a0%80" : encodeURIComponent(character)))
    .join("");
}
