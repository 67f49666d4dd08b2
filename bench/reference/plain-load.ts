// Reference of resets: what is least to be done with a snapshot file. It is fetched, copied as it is into a plain table with
// an index, and merged facility by facility with one plain statement: a ledger row for each change and the level, no checks
// of the rows, no guards, no report, no revert, nothing unchanged touched.
import { createReadStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import type { Installation } from "../support/stand.ts";
import { fetchPlainly } from "./plain-fetch.ts";

/** Milliseconds of each part. */
export interface PlainRun {
  readonly fetchMs: number;
  readonly copyMs: number;
  readonly mergeMs: number;
}

const schema = `
  create unlogged table plain_snapshot (facility text, sku text, quantity numeric, description text);
  create table plain_product (id int generated always as identity primary key, sku text not null unique);
  create table plain_level (
    facility text, product_id int, on_hand numeric not null, as_of timestamptz not null, primary key (facility, product_id));
  create table plain_movement (
    id bigint generated always as identity primary key,
    facility text not null, product_id int not null, quantity numeric not null, recorded_at timestamptz not null default now())`;

const merge = `
  with listed as (
    select p.id as product_id, s.quantity from plain_snapshot s join plain_product p using (sku) where s.facility = $1
  ), changed as (
    select n.product_id, n.quantity, n.quantity - coalesce(l.on_hand, 0) as difference
      from listed n left join plain_level l on l.facility = $1 and l.product_id = n.product_id
     where l.on_hand is distinct from n.quantity
  ), moved as (
    insert into plain_movement (facility, product_id, quantity) select $1, product_id, difference from changed
  )
  insert into plain_level as l (facility, product_id, on_hand, as_of)
  select $1, product_id, quantity, now() from changed order by product_id
      on conflict (facility, product_id) do update set on_hand = excluded.on_hand, as_of = excluded.as_of`;

/** A connection for the reference in the installation's own database. */
export async function openPlain(on: Installation): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: on.databaseUrl });
  // A cut connection also reports itself here; the failing query is what the caller sees.
  client.on("error", () => undefined);
  await client.connect();
  await client.query(schema);
  return client;
}

/** Loads a file of incoming/ by the plainest means. */
export async function loadPlainly(on: Installation, client: pg.Client, name: string): Promise<PlainRun> {
  const local = join(on.dataDir, `plain-${name}`);
  const startedAt = performance.now();
  await fetchPlainly(on, { from: `incoming/${name}`, to: local });
  const fetchedAt = performance.now();
  await copyPlainly(client, local);
  const copiedAt = performance.now();
  await client.query("insert into plain_product (sku) select distinct sku from plain_snapshot on conflict do nothing");
  const { rows } = await client.query<{ facility: string }>("select distinct facility from plain_snapshot");
  for (const { facility } of rows) await client.query({ name: "merge", text: merge, values: [facility] });
  const mergedAt = performance.now();
  await rm(local);
  return { fetchMs: fetchedAt - startedAt, copyMs: copiedAt - fetchedAt, mergeMs: mergedAt - copiedAt };
}

/** COPY of a local file as it is, and the index that a merge needs. */
export async function copyPlainly(
  client: pg.Client,
  path: string,
  { index = true }: { readonly index?: boolean } = {},
): Promise<void> {
  await client.query("truncate plain_snapshot; drop index if exists plain_snapshot_of");
  const into = client.query(copyFrom("copy plain_snapshot from stdin (format csv, header)"));
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), into);
  if (index) await client.query("create index plain_snapshot_of on plain_snapshot (facility); analyze plain_snapshot");
}
