// The shape of a database as PostgreSQL itself describes it, for holding schema.prisma against the migrations. (Prisma's
// engine can write SQL here but not read a database back: its driver lacks a type of PostgreSQL's catalogues.)
import pg from "pg";
import { withSchemaEngine } from "../src/migrations/engine.ts";
import { readSchema } from "../src/migrations/history.ts";

/** The SQL that makes an empty database what schema.prisma says, by Prisma's engine. */
export async function schemaAsSql(url: string): Promise<string> {
  const schema = { path: "schema.prisma", content: await readSchema() };
  const diff = await withSchemaEngine(url, (engine) =>
    engine.diff({
      from: { tag: "empty" },
      to: { tag: "schemaDatamodel", files: [schema] },
      script: true,
      exitCode: null,
      filters: { externalTables: [], externalEnums: [] },
    }),
  );
  return diff.stdout ?? "";
}

/** One line for each column, index and key. Checks, indexes over expressions and storage settings are not Prisma's to describe. */
export async function shapeOf(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const found = await client.query<{ line: string }>(
      `select format('column %s.%s %s%s default %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
                     case when a.attnotnull then ' not null' else '' end, pg_get_expr(d.adbin, d.adrelid)) as line
         from pg_attribute a
         join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p') and not c.relispartition and c.relname <> '_prisma_migrations'
         join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
         left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where a.attnum > 0 and not a.attisdropped
        union all
       select format('index %s', replace(indexdef, ' ON ONLY ', ' ON ')) from pg_indexes
        where schemaname = 'public' and tablename <> '_prisma_migrations'
          and not (select relispartition from pg_class where oid = format('%I', tablename)::regclass)
          and not exists (select from pg_index i where i.indexrelid = format('%I', indexname)::regclass and i.indexprs is not null)
        union all
       select format('key %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) from pg_constraint
        where contype = 'f' and connamespace = 'public'::regnamespace
        order by 1`,
    );
    return found.rows.map((row) => row.line);
  } finally {
    await client.end();
  }
}
