// What senders say beside a file about the whole of it.
import { expect, test } from "vitest";
import { checkHash, checkLastLine, checkRowCount, readManifest, readSha256Sidecar } from "../src/index.ts";

const hash = "A".repeat(32).concat("0".repeat(32));
const lower = hash.toLowerCase();

test("each member of a manifest may be missing, others are let be, the time becomes UTC and the hash lower case", () => {
  expect(readManifest("{}", "m")).toEqual({});
  const text = JSON.stringify({ asOf: "2026-11-23T04:00:00-05:00", rows: 3, sha256: hash, sentBy: "erp" });
  expect(readManifest(`\uFEFF${text}`, "m")).toEqual({ asOf: "2026-11-23T09:00:00.000Z", rows: 3, sha256: lower });
});

test("a manifest with nothing that is read is told of, with what is read", () => {
  expect(readManifest('{"as_of": "2026-11-23T04:00:00Z", "count": 2}', "a.csv.manifest.json")).toEqual({
    note: "a.csv.manifest.json says nothing that is read: it has as_of, count; what is read is asOf, rows, sha256.",
  });
});

test("a hash with 60,000 blanks before what is no name of a file is read at once", () => {
  const startedAt = performance.now();
  const text = `${lower}${" ".repeat(60_000)}x\u2028y`;
  expect(readSha256Sidecar(text, "a.csv")).toBe(lower);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});

test.each([
  ["{", "not JSON"],
  ["[]", "expected object"],
  ['{"rows": "3"}', "rows must be a number"],
  ['{"rows": 2.5}', "rows must be a whole number"],
  ['{"rows": -1}', "rows must not be negative"],
  ['{"asOf": "2026-11-23T04:00:00"}', "asOf must be a date and time with a zone"],
  ['{"asOf": 5}', "asOf must be a text"],
  ['{"sha256": "abc"}', "sha256 must be a SHA-256"],
])("%s is refused: %s", (text, fault) => {
  expect(() => readManifest(text, "a.csv.manifest.json")).toThrow(fault);
  expect(() => readManifest(text, "a.csv.manifest.json")).toThrow(/^a\.csv\.manifest\.json/);
});

test.each([
  ["bare", hash],
  ["of sha256sum", `${lower}  a.csv\n`],
  ["of sha256sum in binary mode", `${lower} *a.csv\r\n`],
  ["of sha256sum with a folder and another file", `${"1".repeat(64)}  out/b.csv\n${lower}  out/a.csv\n`],
  ["of BSD sha256", `SHA256 (a.csv) = ${lower}\n`],
  ["under the name before it was renamed", `${lower}  a.csv.part\n`],
])("the hash %s is read", (_, text) => {
  expect(readSha256Sidecar(text, "a.csv")).toBe(lower);
});

test.each([
  ["", "nothing"],
  ["d41d8cd98f00b204e9800998ecf8427e  a.csv", "an MD5"],
  [`${lower}  b.csv\n${lower}  c.csv`, "other files"],
])("%j holds %s, so it is refused", (text) => {
  expect(() => readSha256Sidecar(text, "a.csv")).toThrow(/a\.csv\.sha256 cannot be used/);
});

test("announced hashes and row counts must hold, and those that are not announced do not count", () => {
  const file = { name: "a.csv", sha256: lower, rows: 3 };
  expect(() => checkHash(file, [undefined, lower])).not.toThrow();
  expect(() => checkHash(file, [lower, "1".repeat(64)])).toThrow(expect.objectContaining({ code: "HASH_MISMATCH" }));
  expect(() => checkRowCount(file, undefined)).not.toThrow();
  expect(() => checkRowCount(file, 3)).not.toThrow();
  expect(() => checkRowCount(file, 4)).toThrow(expect.objectContaining({ code: "ROW_COUNT_MISMATCH" }));
});

test("a file that ends in the middle of a line is refused, because its last row may be half a row", () => {
  const file = { name: "a.csv", rows: 3 };
  expect(() => checkLastLine({ ...file, endsWithNewline: true })).not.toThrow();
  expect(() => checkLastLine({ ...file, endsWithNewline: false })).toThrow(
    expect.objectContaining({ code: "CUT_OFF", message: expect.stringMatching(/^a\.csv .*row 3 .*a\.csv\.sha256/) }),
  );
});
