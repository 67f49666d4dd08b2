// Lets time pass for a test: the product's clock is the real one, so the past moves instead.
import { Client, DatabaseError } from "pg";

/** Far enough that no time of a test meets one that has been moved there. */
const ASIDE = "400 years";

const deadlockDetected = "40P01";

interface Column {
  readonly table: string;
  readonly columns: readonly string[];
  readonly isKey: boolean;
}

/**
 * Moves every time in every table of the product back, as if that long had passed since. Nothing may be under way meanwhile.
 * @param databaseUrl a superuser's: the ledger is append-only for everybody else
 * @param hours a part of one too; whole slots of ten minutes keep the slots of clocks apart
 */
export async function ageDatabase(databaseUrl: string, hours: number): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<Column>(`
      select format('%I.%I', n.nspname, c.relname) as "table", array_agg(quote_ident(a.attname)::text) as columns,
             bool_or(exists (select from pg_index i where i.indrelid = c.oid and i.indisunique and a.attnum = any(i.indkey))) as "isKey"
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
       where c.relkind = 'r' and n.nspname = 'public' and a.atttypid = 'timestamptz'::regtype
       group by c.oid, n.nspname, c.relname
       order by 1`);
    await lockAll(
      client,
      rows.map(({ table }) => table),
    );
    // No trigger may refuse a change of the ledger, or take it for a change of a level.
    await client.query("set local session_replication_role = replica");
    const back = (column: string, by: string) => `${column} = ${column} ${by}`;
    for (const { table, columns, isKey } of rows) {
      // Two moves where a time is part of a key: the first goes where none of the others can be.
      const moves = isKey
        ? [`- interval '${ASIDE}'`, `+ interval '${ASIDE}' - interval '${hours} hours'`]
        : [`- interval '${hours} hours'`];
      for (const by of moves)
        await client.query(`update ${table} set ${columns.map((column) => back(column, by)).join(", ")}`);
    }
    await client.query("commit");
  } finally {
    await client.end();
  }
}

/** Begins a transaction that holds every table. A watch that looks into two of them may want the second while it has the first. */
async function lockAll(client: Client, tables: readonly string[]): Promise<void> {
  for (;;) {
    await client.query("begin");
    try {
      await client.query(`lock table ${tables.join(", ")}`);
      return;
    } catch (error) {
      await client.query("rollback");
      if (!(error instanceof DatabaseError && error.code === deadlockDetected)) throw error;
    }
  }
}
