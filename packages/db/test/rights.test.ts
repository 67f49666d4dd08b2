// What each role of the database can do, and above all what it cannot: with its password alone nobody changes what is only added to,
// and nobody gets at the server.
import {
  addressFor,
  checkRights,
  migrate,
  prepareDatabase,
  type RoleKind,
  roleKinds,
  SchemaBehind,
  secureDatabase,
} from "@inventory-sync/db";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { emptyDatabase, type FreshDatabase, freshDatabase } from "../../../tests/support/index.ts";
import { grantees, ownedRelations } from "../src/rights/table.ts";

const DENIED = "42501";
const processes: readonly RoleKind[] = grantees;

let fresh: FreshDatabase;
const clients = new Map<RoleKind, pg.Client>();

beforeAll(async () => {
  fresh = await freshDatabase();
  for (const kind of roleKinds) {
    const client = new pg.Client({ connectionString: fresh.urlFor(kind) });
    await client.connect();
    clients.set(kind, client);
  }
  const admin = await connect(fresh.url);
  await admin.query("insert into facility (facility_id) values ('S001')");
  await admin.query("insert into product (id_type, id_value) values ('SKU', 'A')");
  await admin.query(
    `insert into movement (facility_id, event_id, line, product_id, type, quantity, effect, occurred_at, content)
     values (1, 'e1', 1, 1, 'sale', -1, -1, now(), '')`,
  );
  await admin.query(`insert into operator_action (who, by, what, target) values ('ada', 'board', 'retry', 'job 1')`);
  await admin.end();
});
afterAll(async () => {
  for (const client of clients.values()) await client.end();
  await fresh.drop();
});

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

/** Tries a statement in a transaction that is rolled back, and returns the SQLSTATE, or "done". */
async function attempt(kind: RoleKind, statement: string): Promise<string> {
  const client = clients.get(kind);
  if (client === undefined) throw new Error(`there is no connection as ${kind}`);
  await client.query("begin");
  try {
    await client.query(statement);
    return "done";
  } catch (error) {
    return String((error as { code?: unknown }).code);
  } finally {
    await client.query("rollback");
  }
}

const forAnybody = [
  "set session_replication_role = replica",
  "set session authorization inventory_owner",
  "copy (select 1) to program 'id'",
  "copy movement from program 'id'",
  "copy (select 1) to '/tmp/inventory-sync-rights'",
  "select pg_read_file('/etc/passwd')",
  "select pg_ls_dir('/')",
  "select lo_import('/etc/passwd')",
  "select rolpassword from pg_authid",
  "select pg_reload_conf()",
  "set log_statement = 'all'",
  "create role somebody",
  "alter role inventory_worker superuser",
  "create table public.mine (id int)",
  "create schema mine",
  "create extension pgcrypto",
  "create function public.mine() returns int language sql as 'select 1'",
  "create or replace function public.refuse_change_of_audit() returns trigger language plpgsql as 'begin return null; end'",
  "drop function public.refuse_change_of_audit() cascade",
  "drop table movement",
  "alter table operator_action disable trigger all",
  "drop trigger operator_action_is_append_only on operator_action",
  "create trigger mine before insert on movement for each row execute function refuse_change_of_audit()",
  "alter table movement add column note text",
  "update movement set effect = 0",
  "delete from movement",
  "truncate movement",
  "update operator_action set who = 'nobody'",
  "delete from operator_action",
  "truncate operator_action",
  "merge into movement m using (select 1) s on true when matched then delete",
  "select setval('movement_seq_seq', 1)",
  "update _prisma_migrations set checksum = ''",
  "lock table movement in exclusive mode",
];

const refusedToAll = (kinds: readonly RoleKind[]) => Object.fromEntries(kinds.map((kind) => [kind, DENIED]));
const outcomes = async (kinds: readonly RoleKind[], statement: string) =>
  Object.fromEntries(await Promise.all(kinds.map(async (kind) => [kind, await attempt(kind, statement)])));

describe("every role but the owner", () => {
  const all = [...processes, "queue" as const];

  it.each(forAnybody)("is refused: %s", async (statement) => {
    expect(await outcomes(all, statement)).toEqual(refusedToAll(all));
  });

  it.each(roleKinds)("cannot become the role of %s", async (kind) => {
    const others = all.filter((each) => each !== kind);
    expect(await outcomes(others, `set role inventory_${kind}`)).toEqual(refusedToAll(others));
  });
});

describe("each role can do what its process does, and no other", () => {
  const movement = `insert into movement (facility_id, event_id, line, product_id, type, quantity, effect, occurred_at, content)
                    values (1, 'e2', 1, 1, 'sale', -1, -1, now(), '')`;
  const action = "insert into operator_action (who, by, what, target) values ('ada', 'board', 'retry', 'job 1')";
  const accepted = `insert into accepted_event (facility_id, event_id, content, payload, client)
                    values ('S001', 'e1', '', '{}', 'pos') on conflict (facility_id, event_id, content) do nothing`;
  it.each([
    [movement, { ingest: DENIED, worker: "done", board: "done", ops: "done", queue: DENIED }],
    [action, { ingest: DENIED, worker: DENIED, board: "done", ops: "done", queue: DENIED }],
    [accepted, { ingest: "done", worker: DENIED, board: DENIED, ops: DENIED, queue: DENIED }],
    [
      "select from accepted_event limit 1",
      { ingest: "done", worker: "done", board: "done", ops: "done", queue: DENIED },
    ],
    [
      "select payload from accepted_event",
      { ingest: DENIED, worker: "done", board: "done", ops: "done", queue: DENIED },
    ],
    ["delete from accepted_event", { ingest: DENIED, worker: "done", board: "done", ops: "done", queue: DENIED }],
    ["delete from dismissed_job", { worker: DENIED, board: DENIED, ops: DENIED }],
    ["update dismissed_job set payload = ''", { worker: DENIED, board: DENIED, ops: DENIED }],
    ["update dismissed_job set state = 'dismissed'", { worker: DENIED, board: "done", ops: "done" }],
    ["select * from movement", { ingest: DENIED, worker: "done", board: "done", ops: "done", queue: DENIED }],
    ["select * from facility", { ingest: DENIED, worker: "done", board: "done", ops: "done", queue: DENIED }],
    [
      "insert into facility (facility_id) values ('S9')",
      { ingest: DENIED, worker: "done", board: "done", ops: "done", queue: DENIED },
    ],
    [
      "update facility set name = 'Main Street', retired_at = now()",
      { ingest: DENIED, worker: DENIED, board: "done", ops: "done", queue: DENIED },
    ],
    [
      "update facility set facility_id = 'S9'",
      { ingest: DENIED, worker: DENIED, board: DENIED, ops: DENIED, queue: DENIED },
    ],
    [
      "create temporary table mine (id int)",
      { ingest: DENIED, worker: DENIED, board: DENIED, ops: DENIED, owner: DENIED, queue: "done" },
    ],
    ["create table bullmq.mine (id int)", { ingest: DENIED, worker: DENIED, queue: "done" }],
  ] as const)("%s", async (statement, expected) => {
    expect(await outcomes(Object.keys(expected) as RoleKind[], statement)).toEqual(expected);
  });
});

describe("the table of rights", () => {
  it("names every table, view and sequence of the schema, so that a new one is thought of", async () => {
    const admin = await connect(fresh.url);
    const { rows } = await admin.query<{ name: string }>(
      "select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'S')",
    );
    await admin.end();
    expect(ownedRelations().toSorted()).toEqual(rows.map(({ name }) => name).toSorted());
  });

  it("ends a statement that a process no longer waits for, and none of the owner's", async () => {
    const limits = { worker: "30s", board: "30s", ingest: "30s", ops: "10min", owner: "0" };
    for (const [kind, limit] of Object.entries(limits)) {
      const { rows } = (await clients.get(kind as RoleKind)?.query("show statement_timeout")) ?? { rows: [] };
      expect([kind, rows]).toEqual([kind, [{ statement_timeout: limit }]]);
    }
  });

  it("is what the database has, and every difference is named", async () => {
    const database = await unsecured();
    await secureDatabase(database.url);
    expect(await checkRights(database.url)).toEqual([]);
    const admin = await connect(database.url);
    await admin.query(
      "grant update (effect) on movement to inventory_worker; grant delete on operator_action to public",
    );
    await admin.query("revoke select on level from inventory_board; grant create on schema public to public");
    await admin.query("alter table reset owner to current_user");
    await admin.query("grant execute on function refuse_change_of_audit() to public");
    expect((await checkRights(database.url)).toSorted()).toEqual([
      "PUBLIC has DELETE on operator_action, and shall not",
      "inventory_board shall have SELECT on level, and has not",
      "inventory_worker has UPDATE on movement.effect, and shall not",
      "still to be done: alter table reset owner to inventory_owner",
      "still to be done: revoke create on schema public from public",
      "still to be done: revoke execute on function refuse_change_of_audit() from public",
    ]);
    await admin.end();
    await secureDatabase(database.url);
    expect(await checkRights(database.url)).toEqual([]);
  });
});

/** A database as an installation with one role for all has it. */
async function unsecured(): Promise<FreshDatabase> {
  const database = await emptyDatabase();
  onTestFinished(() => database.drop());
  await migrate(database.url);
  return database;
}

describe("a database with one role for all", () => {
  it("works on, and its worker says once that the role is more than it needs", async () => {
    const database = await emptyDatabase();
    onTestFinished(() => database.drop());
    expect(await prepareDatabase(database.url)).toMatch(
      /the role inventory of DATABASE_URL is a superuser .* npm run ops -- database secure makes roles of least rights/,
    );
  });

  it("is moved over with what is in it, once, and BullMQ's schema with it", async () => {
    const database = await unsecured();
    const admin = await connect(database.url);
    await admin.query("insert into facility (facility_id) values ('S001')");
    await admin.query("create schema bullmq; create table bullmq.job (id bigserial, kind text)");
    await admin.query("create function bullmq.take() returns int language sql as 'select 1'");
    const first = await secureDatabase(database.url);
    expect(first.moved).toBeGreaterThan(15);
    expect(await secureDatabase(database.url)).toEqual({ created: [], moved: 0, applied: [] });
    const owners = await admin.query<{ owner: string }>(
      `select distinct relowner::regrole::text as owner from pg_class where relnamespace = 'bullmq'::regnamespace
        union select proowner::regrole::text from pg_proc where pronamespace = 'bullmq'::regnamespace`,
    );
    expect(owners.rows).toEqual([{ owner: "inventory_queue" }]);
    await admin.end();
    const worker = await connect(database.urlFor("worker"));
    expect((await worker.query("select facility_id from facility")).rows).toEqual([{ facility_id: "S001" }]);
    await worker.end();
    expect(await prepareDatabase(database.urlFor("worker"))).toBeUndefined();
  });
});

describe("a worker whose role may not change the schema", () => {
  it("says which command does, and finds the database ready after it", async () => {
    const database = await emptyDatabase();
    onTestFinished(() => database.drop());
    const early = await prepareDatabase(database.urlFor("worker")).catch((error: unknown) => error);
    expect(early).toBeInstanceOf(SchemaBehind);
    expect(String(early)).toMatch(/run the image's command migrate, or npm run ops -- database secure/);
    await secureDatabase(database.url);
    expect(await prepareDatabase(database.urlFor("worker"))).toBeUndefined();
  });

  it("says so too when rights are missing, and when the database is newer", async () => {
    const database = await unsecured();
    await secureDatabase(database.url);
    const admin = await connect(database.url);
    await admin.query("revoke insert on movement from inventory_worker");
    await expect(prepareDatabase(database.urlFor("worker"))).rejects.toThrow(
      /has not all the rights it needs, on movement/,
    );
    await admin.query(
      `insert into _prisma_migrations (id, checksum, finished_at, migration_name, started_at, applied_steps_count)
       values ('x', 'x', now(), '20991231000000_from_the_future', now(), 1)`,
    );
    await admin.end();
    await expect(prepareDatabase(database.urlFor("worker"))).rejects.toThrow(/newer than this version/);
  });
});

describe("the address of a role", () => {
  it("is that of the database, with the role's name and password", () => {
    const url = addressFor("postgres://inventory:old@db:5433/stock?sslmode=verify-full", "worker", "a/b");
    expect(url).toBe("postgres://inventory_worker:a%2Fb@db:5433/stock?sslmode=verify-full");
  });
});
