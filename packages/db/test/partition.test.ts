// The ledger in partitions: what was in the table is in them, whatever happened meanwhile, and everything that knows the table finds it.
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import {
  abandonPartitions,
  archiveNext,
  checkRights,
  listArchives,
  migrate,
  partitionLedger,
  readArchive,
  readLedgerShape,
  restoreArchive,
} from "@inventory-sync/db";
import { auditLevels } from "@inventory-sync/operator";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { eventually, type FreshDatabase, freshDatabase } from "../../../tests/support/index.ts";
import { event, onHand, send, snapshot } from "./ledger-driver.ts";
import { shapeOf } from "./schema-shape.ts";
import { type OpenTestDatabase, openFresh } from "./support.ts";

let fresh: FreshDatabase;
let client: pg.Client;

beforeEach(async () => {
  fresh = await freshDatabase();
  client = new pg.Client({ connectionString: fresh.url });
  await client.connect();
});
afterEach(async () => {
  await client?.end();
  await fresh?.drop();
});

const rows = async <Row extends pg.QueryResultRow>(text: string): Promise<Row[]> =>
  (await client.query<Row>(text)).rows;
const movements = () => rows("select m::text from movement m order by facility_id, event_id, line");
/** Sales of so many stores, by the owner's hand. */
const fill = (perStore: number, stores = 3) =>
  client.query(
    `insert into facility (facility_id) select 'S' || n from generate_series(1, ${stores}) n on conflict do nothing;
     insert into movement (facility_id, event_id, line, product_id, type, quantity, effect, occurred_at, content)
     select f, 'e' || n, 1, n % 7 + 1, 'sale', -1, -1, '2026-03-01Z'::timestamptz + n * interval '1 hour', '\\x01'
       from generate_series(1, ${stores}) f, generate_series(1, ${perStore}) n`,
  );
const sell = (facility: number, id: string) =>
  client.query(
    `insert into movement (facility_id, event_id, line, product_id, type, quantity, effect, occurred_at, content)
     values (${facility}, '${id}', 1, 1, 'sale', -1, -1, now(), '\\x01')`,
  );

describe("the ledger put into partitions", () => {
  it("has the same rows, indexes, keys, rights, sequence and triggers, and its owner", async () => {
    await fill(500);
    await client.query("grant select on movement to public; grant update (reason) on movement to inventory_ops");
    const about = async () => ({
      rows: await movements(),
      shape: (await shapeOf(fresh.url)).filter((line) => line.includes("movement")),
      rights: await rows(
        `select a.grantee::regrole::text, a.privilege_type from pg_class c, aclexplode(c.relacl) a
          where c.oid = 'movement'::regclass union all
         select a.grantee::regrole::text, a.privilege_type from pg_attribute t, aclexplode(t.attacl) a
          where t.attrelid = 'movement'::regclass order by 1, 2`,
      ),
      checks: await rows(
        "select conname, pg_get_constraintdef(oid) like 'CHECK%' as is_check from pg_constraint where conrelid = 'movement'::regclass and contype = 'c' order by 1",
      ),
      triggers: await rows(
        "select pg_get_triggerdef(oid) from pg_trigger where tgrelid = 'movement'::regclass and not tgisinternal",
      ),
      sequence: await rows("select pg_get_serial_sequence('movement', 'seq') as name"),
      owner: await rows("select tableowner from pg_tables where tablename = 'movement'"),
    });
    const [before, faults] = [await about(), await checkRights(fresh.url)];
    expect(await readLedgerShape(fresh.urlFor("owner"))).toMatchObject({ state: "whole", locks: expect.any(Number) });
    expect(await partitionLedger(fresh.urlFor("owner"))).toMatchObject({ state: "partitioned" });
    expect(await about()).toEqual(before);
    expect(await rows("select count(*)::int as parts from pg_inherits where inhparent = 'movement'::regclass")).toEqual(
      [{ parts: 16 }],
    );
    expect(await rows("select relname from pg_class where relname ~ '^movement_(copy|copied|unpart)'")).toEqual([]);
    expect(await checkRights(fresh.url)).toEqual(faults);
    // Again it has nothing to do.
    expect(await partitionLedger(fresh.urlFor("owner"))).toMatchObject({ state: "partitioned" });
  });

  it("follows what is added, taken out and changed while it is copied, and goes on where it was stopped", async () => {
    await fill(300);
    const stop = new AbortController();
    const told: number[] = [];
    const onCopied = (copied: number) => {
      told.push(copied);
      stop.abort();
    };
    const stopped = await partitionLedger(fresh.urlFor("owner"), { signal: stop.signal, onCopied });
    expect([stopped.state, told]).toEqual(["copying", [300]]);
    // Of what was copied and of what was not.
    for (const facility of [1, 2, 3]) {
      await sell(facility, "new");
      await client.query(`delete from movement where facility_id = ${facility} and event_id in ('e1', 'e2')`);
      await client.query(`update movement set reason = 'changed' where facility_id = ${facility} and event_id = 'e3'`);
      await sell(facility, "e1");
    }
    await fill(1, 4).catch(() => undefined);
    await client.query("insert into facility (facility_id) values ('S4')");
    await sell(4, "first");
    const before = await movements();
    expect(await partitionLedger(fresh.urlFor("owner"))).toMatchObject({ state: "partitioned" });
    expect(await movements()).toEqual(before);
  });

  it("waits for nobody who takes rows out of a store that is being copied, nor they for it for long", async () => {
    await fill(300, 1);
    const other = new pg.Client({ connectionString: fresh.url });
    await other.connect();
    const stop = new AbortController();
    stop.abort();
    await partitionLedger(fresh.urlFor("owner"), { signal: stop.signal });
    await other.query("begin; delete from movement where facility_id = 1 and event_id = 'e5'");
    const going = partitionLedger(fresh.urlFor("owner"));
    await eventually(async () => {
      const waits = await rows(
        "select from pg_stat_activity where wait_event = 'advisory' and datname = current_database()",
      );
      return waits.length === 1;
    });
    await other.query("commit");
    await other.end();
    expect(await going).toMatchObject({ state: "partitioned" });
    expect(await rows("select count(*)::int as n from movement")).toEqual([{ n: 299 }]);
  });

  it("is refused beside another run, and when the copy is not what the ledger is: that one is given up and begun anew", async () => {
    await fill(20);
    const stop = new AbortController();
    await partitionLedger(fresh.urlFor("owner"), { signal: stop.signal, onCopied: () => stop.abort() });
    await client.query("select pg_advisory_lock(7008, 0)");
    await expect(partitionLedger(fresh.urlFor("owner"))).rejects.toThrow("another run");
    await client.query("select pg_advisory_unlock(7008, 0)");
    await client.query("update movement_copy set effect = 7; update movement_copied set is_whole = false");
    await expect(partitionLedger(fresh.urlFor("owner"))).rejects.toThrow(/not what the ledger has.*--abandon/);
    expect(await abandonPartitions(fresh.urlFor("owner"))).toMatchObject({ state: "whole" });
    expect(await partitionLedger(fresh.urlFor("owner"))).toMatchObject({ state: "partitioned" });
  });

  it("belongs wholly to its owner, also when it was put there by a superuser, and so can be migrated", async () => {
    await fill(10);
    await partitionLedger(fresh.url);
    const owners = "select distinct tableowner from pg_tables where tablename ~ '^movement'";
    expect(await rows(owners)).toEqual([{ tableowner: "inventory_owner" }]);
    const folder = await mkdtemp(join(tmpdir(), "migrations-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await cp(fileURLToPath(new URL("../../../prisma/migrations", import.meta.url)), folder, { recursive: true });
    await mkdir(join(folder, "20991231000000_later"));
    await writeFile(
      join(folder, "20991231000000_later", "migration.sql"),
      `ALTER TABLE "movement" ADD COLUMN "later" TEXT;
       CREATE INDEX "movement_later" ON "movement"("facility_id", "later") WHERE later is not null;
       ALTER TABLE "movement" DROP CONSTRAINT "movement_type_known";
       ALTER TABLE "movement" ADD CONSTRAINT "movement_type_known" CHECK ("type" <> 'none') NOT VALID;
       CREATE TRIGGER "later" AFTER INSERT ON "movement" REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION "note_level_change"();`,
    );
    const names = await readdir(folder);
    expect(names.length).toBeGreaterThan(30);
    expect(await migrate(fresh.urlFor("owner"), pathToFileURL(`${folder}/`))).toEqual(["20991231000000_later"]);
    await sell(1, "after");
  });

  it("is given up by a migration that comes while it is copied", async () => {
    await fill(10);
    const stop = new AbortController();
    await partitionLedger(fresh.urlFor("owner"), { signal: stop.signal, onCopied: () => stop.abort() });
    await client.query(
      "delete from _prisma_migrations where migration_name = (select max(migration_name) from _prisma_migrations)",
    );
    // That it is there already is another matter.
    await migrate(fresh.urlFor("owner")).catch(() => undefined);
    expect(await readLedgerShape(fresh.urlFor("owner"))).toMatchObject({ state: "whole" });
    await sell(1, "after");
  });
});

describe("sales, while the ledger is put into partitions", () => {
  it("go on, and each counts once", async () => {
    const database = await openFresh();
    onTestFinished(() => database.drop());
    let [sold, isDone] = [0, false];
    const sell = async (facilityId: string) => {
      for (let n = 0; !isDone; n += 1) {
        const sale = event(`${facilityId}-${n}`, "sale", { at: "08:00", lines: { X: 1 }, facilityId });
        expect(await send(database, [sale])).toMatchObject([{ fate: "done", applied: 1 }]);
        sold += 1;
      }
    };
    const selling = ["S001", "S002", "S003"].map(sell);
    await eventually(() => sold > 30);
    expect(await partitionLedger(String(database.pool.options.connectionString))).toMatchObject({
      state: "partitioned",
    });
    const before = sold;
    await eventually(() => sold > before + 10);
    isDone = true;
    await Promise.all(selling);
    const { rows } = await database.pool.query("select count(*)::int as n, sum(effect)::int as effect from movement");
    expect(rows).toEqual([{ n: sold, effect: -sold }]);
    expect((await auditLevels(database)).differences).toBe(0);
  });
});

describe("the archive of a ledger in partitions", () => {
  it("is written, verified and put back", async () => {
    const database: OpenTestDatabase = await openFresh();
    const folder = await mkdtemp(join(tmpdir(), "partition-archive-"));
    onTestFinished(async () => {
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    });
    const sold = (id: string, at: string) => event(id, "sale", { at, lines: { X: 1 } });
    await send(database, [sold("a1", "08:00"), sold("a2", "08:30")]);
    for (const at of ["10:00", "2 10:00", "3 10:00"]) await snapshot(database, { at, counts: { X: 10 } });
    await database.pool.query("update movement set recorded_at = occurred_at");
    await partitionLedger(String(database.pool.options.connectionString));
    const all = async () => (await database.pool.query("select m::text from movement m order by seq")).rows;
    const original = await all();
    const store = { facility: 1, facilityId: "S001", before: new Date("2026-11-30T00:00:00Z") };
    const options = { folder, lockWaitMsMax: 1_000 };
    expect(await archiveNext(database, store, options)).toBeGreaterThan(1);
    expect((await send(database, [sold("a1", "08:00")]))[0]).toMatchObject({ duplicate: 1 });
    expect([await onHand(database, "X"), (await auditLevels(database)).differences]).toEqual([10, 0]);
    for (const file of await listArchives(database.pool, 1)) {
      expect((await readArchive(folder, file)).length).toBe(file.rows);
      await restoreArchive(database, file, options);
    }
    expect(await all()).toEqual(original);
  });
});
