/** docs/security-tests.md names a test for what may be tried: each of them exists, so that the page cannot promise what is gone. */
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repositoryRoot } from "./skeleton.ts";

const ids = [
  ...Array.from({ length: 8 }, (_, index) => `B${index + 1}`),
  ...Array.from({ length: 31 }, (_, index) => `W${index + 1}`),
];

interface NamedTest {
  readonly file: string;
  readonly name: string;
}

const testsIn = (text: string): NamedTest[] =>
  [...text.matchAll(/`([^`\s]+\.test\.ts)` › `([^`]+)`/g)].map(([, file = "", name = ""]) => ({ file, name }));

/** Names are looked for as they stand in the source: a quote in them may be escaped there, and `\|` is a bar in a table. */
const plain = (text: string): string => text.replaceAll("\\", "");

const page = await readFile(join(repositoryRoot, "docs/security-tests.md"), "utf8");

/** The named tests that a reader of files does not find. */
async function missing(tests: readonly NamedTest[], read: (file: string) => Promise<string>): Promise<NamedTest[]> {
  const found = await Promise.all(
    tests.map(async ({ file, name }) => plain(await read(file).catch(() => "")).includes(plain(name))),
  );
  return tests.filter((_, index) => found[index] !== true);
}

test("the page has a row for each of them, in order", () => {
  expect([...page.matchAll(/^\| ([BW]\d+) \|/gm)].map(([, id]) => id)).toEqual(ids);
});

test("every test that the page names exists", async () => {
  const named = testsIn(page);
  expect(named.length).toBeGreaterThan(0);
  expect(await missing(named, (file) => readFile(join(repositoryRoot, file), "utf8"))).toEqual([]);
});

test("every file of tests that the page names exists, whether with a test or without", async () => {
  const files = new Set([...page.matchAll(/`([^`\s]+\.test\.ts)`/g)].map(([, file = ""]) => file));
  for (const file of files) await expect(access(join(repositoryRoot, file))).resolves.toBeUndefined();
});

test("a test that is gone is told from one that is there", async () => {
  const named = testsIn('| B1 | x | y | `a.test.ts` › `says "no"`; `b.test.ts` › `gone` |');
  const read = async (file: string) => (file === "a.test.ts" ? 'test("says \\"no\\"", …)' : "");
  expect(await missing(named, read)).toEqual([{ file: "b.test.ts", name: "gone" }]);
});
