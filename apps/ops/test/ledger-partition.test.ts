// ops ledger partition: as the owner of the tables, killed at each of its steps while sales go on.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { findPgBouncer } from "../../../tests/support/find-pgbouncer.ts";
import { eventually, type FreshDatabase, freshDatabase } from "../../../tests/support/index.ts";
import { startPgBouncer } from "../../../tests/support/start-pgbouncer.ts";
import { emptyFolder, ops } from "./support.ts";

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));

let fresh: FreshDatabase;
let admin: pg.Client;
/** Sells as the worker's role, and sees what waits. */
let worker: pg.Client;
let env: Record<string, string>;
let sold = 0;

beforeAll(async () => {
  fresh = await freshDatabase();
  env = { DATABASE_URL: fresh.urlFor("ops"), DATABASE_OWNER_URL: fresh.urlFor("owner") };
  admin = new pg.Client({ connectionString: fresh.url });
  worker = new pg.Client({ connectionString: fresh.urlFor("worker") });
  await Promise.all([admin.connect(), worker.connect()]);
  await admin.query(`
    insert into facility (facility_id) values ('S001'), ('S002');
    insert into movement (facility_id, event_id, line, product_id, type, quantity, effect, occurred_at, content)
    select f, 'e' || n, 1, 1, 'sale', -1, -1, now(), '\\x01' from generate_series(1, 2) f, generate_series(1, 50) n`);
  sold = 100;
});
afterAll(async () => {
  await Promise.all([admin?.end(), worker?.end()]);
  await fresh?.drop();
});

async function sell(): Promise<void> {
  sold += 1;
  await worker.query(
    `insert into movement (facility_id, event_id, line, product_id, type, quantity, effect, occurred_at, content)
     values (2, $1, 1, 1, 'sale', -1, -1, now(), '\\x01')`,
    [`sold-${sold}`],
  );
}

const counted = async () => (await admin.query("select count(*)::int as n from movement")).rows[0]?.n as number;
const state = async () =>
  (JSON.parse((await ops(env, "ledger", "partition", "--preview", "--json")).out) as { state: string }).state;

it("is killed at each step, loses no sale, and goes on where it was", async () => {
  expect((await ops(env, "ledger", "partition")).out).toMatch(/some .* movements .*as much space.*Add --yes/s);
  // What another transaction holds, at which it stands still; how the ledger may stand once it was killed there: the server may do what it
  // was told last, though nobody waits for it any more.
  for (const [hold, left] of [
    ["lock table movement in row exclusive mode", ["whole", "copying"]],
    ["select pg_advisory_xact_lock(7008, 2)", ["copying"]],
    ["lock table movement_copied in access share mode", ["copying", "swapped"]],
  ] as const) {
    await admin.query("begin");
    await admin.query(hold);
    const child = spawn(process.execPath, [MAIN, "ledger", "partition", "--yes"], {
      env: { ...process.env, ...env },
      stdio: "ignore",
    });
    await eventually(async () => {
      const { rows } = await worker.query(
        "select from pg_locks where not granted and database = (select oid from pg_database where datname = current_database())",
      );
      return rows.length > 0;
    });
    // Sales of the store that is being copied and of others go on, but for the moment of a swap that is tried.
    if (!hold.includes("movement_copied")) await sell();
    child.kill("SIGKILL");
    await once(child, "exit");
    await admin.query("rollback");
    await eventually(async () => {
      const { rows } = await worker.query(
        "select from pg_locks where locktype = 'advisory' and classid = 7008 and database = (select oid from pg_database where datname = current_database())",
      );
      return rows.length === 0;
    });
    await sell();
    expect(left).toContain(await state());
    expect(await counted()).toBe(sold);
  }
  expect((await ops(env, "ledger", "partition", "--yes")).out).toContain("The ledger is in 16 partitions by facility.");
  await sell();
  expect([await state(), await counted()]).toEqual(["partitioned", sold]);
  // As it is left by one who is killed behind the swap.
  await admin.query("set role inventory_owner; create table movement_unpartitioned (like movement); reset role");
  expect(await state()).toBe("swapped");
  expect((await ops(env, "ledger", "partition", "--yes")).code).toBe(0);
  expect([await state(), await counted()]).toEqual(["partitioned", sold]);
  const recorded = await admin.query(
    "select distinct what, outcome from operator_action where outcome = 'partitioned'",
  );
  expect(recorded.rows).toEqual([{ what: "put the ledger into partitions", outcome: "partitioned" }]);
});

it("is the owner's alone, gives a copy up, and says what is missing", async () => {
  const { DATABASE_OWNER_URL: _, ...without } = env;
  expect(await ops(without, "ledger", "partition", "--yes")).toMatchObject({
    code: 78,
    error: expect.stringContaining("DATABASE_OWNER_URL is not set"),
  });
  const other = await freshDatabase();
  onTestFinished(() => other.drop());
  const addresses = { DATABASE_URL: other.urlFor("ops"), DATABASE_OWNER_URL: other.urlFor("ops") };
  expect((await ops(addresses, "ledger", "partition", "--yes")).code).not.toBe(0);
  const asOwner = { ...addresses, DATABASE_OWNER_URL: other.urlFor("owner") };
  expect((await ops(asOwner, "ledger", "partition", "--preview")).out).toContain("max_locks_per_transaction");
  expect((await ops(asOwner, "ledger", "partition", "--abandon")).out).toContain("A copy in 16 partitions is made");
});

it.skipIf(findPgBouncer() === undefined)("is refused behind a pooler, in words", async () => {
  const whole = await freshDatabase();
  const pooler = await startPgBouncer(await emptyFolder(), [whole.urlFor("owner")]);
  onTestFinished(async () => {
    await pooler.kill();
    await whole.drop();
  });
  const behind = { DATABASE_URL: whole.urlFor("ops"), DATABASE_OWNER_URL: pooler.through(whole.urlFor("owner")) };
  expect(await ops(behind, "ledger", "partition", "--yes")).toMatchObject({
    code: 78,
    error: expect.stringMatching(/DATABASE_OWNER_URL leads to a pooler.*the PostgreSQL server's own address/s),
  });
});
