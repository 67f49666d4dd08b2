// B22: how long a store is locked for one file of the archive, with 1,000,000 movements in its ledger, against 100,000.
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { archiveNext, facilitySide } from "@inventory-sync/db";
import { alternate } from "./support/alternate.ts";
import { createCatalogue } from "./support/events.ts";
import { figureOf, type Measure, ratioOf } from "./support/measure.ts";
import type { Installation, Stand } from "./support/stand.ts";

const movementsFull = 1_000_000;
const smaller = 10;
const retailer = { facilities: 1, products: 2_000 };
const before = new Date("2026-01-01T00:00:00Z");

const fill = `
  insert into movement (facility_id, event_id, line, product_id, type, quantity, effect, occurred_at, recorded_at, content)
  select f.id, 'old-' || lpad((n / 2)::text, 9, '0'), 1 + n % 2, p.first + n % p.products, 'sale', -1, -1, at, at, decode(md5((n / 2)::text), 'hex')
    from generate_series(0, $1::int - 1) n, lateral (select '2024-12-31Z'::timestamptz + n * (interval '364 days' / $1) as at) t,
         (select min(id) as id from facility) f, (select min(id) as first, count(*)::int as products from product) p`;
const levels = `
  insert into level (facility_id, product_id, on_hand, as_of, prior_as_of)
  select facility_id, product_id, sum(effect), '2026-02-01Z', '2026-01-15Z' from movement group by 1, 2`;

interface Archived {
  readonly msMax: number;
  readonly seconds: number;
  readonly files: number;
  /** Bytes of the ledger before, of what stays of it, of the keys, and of the files. */
  readonly bytes: readonly [ledger: number, left: number, keys: number, files: number];
}

async function archive({ database }: Installation, movements: number): Promise<Archived> {
  const sizeOf = async (table: string) => {
    const { rows } = await database.pool.query<{ size: string }>("select pg_total_relation_size($1) as size", [table]);
    return Number(rows[0]?.size);
  };
  await database.pool.query(fill, [movements]);
  await database.pool.query(levels);
  await database.pool.query("vacuum (analyze)");
  const ledger = await sizeOf("movement");
  const { rows } = await database.pool.query<{ id: string }>("select facility_id as id from facility");
  const facilityId = rows[0]?.id ?? "";
  const facility = (await facilitySide(database.pool, facilityId))?.id ?? 0;
  const folder = await mkdtemp(join(tmpdir(), "inventory-sync-bench-archive-"));
  const begun = performance.now();
  let [msMax, files] = [0, 0];
  for (;;) {
    const at = performance.now();
    if ((await archiveNext(database, { facility, facilityId, before }, { folder, lockWaitMsMax: 1_000 })) === 0) break;
    [msMax, files] = [Math.max(msMax, performance.now() - at), files + 1];
  }
  const seconds = (performance.now() - begun) / 1_000;
  await database.pool.query("vacuum full movement");
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".gz"));
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  await rm(folder, { recursive: true });
  const bytes = [ledger, await sizeOf("movement"), await sizeOf("archived_event"), sizes.reduce((a, b) => a + b, 0)];
  return { msMax, seconds, files, bytes: bytes as unknown as Archived["bytes"] };
}

async function measure(stand: Stand, movements: number, rounds: number) {
  const said: Archived[] = [];
  const one = (size: number) =>
    stand.using(async (on) => {
      await createCatalogue(on, retailer);
      const archived = await archive(on, size);
      if (size === movements) said.push(archived);
      return archived.msMax;
    });
  const ms = await alternate(
    { large: () => one(movements), small: () => one(movements / smaller) },
    { rounds, practice: false },
  );
  return { ms, said };
}

const mib = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;

export const ledgerArchive: Measure = {
  name: "ledger-archive",
  ids: ["B22"],
  run: async (stand, sizes) => {
    const movements = sizes.of(movementsFull, 10_000);
    const { ms, said } = await measure(stand, movements, sizes.rounds);
    const notes = said.map(({ seconds, files, bytes: [ledger, left, keys, packed] }) => {
      const sums = `ledger ${mib(ledger)}, of which ${mib(left)} stay with ${mib(keys)} of keys, files ${mib(packed)}`;
      return `${movements} movements in ${files} files: ${seconds.toFixed(1)} s; ${sums}`;
    });
    return [
      {
        ...{ id: "B22", what: `longest lock of a store for a file, ${movements} movements`, unit: "ms", notes },
        ...{ product: figureOf(ms.large), reference: figureOf(ms.small), ratio: ratioOf(ms.large, ms.small) },
        ...{ referenceIs: `the same with ${movements / smaller}`, target: { productMax: 5_000 } },
      },
    ];
  },
};
