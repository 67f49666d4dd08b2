/** The compiler's strictness: each setting is given an offender that the build must refuse. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeSkeleton, type Skeleton } from "./skeleton.ts";

type Case = { readonly setting: string; readonly path: string; readonly code: string; readonly text: string };

const offenders: readonly Case[] = [
  {
    setting: "a plain type error",
    path: "packages/domain/src/offender-a.ts",
    code: "TS2322",
    text: 'export const count: number = "1";',
  },
  {
    setting: "strict null checks",
    path: "packages/domain/src/offender-b.ts",
    code: "TS2322",
    text: "export const name: string = undefined;",
  },
  {
    setting: "noUncheckedIndexedAccess",
    path: "packages/domain/src/offender-c.ts",
    code: "TS2322",
    text: "export const first = (texts: string[]): string => texts[0];",
  },
  {
    setting: "exactOptionalPropertyTypes",
    path: "packages/domain/src/offender-d.ts",
    code: "TS2375",
    text: "export const options: { limit?: number } = { limit: undefined };",
  },
  {
    setting: "erasableSyntaxOnly",
    path: "packages/domain/src/offender-e.ts",
    code: "TS1294",
    text: "export enum Colour { Red }",
  },
  {
    setting: "noUnusedLocals",
    path: "packages/domain/src/offender-f.ts",
    code: "TS6133",
    text: "const unused = 1;\nexport {};",
  },
  {
    setting: "noImplicitReturns",
    path: "packages/domain/src/offender-g.ts",
    code: "TS7030",
    text: "export function sign(n: number) {\n  if (n > 0) return 1;\n}",
  },
  {
    setting: "verbatimModuleSyntax",
    path: "packages/domain/src/offender-h.ts",
    code: "TS1484",
    text: 'import { RequestOptions } from "node:http";\nexport type Asked = RequestOptions;',
  },
  {
    setting: "an error in an app",
    path: "apps/worker/src/offender-i.ts",
    code: "TS2322",
    text: 'export const count: number = "1";',
  },
];

let skeleton: Skeleton;

beforeAll(async () => {
  skeleton = await makeSkeleton();
}, 150_000);

afterAll(() => skeleton.remove());

test("the build passes without an offender and fails naming each offender", async () => {
  const before = await skeleton.run("tsc", "-b", "--pretty", "false");
  expect(before).toMatchObject({ code: 0, out: "" });

  for (const { path, text } of offenders) await skeleton.write(path, `${text}\n`);
  const { code, out } = await skeleton.run("tsc", "-b", "--pretty", "false");
  expect(code).not.toBe(0);
  const lines = out.split("\n");
  for (const { setting, path, code: expected } of offenders) {
    const line = lines.find((candidate) => candidate.includes(path)) ?? `${setting}: ${path} was not reported`;
    expect(line).toContain(expected);
  }
}, 150_000);

test("a type error in a test fails the tests' own compilation", async () => {
  await skeleton.write("tests/flows/offender.test.ts", 'export const count: number = "1";\n');
  const { code, out } = await skeleton.run("tsc", "-p", "tests", "--pretty", "false");
  expect(code).not.toBe(0);
  expect(out).toContain("tests/flows/offender.test.ts(1,14): error TS2322");
}, 150_000);
