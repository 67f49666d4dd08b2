// ops ledger archive, verify, restore: as the owner of the tables, which alone may, and killed where it can be.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, type FreshDatabase, freshDatabase } from "../../../tests/support/index.ts";
import { emptyFolder, ops } from "./support.ts";

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));

describe("ops ledger archive", () => {
  let fresh: FreshDatabase;
  let admin: pg.Client;
  /** Sees what waits while `admin` holds it: within one transaction that is looked up once. */
  let watch: pg.Client;
  beforeAll(async () => {
    fresh = await freshDatabase();
    admin = new pg.Client({ connectionString: fresh.url });
    await admin.connect();
    watch = new pg.Client({ connectionString: fresh.url });
    await watch.connect();
    await admin.query(`
      insert into facility (facility_id) values ('S001');
      insert into product (id_type, id_value) values ('SKU', 'A');
      insert into level (facility_id, product_id, on_hand, as_of, prior_as_of) values (1, 1, -30, '2026-04-01Z', '2026-03-10Z');
      insert into movement (facility_id, event_id, line, product_id, type, quantity, effect, occurred_at, recorded_at, content)
      select 1, 'e' || n, 1, 1, 'sale', -1, -1, t, t, '\\x01' from generate_series(1, 30) n, lateral (select '2026-02-20Z'::timestamptz + n * interval '1 day' as t) x`);
  });
  afterAll(async () => {
    await admin?.end();
    await watch?.end();
    await fresh?.drop();
  });
  const movements = async () => (await admin.query("select m::text from movement m order by seq")).rows;

  it("is killed while it writes, loses nothing, goes on, is verified, and is put back", async () => {
    const folder = await emptyFolder();
    const env = { DATABASE_URL: fresh.urlFor("ops"), DATABASE_OWNER_URL: fresh.urlFor("owner"), ARCHIVE_DIR: folder };
    const original = await movements();
    const files = async () =>
      (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".gz")).toSorted();

    /** Kills the command where it waits for what another transaction holds. */
    const killAt = async (hold: string, ...words: string[]) => {
      await admin.query("begin");
      await admin.query(hold);
      const child = spawn(process.execPath, [MAIN, "ledger", ...words, "--yes"], {
        env: { ...process.env, ...env },
        stdio: "ignore",
      });
      await eventually(async () => {
        const { rows } = await watch.query(
          "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        );
        return rows.length > 0;
      });
      child.kill("SIGKILL");
      await once(child, "exit");
      await admin.query("rollback");
      await eventually(async () => {
        const { rows } = await watch.query(
          "select from pg_locks where locktype = 'advisory' and classid = 7002 and database = (select oid from pg_database where datname = current_database())",
        );
        return rows.length === 0;
      });
    };
    // At the facility's lock; then, with the file on disk, at a movement that goes, at the opening row, and at the last word on the facility.
    const [february, march] = [join("S001", "2026-02.1.jsonl.gz"), join("S001", "2026-03.1.jsonl.gz")];
    for (const [hold, written] of [
      ["select pg_advisory_xact_lock(7002, 1)", []],
      ["select from movement where event_id = 'e1' for update", [february]],
      [
        `insert into movement (facility_id, event_id, line, product_id, type, quantity, effect, occurred_at, content)
         values (1, 'archive-opening', 1, 1, 'opening', 0, 0, now(), '')`,
        [february],
      ],
      ["select from facility where id = 1 for update", [february]],
    ] as const) {
      await killAt(hold, "archive", "--before", "2026-04-01");
      expect(await files()).toEqual(written);
      expect(await movements()).toEqual(original);
    }
    // What was killed while it wrote leaves half a file, which nobody points to either; with the first file done the second is not begun anew.
    await writeFile(join(folder, "S001", "2026-02.1.jsonl.gz.1.part"), "half");
    await killAt("select from movement where event_id = 'e17' for update", "archive", "--before", "2026-04-01");
    expect([await files(), (await ops(env, "audit")).code]).toEqual([[february, march], 0]);
    expect((await ops(env, "ledger", "verify")).out).toContain("1 of 1 files are what was written.");

    expect(await ops(env, "ledger", "archive", "--before", "2026-04-01", "--yes")).toMatchObject({
      code: 0,
      out: expect.stringContaining(`9 movements are in 1 new files. Back up ${folder} now`),
    });
    expect(await files()).toEqual([february, march]);
    expect((await ops(env, "ledger", "archive", "--before", "2026-04-01", "--yes")).out).toContain("what stays");
    expect((await ops(env, "audit")).code).toBe(0);
    expect((await ops(env, "ledger", "verify")).code).toBe(0);
    const { rows } = await admin.query(
      "select type, effect::int, count(*)::int from movement group by 1, 2 order by 1",
    );
    expect(rows).toEqual([
      { type: "opening", effect: -17, count: 1 },
      { type: "sale", effect: -1, count: 13 },
    ]);

    const elsewhere = await emptyFolder();
    await writeFile(join(elsewhere, "nothing"), "");
    expect(await ops(env, "ledger", "verify", "--to", elsewhere)).toMatchObject({
      code: 1,
      out: expect.stringMatching(/2026-02.1.jsonl.gz cannot be read: ENOENT[\s\S]*from a copy of the folder/),
    });
    // And put back: killed at the file that it marks, at a movement that comes back, and, with one file back, at the last word on the facility.
    for (const hold of [
      "select from ledger_archive for update",
      `insert into movement (facility_id, event_id, line, product_id, type, quantity, effect, occurred_at, content)
       values (1, 'e17', 1, 1, 'sale', -1, -1, now(), '')`,
      "select from facility where id = 1 for update",
    ]) {
      await killAt(hold, "restore");
      expect((await ops(env, "audit")).code).toBe(0);
    }
    expect((await ops(env, "ledger", "restore", "--yes")).out).toContain("8 movements are in the ledger again.");
    expect(await movements()).toEqual(original);
    expect((await ops(env, "ledger", "restore", "--yes")).out).toContain("Nothing is archived.");
  });

  it("wants a day that has begun, and a folder", async () => {
    const env = { DATABASE_URL: fresh.urlFor("ops") };
    expect((await ops(env, "ledger", "archive", "--before", "2999-01-01")).code).toBe(64);
    expect((await ops(env, "ledger", "archive", "--before", "2026-01-01")).error).toContain("ARCHIVE_DIR");
  });

  it("is not what the operator's role may do", async () => {
    const env = { DATABASE_URL: fresh.urlFor("ops"), ARCHIVE_DIR: await emptyFolder() };
    const before = await movements();
    const words = ["ledger", "archive", "--before", "2026-04-01", "--yes"];
    const named = await ops(env, ...words);
    expect([named.code, named.error]).toEqual([78, expect.stringContaining("DATABASE_OWNER_URL is not set")]);
    expect((await ops({ ...env, DATABASE_OWNER_URL: env.DATABASE_URL }, ...words)).code).not.toBe(0);
    expect(await movements()).toEqual(before);
  });
});
