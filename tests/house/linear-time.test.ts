/**
 * No text from outside is looked at in more than linear time: one request with a long number, one cell, one name could
 * otherwise stop a process for minutes. Every regular expression of the sources is tried, wherever its text comes from,
 * because tomorrow it may come from outside.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { expressionsIn, expressionsOf } from "./regular-expressions.ts";
import { repositoryRoot } from "./skeleton.ts";
import { attackOn } from "./slow-expressions.ts";

/** Expressions that are only known when the program runs, with what they are made of and examples of them. */
const madeLater: Readonly<Record<string, string>> = {
  "packages/domain/src/snapshot/names.ts": "the operator's pattern for file names",
};

/** What a parser that finds nothing would not reach. */
const expressionsMin = 100;

const sources = await sourcesOf(["apps", "packages"]);
const found = await expressionsOf(repositoryRoot, sources);

async function sourcesOf(folders: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const folder of folders) {
    for (const workspace of await readdir(join(repositoryRoot, folder))) {
      const below = `${folder}/${workspace}/src`;
      const names = await readdir(join(repositoryRoot, below), { recursive: true });
      files.push(...names.filter((name) => name.endsWith(".ts")).map((name) => `${below}/${name}`));
    }
  }
  return files.filter((file) => !file.includes("/generated/")).sort();
}

test("the expressions of all sources are found", () => {
  expect(found.length).toBeGreaterThan(expressionsMin);
  expect(new Set(found.map(({ file }) => file.split("/").slice(0, 2).join("/"))).size).toBeGreaterThanOrEqual(9);
});

test("no expression looks at a text in more than linear time", () => {
  const slow = found.flatMap((one) => {
    if (one.expression === undefined) return [];
    const attack = attackOn(one.expression);
    return attack === undefined ? [] : [`${one.file}:${one.line} ${one.expression} by ${JSON.stringify(attack)}`];
  });
  expect(slow).toEqual([]);
});

test("expressions that are only known when the program runs are listed with what they are made of", () => {
  const later = new Set(found.filter(({ expression }) => expression === undefined).map(({ file }) => file));
  expect([...later].sort()).toEqual(Object.keys(madeLater).sort());
});

describe("the check itself", () => {
  test.each([
    ["a run that does not end the text", /0+$/],
    ["blanks before the end", /\s+$/],
    ["a repetition of repetitions", /(a+)+b/],
    ["two ways to read the same", /^(?:a|aa)+$/],
    ["two repetitions of one thing", /\d+\d+x/],
    ["anything around a letter", /^(.*)x(.*)$/],
    ["two runs of blanks with nothing that must be between", /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/],
    ["a beginning without an end", /<link[^>]*>/],
    ["a run far behind", /^([0-9a-f]{64})(?:\s+\*?(.+))?$/i],
    ["a word within anything", /"[^"]*(token|secret)[^"]*":/i],
    ["a run behind something that must not be there", /(?<!-)a+b/],
  ])("finds %s", (_, expression) => {
    expect(attackOn(expression)).toBeDefined();
  });

  test.each([
    /^[0-9a-f]{64}$/,
    /^\d{1,18}$/,
    /[&<>"']/g,
    /-?(?:0|[1-9]\d*)(?:\.\d+)?/y,
    /^[^"]*$/,
    /^"(.*)"$/,
    /\r?\n/,
    /(?<!0)0+$/,
  ])("lets %s pass", (expression) => {
    expect(attackOn(expression)).toBeUndefined();
  });

  test("finds literals, and those that are made of known texts", () => {
    const text = [
      'const words = "a|b";',
      "const a = (text: string): boolean => /0+$/u.test(text) && text.length / 2 > 1 / 3;",
      "const b = new RegExp(`^($" + '{words})$`, "i");',
      'const c = "no / expression /", d = RegExp("x");',
      "// no /comment/ either",
      "const e = (source: string) => new RegExp(source);",
    ].join("\n");
    expect(expressionsIn(text, "x.ts").map(({ line, expression }) => `${line} ${expression}`)).toEqual([
      "2 /0+$/u",
      "3 /^(a|b)$/i",
      "4 /x/",
      "6 undefined",
    ]);
  });
});
