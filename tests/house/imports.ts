/** What the sources of the workspaces import, and who may import whom: the one list. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * What each workspace may import besides Node's own modules and its own files. A name that ends with /* stands for all that begins
 * like it. The product's packages are written without their scope.
 */
export const allowedImports: Readonly<Record<string, readonly string[]>> = {
  "packages/domain": ["zod", "temporal-polyfill"],
  "packages/runtime": ["zod", "pg", "pino", "pino-pretty", "prom-client", "@opentelemetry/*"],
  "packages/queue": [
    "domain",
    "runtime",
    "runtime/postgres",
    "runtime/unreachable",
    "zod",
    "bullmq",
    "bullmq-otel",
    "ioredis",
    "pg",
    "@opentelemetry/*",
  ],
  "packages/db": [
    "domain",
    "runtime/deadline",
    "runtime/postgres",
    "runtime/unreachable",
    "pg",
    "pg-copy-streams",
    "@prisma/*",
  ],
  "packages/operator": ["domain", "db", "queue", "sftp", "zod"],
  "packages/http": ["runtime", "express", "zod"],
  "packages/sftp": ["domain", "runtime/deadline", "runtime/watched-file", "ssh2-sftp-client", "csv-parse/sync"],
  "packages/event-inbox": ["domain", "runtime/postgres"],
  "apps/ingest": ["domain", "queue", "runtime", "http", "event-inbox", "express", "helmet", "zod"],
  "apps/worker": ["domain", "queue", "runtime", "db", "sftp", "undici", "zod"],
  "apps/board": [
    "domain",
    "queue",
    "runtime",
    "operator",
    "http",
    "db",
    "sftp",
    "express",
    "helmet",
    "compression",
    "cookie",
    "@bull-board/*",
    "marked",
    "zod",
  ],
  "apps/ops": ["domain", "queue", "runtime", "operator", "db", "sftp", "cli-progress", "zod"],
  "apps/local": ["domain", "runtime", "db", "ssh2", "zod"],
};

/** A source file with what it imports, types included, as written. */
export interface SourceImports {
  /** Relative to the root, with slashes. */
  readonly path: string;
  readonly imports: readonly string[];
}

const IMPORT = /^\s*(?:import|export)\b[^"'`;]*?\bfrom\s*"([^"]+)"|^\s*import\s*"([^"]+)"|\bimport\(\s*"([^"]+)"/gm;

/** The specifiers in a text of TypeScript, those of types and of calls of import() included. */
export function importsOf(text: string): string[] {
  return [...text.matchAll(IMPORT)].map((found) => found[1] ?? found[2] ?? found[3] ?? "");
}

/** All sources of packages and apps, generated ones left out. */
export function readSources(root: string): SourceImports[] {
  return sourcesIn(root, foldersOf(root, "src"));
}

/** The same with the tests and the benchmarks. */
export function readTree(root: string): SourceImports[] {
  return sourcesIn(root, [...foldersOf(root, "src"), ...foldersOf(root, "test"), "tests", "bench"]);
}

function foldersOf(root: string, inner: string): string[] {
  return ["packages", "apps"]
    .flatMap((top) => readdirSync(join(root, top)).map((name) => `${top}/${name}/${inner}`))
    .filter((folder) => existsSync(join(root, folder)));
}

function sourcesIn(root: string, folders: readonly string[]): SourceImports[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts") && !name.startsWith("generated"))
      .map((name) => ({
        path: `${folder}/${name}`,
        imports: importsOf(readFileSync(join(root, folder, name), "utf8")),
      })),
  );
}

/** Why a file may not import this, in words; undefined when it may. */
export function whyForbidden(path: string, specifier: string): string | undefined {
  const workspace = path.split("/").slice(0, 2).join("/");
  if (specifier.startsWith("node:")) return undefined;
  if (specifier.startsWith(".")) {
    const target = join(dirname(path), specifier);
    return target.startsWith(`${workspace}/`)
      ? undefined
      : `${specifier} lies outside ${workspace}: import a package by its name`;
  }
  const name = specifier.replace(/^@inventory-sync\//, "");
  const allowed = allowedImports[workspace] ?? [];
  const isAllowed = allowed.some((each) =>
    each.endsWith("/*") ? name.startsWith(each.slice(0, -1)) : name === each && (specifier !== name || !isOurs(name)),
  );
  return isAllowed ? undefined : `${workspace} may import only ${allowed.join(", ")}, node: modules and itself`;
}

const ours = new Set(Object.keys(allowedImports).map((workspace) => workspace.split("/")[1]));
const isOurs = (name: string): boolean => ours.has(name);

/** Groups of files of which each leads back to itself through imports, types included. */
export function importCycles(sources: readonly SourceImports[]): string[][] {
  const targets = new Map(
    sources.map(({ path, imports }) => [
      path,
      imports.filter((each) => each.startsWith(".")).map((each) => join(dirname(path), each)),
    ]),
  );
  const reach = (from: string): Set<string> => {
    const seen = new Set<string>();
    const next = [...(targets.get(from) ?? [])];
    for (let path = next.pop(); path !== undefined; path = next.pop()) {
      if (seen.has(path) || !targets.has(path)) continue;
      seen.add(path);
      next.push(...(targets.get(path) ?? []));
    }
    return seen;
  };
  const reached = new Map([...targets.keys()].map((path) => [path, reach(path)]));
  const inCycle = [...targets.keys()].filter((path) => reached.get(path)?.has(path));
  const groups = new Map<string, string[]>();
  for (const path of inCycle) {
    const group = inCycle.filter(
      (other) => other === path || (reached.get(path)?.has(other) && reached.get(other)?.has(path)),
    );
    groups.set(group.sort().join(), group);
  }
  return [...groups.values()];
}
