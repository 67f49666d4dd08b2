// The hot path's SQL: one statement a file in ../sql, loaded once as text. `sql` is a sibling of src and of dist alike.
import { readFileSync } from "node:fs";
import type pg from "pg";

const texts = new Map<string, string>();

/** The text of packages/db/sql/<name>.sql. Throws when there is no such file. */
function statementText(name: string): string {
  let text = texts.get(name);
  if (text === undefined) {
    text = readFileSync(new URL(`../sql/${name}.sql`, import.meta.url), "utf8");
    texts.set(name, text);
  }
  return text;
}

/** Anything that runs a query: a pool, or the client of a transaction. */
export type Queryable = Pick<pg.Pool | pg.PoolClient, "query">;

/**
 * Runs a statement file as a prepared statement and returns its rows.
 * @param values in the order of the `$n` in the file's header
 */
export async function run<Row extends pg.QueryResultRow>(
  on: Queryable,
  name: string,
  values: readonly unknown[],
): Promise<Row[]> {
  const result = await on.query<Row>({ name, text: statementText(name), values: [...values] });
  return result.rows;
}
