/** Dead code is found: an unused export, file, dependency, and an undeclared one, each beside a used twin. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeSkeleton, type Skeleton } from "./skeleton.ts";

type Named = { name: string };
type Issue = {
  file: string;
  files?: Named[];
  exports: Named[];
  dependencies: Named[];
  unlisted: Named[];
};

let skeleton: Skeleton;
let issues: Issue[];
let exitCode: number;

beforeAll(async () => {
  skeleton = await makeSkeleton();
  await skeleton.write("packages/sftp/src/used.ts", "export const used = 1;\nexport const unused = 2;\n");
  await skeleton.write("packages/sftp/src/forgotten.ts", "export const forgotten = 1;\n");
  await skeleton.write(
    "packages/sftp/src/index.ts",
    'import "csv-parse";\nimport "left-pad";\nexport { used } from "./used.ts";\n',
  );
  await skeleton.write("apps/worker/src/main.ts", 'import { used } from "@inventory-sync/sftp";\nused.toFixed();\n');
  const { code, out } = await skeleton.run("knip", "--reporter", "json", "--no-progress");
  exitCode = code;
  issues = (JSON.parse(out) as { issues: Issue[] }).issues;
}, 150_000);

afterAll(() => skeleton.remove());

const found = (kind: "exports" | "dependencies" | "unlisted", file: string) =>
  issues.filter((issue) => issue.file === file).flatMap((issue) => issue[kind].map(({ name }) => name));

test("the check fails", () => expect(exitCode).toBe(1));

test("an unused export is reported, a used one is not", () => {
  expect(found("exports", "packages/sftp/src/used.ts")).toEqual(["unused"]);
});

test("a file that nothing imports is reported, an imported one is not", () => {
  const files = issues.flatMap((issue) => issue.files ?? []).map(({ name }) => name);
  expect(files).toContain("packages/sftp/src/forgotten.ts");
  expect(files).not.toContain("packages/sftp/src/used.ts");
});

test("an unused dependency is reported, a used one is not", () => {
  const unused = found("dependencies", "packages/sftp/package.json");
  expect(unused).toContain("ssh2-sftp-client");
  expect(unused).not.toContain("csv-parse");
});

test("an undeclared dependency is reported, a declared one is not", () => {
  expect(found("unlisted", "packages/sftp/src/index.ts")).toEqual(["left-pad"]);
});
