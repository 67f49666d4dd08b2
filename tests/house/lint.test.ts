/** Each rule of the linter is given an offender that it must report, and a twin without the offence that it must pass. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lint, makeSkeleton, type Skeleton } from "./skeleton.ts";

type Case = { readonly rule: string; readonly path: string; readonly offends: string; readonly passes: string };

const rules: readonly Case[] = [
  {
    rule: "noUndeclaredDependencies",
    path: "apps/worker/src",
    offends: 'import "pino-http";',
    passes: 'import "zod";',
  },
  {
    rule: "noUndeclaredDependencies",
    path: "packages/queue/src",
    offends: 'import "vitest";',
    passes: 'import "zod";',
  },
  {
    rule: "noProcessEnv",
    path: "packages/db/src",
    offends: "export const home = process.env.HOME;",
    passes: "export const home = process.pid;",
  },
  {
    rule: "noFloatingPromises",
    path: "packages/domain/src",
    offends: "async function work(): Promise<void> {}\nexport function go(): void {\n  work();\n}",
    passes: "async function work(): Promise<void> {}\nexport function go(): void {\n  void work();\n}",
  },
  {
    rule: "noDefaultExport",
    path: "packages/domain/src",
    offends: "export default function go(): void {}",
    passes: "export function go(): void {}",
  },
  {
    rule: "noExplicitAny",
    path: "tests/flows",
    offends: "export const value: any = 1;",
    passes: "export const value: unknown = 1;",
  },
  {
    rule: "useImportType",
    path: "packages/domain/src",
    offends: 'import { ZodType } from "zod";\nexport type Schema = ZodType;',
    passes: 'import type { ZodType } from "zod";\nexport type Schema = ZodType;',
  },
  {
    rule: "useImportExtensions",
    path: "packages/domain/src",
    offends: 'export { value } from "./value";',
    passes: 'export { value } from "./value.ts";',
  },
  {
    rule: "noNonNullAssertion",
    path: "packages/domain/src",
    offends: "export const first = (texts: string[]): string => texts[0]!;",
    passes: "export const first = (texts: string[]): string | undefined => texts[0];",
  },
  {
    rule: "noTsIgnore",
    path: "packages/domain/src",
    offends: "// @ts-" + "ignore\nexport const value: number = 1;",
    passes: "export const value: number = 1;",
  },
  { rule: "noConsole", path: "apps/worker/src", offends: 'console.log("up");', passes: 'process.stdout.write("up");' },
  {
    rule: "noExcessiveLinesPerFunction",
    path: "packages/domain/src",
    offends: longFunction(71),
    passes: longFunction(60),
  },
  {
    rule: "noFocusedTests",
    path: "packages/domain/test",
    offends: 'import { test } from "vitest";\ntest.only("a", () => {});',
    passes: 'import { test } from "vitest";\ntest("a", () => {});',
  },
  {
    rule: "noSkippedTests",
    path: "packages/domain/test",
    offends: 'import { test } from "vitest";\ntest.skip("a", () => {});',
    passes: 'import { test } from "vitest";\ntest("a", () => {});',
  },
];

/** Files in which `process.env` may be read. */
const environmentReaders = [
  "packages/runtime/src/config.ts",
  "apps/worker/src/config.ts",
  "apps/local/src/start-offender.ts",
  "tests/flows/environment.ts",
  "packages/queue/test/environment.ts",
  "bench/environment.ts",
];

let skeleton: Skeleton;
let rulesOf: (path: string) => string[];

beforeAll(async () => {
  skeleton = await makeSkeleton();
  const { write } = skeleton;
  await write("packages/domain/src/value.ts", "export const value = 1;\n");
  for (const [index, { path, offends, passes }] of rules.entries()) {
    await write(`${path}/rule-${index}-offends.ts`, `${offends}\n`);
    await write(`${path}/rule-${index}-passes.ts`, `${passes}\n`);
  }
  for (const path of environmentReaders) await write(path, "export const home = process.env.HOME;\n");
  await write("packages/domain/src/cycle-a.ts", 'export { b } from "./cycle-b.ts";\nexport const a = 1;\n');
  await write("packages/domain/src/cycle-b.ts", 'import { a } from "./cycle-a.ts";\nexport const b = a;\n');
  await write("packages/domain/src/camelCase.ts", "export const value = 1;\n");
  await write("vitest.config.ts", "export default {};\n");
  await write("packages/db/src/generated/client.ts", "export const value: any = process.env.HOME;\n");
  await write("packages/db/dist/index.js", "export default process.env.HOME;\n");
  rulesOf = await lint(skeleton);
}, 150_000);

afterAll(() => skeleton.remove());

describe("a rule reports its offender and passes its twin", () => {
  test.each(rules.map((one, index) => ({ ...one, index })))("$rule in $path", ({ rule, path, index }) => {
    expect(rulesOf(`${path}/rule-${index}-offends.ts`)).toEqual([rule]);
    expect(rulesOf(`${path}/rule-${index}-passes.ts`)).toEqual([]);
  });

  test("noImportCycles", () => {
    expect(rulesOf("packages/domain/src/cycle-a.ts")).toEqual(["noImportCycles"]);
    expect(rulesOf("packages/domain/src/value.ts")).toEqual([]);
  });

  test("useFilenamingConvention", () => {
    expect(rulesOf("packages/domain/src/camelCase.ts")).toEqual(["useFilenamingConvention"]);
  });
});

test.each(environmentReaders)("the environment may be read in %s", (path) => {
  expect(rulesOf(path)).toEqual([]);
});

test("a configuration file may have a default export", () => {
  expect(rulesOf("vitest.config.ts")).toEqual([]);
});

test("generated and compiled files are not looked at", () => {
  expect(rulesOf("packages/db/src/generated/client.ts")).toEqual([]);
  expect(rulesOf("packages/db/dist/index.js")).toEqual([]);
});

test("badly formatted code fails the check", async () => {
  await skeleton.write("bench/ugly.ts", "export const  value = 'x'\n");
  const { code, out, err } = await skeleton.run("biome", "check", "--error-on-warnings", "bench/ugly.ts");
  expect(code).not.toBe(0);
  expect(out + err).toContain("format");
});

function longFunction(lines: number): string {
  const body = Array.from({ length: lines }, (_, index) => `  steps.push(${index});`).join("\n");
  return `export function walk(steps: number[]): void {\n${body}\n}`;
}
