// The product's SQL, in ../sql: a file is one statement of its name, or has several of one subject, each below a line
// `-- name: <statement>`. They are read once, as text; `sql` is a sibling of src and of dist alike.
import { readdirSync, readFileSync } from "node:fs";
import pg from "pg";

const folder = new URL("../sql/", import.meta.url);
let texts: ReadonlyMap<string, string> | undefined;

/** All statements by name, each with the header that says what it takes and gives. */
export function readStatements(): ReadonlyMap<string, string> {
  return new Map(
    readdirSync(folder).flatMap((file): [string, string][] => {
      const [only = "", ...named] = readFileSync(new URL(file, folder), "utf8").split(/^-- name: (\w+)\n/m);
      if (named.length === 0) return [[file.replace(".sql", ""), only]];
      return named.flatMap((name, at) => (at % 2 === 0 ? [[name, named[at + 1] ?? ""]] : []));
    }),
  );
}

function statementText(name: string): string {
  texts ??= readStatements();
  const text = texts.get(name);
  if (text === undefined) throw new Error(`there is no statement ${name}`);
  return text;
}

/** Anything that runs a query: a pool, or the client of a transaction. */
export type Queryable = Pick<pg.Pool | pg.PoolClient, "query">;

/**
 * Runs a statement of ../sql as a prepared statement and returns its rows.
 * @param values in the order of the `$n` in the statement's header
 * @throws Error when there is no such statement
 */
export async function run<Row extends pg.QueryResultRow>(
  on: Queryable,
  name: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const result = await on.query<Row>({ name, text: statementText(name), values: [...values] });
  return result.rows;
}

/**
 * The same with a plan that is made anew each time: for looking things up in tables that grow from nothing to millions while the statement is in use.
 * A plan that is kept from when they were empty reads them whole for each thing.
 */
export async function runPlannedAnew<Row extends pg.QueryResultRow>(
  on: Queryable,
  name: string,
  values: readonly unknown[],
): Promise<Row[]> {
  const result = await on.query<Row>({ text: statementText(name), values: [...values] });
  return result.rows;
}

/**
 * A value as a parameter of type jsonb. Half of a character, in which a shortened text may end, is no text for jsonb; it becomes
 * U+FFFD, as it does in a parameter of type text.
 */
export function asJsonb(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === "string" ? each.replace(/\p{Surrogate}/gu, "\uFFFD") : each,
  );
}

const timeOf: (text: string) => Date = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ);

const asJson: pg.CustomTypesConfig = {
  getTypeParser(type: number, format?: "text" | "binary") {
    if (type === pg.types.builtins.NUMERIC) return Number;
    if (type === pg.types.builtins.TIMESTAMPTZ) return (text: string) => timeOf(text).toISOString();
    return pg.types.getTypeParser(type, format as "text");
  },
};

/**
 * The same with rows as JSON has them, for what people and machines read: numeric is a number, timestamptz is ISO text in
 * UTC. So the rows of a statement that names its columns as the API does are answered as they come.
 */
export async function read<Row extends object>(
  on: Queryable,
  name: string,
  values: readonly unknown[],
): Promise<Row[]> {
  const result = await on.query<Row>({ name, text: statementText(name), values: [...values], types: asJson });
  return result.rows;
}
