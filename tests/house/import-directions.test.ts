/** Who may import whom, by the one list, and that no imports lead back to where they began: shown on offenders, too. */
import { describe, expect, it } from "vitest";
import { allowedImports, importCycles, importsOf, readSources, readTree, whyForbidden } from "./imports.ts";
import { repositoryRoot } from "./skeleton.ts";

const sources = readSources(repositoryRoot);

describe("the sources", () => {
  it("are all read", () => expect(sources.length).toBeGreaterThan(300));

  it("import only what the list allows their workspace", () => {
    const faults = sources.flatMap(({ path, imports }) =>
      imports.flatMap((each) => {
        const why = whyForbidden(path, each);
        return why === undefined ? [] : `${path} imports ${each}: ${why}`;
      }),
    );
    expect(faults).toEqual([]);
  });

  it("use every import that the list allows", () => {
    const unused = Object.entries(allowedImports).flatMap(([workspace, names]) => {
      const used = sources.filter(({ path }) => path.startsWith(`${workspace}/`)).flatMap(({ imports }) => imports);
      const isUsed = (name: string) =>
        used.some(
          (each) =>
            [name, `@inventory-sync/${name}`].includes(each) ||
            (name.endsWith("/*") && each.startsWith(name.slice(0, -1))),
        );
      return names.filter((name) => !isUsed(name)).map((name) => `${workspace}: ${name}`);
    });
    expect(unused).toEqual([]);
  });
});

describe("imports", () => {
  it("lead back to where they began nowhere, those of types, tests and benchmarks included", () => {
    const tree = readTree(repositoryRoot);
    expect(tree.length).toBeGreaterThan(sources.length + 150);
    expect(importCycles(tree)).toEqual([]);
  });

  it("of packages by each other lead back nowhere, either", () => {
    const packages = Object.entries(allowedImports).map(([path, names]) => ({
      path,
      imports: names.map((name) => `../packages/${name.split("/")[0]}`),
    }));
    expect(importCycles(packages)).toEqual([]);
    const back = { path: "packages/domain", imports: ["../packages/db"] };
    expect(importCycles([...packages.filter(({ path }) => path !== back.path), back])).not.toEqual([]);
  });
});

describe("the check", () => {
  it.each([
    ["packages/domain/src/x.ts", "pino"],
    ["packages/domain/src/x.ts", "@inventory-sync/db"],
    ["packages/runtime/src/x.ts", "@inventory-sync/domain"],
    ["packages/queue/src/x.ts", "@inventory-sync/db"],
    ["packages/queue/src/x.ts", "@prisma/client"],
    ["packages/db/src/x.ts", "bullmq"],
    ["packages/db/src/x.ts", "ssh2-sftp-client"],
    ["packages/sftp/src/x.ts", "ioredis"],
    ["packages/event-inbox/src/x.ts", "@inventory-sync/queue"],
    ["apps/ingest/src/x.ts", "@inventory-sync/db"],
    ["apps/ingest/src/x.ts", "pg"],
    ["apps/worker/src/x.ts", "bullmq"],
    ["apps/worker/src/x.ts", "@inventory-sync/board"],
    ["apps/worker/src/x.ts", "../../board/src/main.ts"],
    ["apps/worker/src/x.ts", "../../../packages/db/src/index.ts"],
    ["apps/worker/src/x.ts", "@inventory-sync/db/src/index.ts"],
    ["apps/worker/src/x.ts", "db"],
    ["apps/board/src/x.ts", "csv-parse"],
    ["apps/ops/src/x.ts", "@inventory-sync/local"],
    ["apps/local/src/x.ts", "express"],
  ])("refuses to %s the import of %s", (path, specifier) => expect(whyForbidden(path, specifier)).toBeDefined());

  it.each([
    ["packages/domain/src/x.ts", "node:crypto"],
    ["packages/domain/src/snapshot/x.ts", "../ids.ts"],
    ["packages/db/src/x.ts", "@prisma/adapter-pg"],
    ["apps/worker/src/x.ts", "@inventory-sync/db"],
    ["apps/board/src/x.ts", "@bull-board/api"],
  ])("lets %s import %s", (path, specifier) => expect(whyForbidden(path, specifier)).toBeUndefined());

  it("reads imports of every form, and no other text", () => {
    const text = [
      'import "a";',
      'import type { B } from "b";',
      'import {\n  c,\n  type D,\n} from "c";',
      'export * from "d";',
      'const e = await import("e");',
      'type F = import("f").F;',
      'const no = "from \\"g\\"";',
      '// import "h" would be wrong',
    ].join("\n");
    expect(importsOf(text)).toEqual(["a", "b", "c", "d", "e", "f"]);
  });

  it("finds a cycle of types through several files, and no cycle where there is none", () => {
    const path = (name: string) => `packages/db/src/${name}.ts`;
    const file = (name: string, ...imports: string[]) => ({
      path: path(name),
      imports: imports.map((each) => `./${each}.ts`),
    });
    expect(importCycles([file("a", "b"), file("b", "c"), file("c", "a"), file("d", "a")])).toEqual([
      [path("a"), path("b"), path("c")],
    ]);
    expect(importCycles([file("a", "b", "c"), file("b", "c"), file("c")])).toEqual([]);
  });
});
