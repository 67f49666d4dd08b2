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
export async function run<Row extends object>(
  on: Queryable,
  name: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  return rowsOf(on, { name, text: statementText(name), values: [...values] });
}

/** The first row of `run`; undefined where there is none. */
export async function first<Row extends object>(
  on: Queryable,
  name: string,
  values: readonly unknown[] = [],
): Promise<Row | undefined> {
  return (await run<Row>(on, name, values))[0];
}

/** The row of a statement that always has one. @throws Error when it has none */
export async function only<Row extends object>(
  on: Queryable,
  name: string,
  values: readonly unknown[] = [],
): Promise<Row> {
  const row = await first<Row>(on, name, values);
  if (row === undefined) throw new Error(`the statement ${name} returned nothing`);
  return row;
}

async function rowsOf<Row extends object>(on: Queryable, query: pg.QueryConfig): Promise<Row[]> {
  return (await on.query<pg.QueryResultRow>(query)).rows as Row[];
}

/**
 * The same with a plan that is made anew each time: for looking things up in tables that grow from nothing to millions while the statement is in use.
 * A plan that is kept from when they were empty reads them whole for each thing.
 */
export async function runPlannedAnew<Row extends object>(
  on: Queryable,
  name: string,
  values: readonly unknown[],
): Promise<Row[]> {
  return rowsOf(on, { text: statementText(name), values: [...values] });
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
  values: readonly unknown[] = [],
): Promise<Row[]> {
  return rowsOf(on, { name, text: statementText(name), values: [...values], types: asJson });
}

/** Fields of many rows as a statement takes them: an array for each, in the order of the rows. */
export function columns<Row, Field extends keyof Row>(rows: readonly Row[], ...fields: Field[]): Row[Field][][] {
  return fields.map((field) => rows.map((row) => row[field]));
}

// PostgreSQL's array literals, written in one go. pg writes an array parameter element by element through several calls each,
// which for a batch of event lines with eleven columns costs more than everything else that is done with it.
const SPECIAL = /["\\]/;

/** A text[] of what rows have, which may be anything; null becomes NULL. */
export function textArray<Row>(rows: readonly Row[], of: (row: Row) => string | null): string {
  return plainArray(rows, (row) => {
    const value = of(row);
    if (value === null) return "NULL";
    return `"${SPECIAL.test(value) ? value.replace(/["\\]/g, "\\$&") : value}"`;
  });
}

/** An array of what rows have that needs no quotes: numbers, booleans, hex digits, UTC times, words of ours. */
export function plainArray<Row>(rows: readonly Row[], of: (row: Row) => string | number | boolean): string {
  let literal = "";
  for (const row of rows) literal += literal === "" ? of(row) : `,${of(row)}`;
  return `{${literal}}`;
}
