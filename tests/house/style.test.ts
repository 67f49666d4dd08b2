/** What no linter rule covers: the size of files, their first comment, and words that may not stand in the code. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { repositoryRoot } from "./skeleton.ts";

/** A file beyond this asks to be divided; the tables of a test may be longer than code. */
const sourceLinesMax = 250;
const testLinesMax = 400;

/** Files that may be longer, each with its reason. */
const longerFiles: Readonly<Record<string, string>> = {
  "tests/flows/hostile-table.ts": "one table of hostile files, read as a whole",
};

const forbidden: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  { what: "unfinished work", pattern: /\b(?:TO[D]O|FIX[M]E|X[X]X|HA[C]K)\b/ },
  { what: "a silenced linter", pattern: /biome-[i]gnore/ },
  { what: "a silenced compiler", pattern: /@ts-(?:[i]gnore|[e]xpect-error|[n]ocheck)/ },
  { what: "an escape from the types", pattern: /\bas [a]ny\s*(?:[;,.)\]}|&]|$)|<[a]ny>/m },
  { what: "a silenced coverage", pattern: /(?:istanbul|v8|c8) [i]gnore/ },
];

const skipped = new Set(["node_modules", "dist", "generated", ".data", ".cache", ".git", "coverage"]);

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(join(repositoryRoot, folder), { withFileTypes: true }).catch(() => []);
  const found = entries
    .filter(({ name }) => !skipped.has(name))
    .map((entry) => (entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [join(folder, entry.name)]));
  return (await Promise.all(found)).flat();
}

const folders = ["packages", "apps", "bench", "bin", "deploy", "tests"];
const files = (await Promise.all(folders.map(filesBelow))).flat();
const code = files.filter((file) => /\.(ts|js|mjs|sql)$/.test(file));
const texts = new Map<string, string>();
for (const file of code) texts.set(file, await readFile(join(repositoryRoot, file), "utf8"));

/** The files whose text fails a demand; a list, so that a failing test names every one of them. */
const failing = (demand: (text: string, file: string) => boolean, among = code) =>
  among.filter((file) => !demand(texts.get(file) ?? "", file));

const linesMax = (file: string) => (/(^|\/)tests?\//.test(file) ? testLinesMax : sourceLinesMax);
const isShort = (text: string, file: string) => text.trimEnd().split("\n").length <= linesMax(file);
const beginsWithComment = (text: string) => /^(?:#!.*\n)?\s*(?:\/\*\*?\s*\S|\/\/ \S|-- \S)/.test(text);

test("there is code to look at", () => {
  expect(code.length).toBeGreaterThan(20);
  expect(code).toContain("packages/runtime/src/process.ts");
});

test(`no file has more than ${sourceLinesMax} lines, no test more than ${testLinesMax}`, () => {
  expect(failing((text, file) => isShort(text, file) || file in longerFiles)).toEqual([]);
});

test("no file is listed as longer without being so", () => {
  expect(Object.keys(longerFiles).filter((file) => isShort(texts.get(file) ?? "", file))).toEqual([]);
});

test("every file begins with a comment that says what it is", () => {
  expect(failing(beginsWithComment)).toEqual([]);
});

test.each(forbidden)("no file has $what", ({ pattern }) => {
  expect(failing((text) => !pattern.test(text))).toEqual([]);
});

describe("the demands themselves", () => {
  test("a file too long is told from one that is not", () => {
    expect(isShort("x\n".repeat(sourceLinesMax + 1), "packages/db/src/a.ts")).toBe(false);
    expect(isShort("x\n".repeat(sourceLinesMax), "packages/db/src/a.ts")).toBe(true);
    expect(isShort("x\n".repeat(testLinesMax + 1), "packages/db/test/a.test.ts")).toBe(false);
    expect(isShort("x\n".repeat(testLinesMax), "tests/flows/a.test.ts")).toBe(true);
  });

  test("a first comment is told from code", () => {
    expect(beginsWithComment('import "node:fs";\n/** Late. */')).toBe(false);
    expect(beginsWithComment("/** Early. */\n")).toBe(true);
    expect(beginsWithComment("#!/usr/bin/env node\n// Early.\n")).toBe(true);
    expect(beginsWithComment("-- Early.\nselect 1")).toBe(true);
  });

  test.each([
    ["TO", "DO: later"],
    ["biome-", "ignore lint: no"],
    ["// @ts-", "expect-error no"],
    ["value as ", "any"],
    ["/* v8 ", "ignore next */"],
  ])("%s… is found", (start, end) => {
    expect(forbidden.filter(({ pattern }) => pattern.test(start + end))).toHaveLength(1);
  });
});
