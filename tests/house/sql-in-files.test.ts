// One way to the database: Prisma for the schema, the migrations and single rows by key; every other statement is in a file of
// packages/db/sql, where a test holds its header against it. So no source has a text that is SQL, but those listed here.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAst } from "vitest/node";
import { readSources } from "./imports.ts";
import { repositoryRoot } from "./skeleton.ts";

/** Sources that have SQL in them, by the beginning of their paths, each with its reason. */
const allowed: Readonly<Record<string, string>> = {
  "packages/queue/src/":
    "the tables are BullMQ's, in a schema of its own: the statements of the ledger do not know them",
  "packages/event-inbox/src/": "it knows one table and no other package but domain",
  "packages/runtime/src/pooler.ts": "asks what a new connection is, which no statement of the ledger does",
  "packages/runtime/src/connections.ts": "asks whoever opens a pool, which the statements of the ledger do not know",
  "packages/runtime/src/postgres.ts": "asks whether a connection is answered",
  "packages/db/src/database.ts": "begins and ends transactions, and asks whether the server is there",
  "packages/db/src/rights/": "makes roles and grants, of which nothing can be a parameter",
  "packages/db/src/catalogue/merge-names.ts": "locks a table, which cannot be prepared",
  "packages/db/src/ledger/partition":
    "makes tables and triggers, which nothing can be a parameter of, and works on tables that are there only meanwhile",
  "packages/db/src/resets/stage.ts": "COPY takes no parameters",
  "packages/operator/src/explain.ts": "a setting of its transaction, which takes no parameters",
  "packages/operator/src/audit-levels.ts": "a setting of its transaction, which takes no parameters",
};

const SQL = [
  /^\s*(with\s+\w+\s+as\s|insert\s+into\s|update\s+\w+(\s+\w+)?\s+set\s|delete\s+from\s|copy\s+\w+\s*\(|lock\s+table\s|truncate\s)/i,
  /^\s*select(\s*$|\s+(\*|\w+\(|[\w.'"]+,|\w+\s+from\s|from\s|distinct\s|exists\s|[\s\S]*\sfrom\s|\d))/,
  /^\s*(begin|commit|rollback)(;|\s*$)/,
  /^\s*(set\s+(local|role|lock_timeout|transaction|search_path)\b|(create|alter|drop)\s+(role|table|schema|index|view)\s|grant\s.+\sto\s|revoke\s.+\sfrom\s)/,
];

type Syntax = { readonly type?: string } & Readonly<Record<string, unknown>>;

/** The texts in a source that are SQL: its strings and templates, an x in the place of each value in them. */
function sqlIn(text: string): string[] {
  const found: string[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const part of value) visit(part);
    else if (typeof value === "object" && value !== null) {
      const words = wordsOf(value as Syntax);
      if (SQL.some((pattern) => pattern.test(words))) found.push(words);
      for (const part of Object.values(value)) visit(part);
    }
  };
  visit(parseAst(text, { lang: "ts" }));
  return found;
}

function wordsOf({ type, value, quasis }: Syntax): string {
  if (type === "Literal" && typeof value === "string") return value;
  if (type !== "TemplateLiteral") return "";
  return (quasis as { value: { cooked: string } }[]).map((part) => part.value.cooked).join("x");
}

/** Prisma's calls of one row by its key, and the packages that may make them. */
const ONE_ROW = new Set(["findUnique", "findUniqueOrThrow", "create", "update", "upsert", "delete"]);
const withPrisma = ["packages/db/src/", "packages/operator/src/"];

/** The calls of Prisma in a source that are not of one row by its key, or stand where none may. */
function otherPrismaIn(path: string, text: string): string[] {
  const calls = [...text.matchAll(/\bprisma\b\s*\.\s*(\w+|\$\w+)(?:\s*\.\s*(\w+))?\s*[(<`]/g)];
  return calls
    .filter(([, model = "", method = ""]) => model !== "$disconnect" && !ONE_ROW.has(method))
    .concat(withPrisma.some((each) => path.startsWith(each)) ? [] : calls)
    .map(([call]) => `${path}: ${call}`);
}

const sources = readSources(repositoryRoot).map(({ path }) => path);
const withSql = sources.filter((path) => sqlIn(readFileSync(join(repositoryRoot, path), "utf8")).length > 0);
const reasons = Object.keys(allowed);

describe("SQL", () => {
  it("is in files, but where the list says why not", () => {
    expect(sources.length).toBeGreaterThan(100);
    expect(withSql.filter((path) => !reasons.some((each) => path.startsWith(each)))).toEqual([]);
  });

  it("is in every source of which the list says so", () => {
    expect(reasons.filter((each) => !withSql.some((path) => path.startsWith(each)))).toEqual([]);
  });

  it("is written by Prisma only for one row by its key", () => {
    const texts = sources.map((path) => [path, readFileSync(join(repositoryRoot, path), "utf8")] as const);
    expect(texts.filter(([, text]) => /\bprisma\.\w+\.findUnique\(/.test(text)).length).toBeGreaterThan(2);
    expect(texts.flatMap(([path, text]) => otherPrismaIn(path, text))).toEqual([]);
  });

  it.each([
    ["packages/db/src/x.ts", "await database.prisma.reset.findFirst({ where: { file } })"],
    ["packages/db/src/x.ts", "await database.prisma.facility.count()"],
    ["packages/operator/src/x.ts", "const rows = database.prisma\n  .movement.findMany({});"],
    ["packages/db/src/x.ts", "prisma.$queryRaw`select 1`"],
    ["apps/board/src/x.ts", "database.prisma.facility.findUnique({ where })"],
  ])("in %s is found: %s", (path, text) => {
    expect(otherPrismaIn(path, text)).toHaveLength(1);
  });

  it("by Prisma is not found where one row is read or made", () => {
    const text =
      "prisma.reset.findUnique({ where }); prisma.operatorAction.create({ data }); await prisma.$disconnect();";
    expect(otherPrismaIn("packages/db/src/x.ts", text)).toEqual([]);
  });

  it.each([
    'await pool.query("select id from reset where id = $1", [id]);',
    "await prisma.$queryRaw`select f.id, f.name\n from facility f where f.id = 1`;",
    "const text = `\n  with a as (select 1) select * from a`;",
    "await client.query(`insert into held_row select * from snapshot_row`);",
    'client.query("update alarm a\\n set kind = 1");',
    'client.query("delete from alarm");',
    "client.query(`set local statement_timeout = 5000`);",
    'client.query("begin");',
    'client.query("select pg_advisory_xact_lock($1, $2)");',
  ])("is found in %s", (source) => {
    expect(sqlIn(source)).toHaveLength(1);
  });

  it.each([
    'throw new Error("select a file first");',
    'const label = "Update the catalogue";',
    'const text = "with these the reset begins";',
    'await run(client, "clear_staging", [id, null]);',
    'run("begin_part");',
    "// select * from reset",
  ])("is not found in %s", (source) => {
    expect(sqlIn(source)).toEqual([]);
  });
});
