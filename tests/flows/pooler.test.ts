// The whole system with its database behind a PgBouncer in transaction mode, of Debian's version, with a pool of four: what the ledger
// promises holds there as well, also while the pooler dies; what cannot be done through it is refused in words.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type Database, isOutage, openDatabase, prepareDatabase, read, secureDatabase } from "@inventory-sync/db";
import { openQueues } from "@inventory-sync/queue";
import { createLog } from "@inventory-sync/runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  emptyDatabase,
  eventually,
  type FreshDatabase,
  freshFolder,
  type PgBouncer,
  type System,
  startPgBouncer,
  startProcess,
  startSystem,
  whyNoPgBouncer,
} from "../support/index.ts";
import { type DatabaseClient, databaseClient } from "./database-client.ts";
import { eventOf, noGuards, type Outside, outsideOf } from "./outside.ts";
import { happen, quiet, vectors } from "./vectors.ts";

const reason = whyNoPgBouncer();
const log = createLog({ name: "test", settings: { level: "silent", format: "json" } });
/** Of a lock of the test's, which each transaction that sells at this facility asks for in its COMMIT. */
const [COMMIT_LOCK, SLOW] = [7399, "SLOW"];

describe.skipIf(reason !== undefined)(`behind a pooler${reason === undefined ? "" : ` (skipped: ${reason})`}`, () => {
  let folder: string;
  let fresh: FreshDatabase;
  let pooler: PgBouncer;
  let system: System;
  let outside: Outside;
  let client: DatabaseClient;

  beforeAll(async () => {
    folder = await freshFolder("pooler");
    fresh = await emptyDatabase();
    const roles = (["worker", "board", "ops", "ingest"] as const).map((kind) => fresh.urlFor(kind));
    pooler = await startPgBouncer(folder, [fresh.url, ...roles]);
    const env = { ...noGuards, ACCEPT_INTO: "inbox" };
    system = await startSystem({ backend: "postgres", env, through: pooler.through });
    outside = await outsideOf(system);
    client = await databaseClient(system);
  });

  afterAll(async () => {
    outside?.end();
    await client?.end();
    await system?.stop();
    await pooler?.kill();
    await fresh?.drop();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(vectors)("$name: $what", (vector) => happen(system, outside, vector));

  describe("a process's pool", () => {
    let database: Database;
    beforeAll(() => {
      const url = pooler.through(
        system.databaseUrl.replace(/\/\/[^@]*@/, `//${new URL(fresh.url).username}:${new URL(fresh.url).password}@`),
      );
      database = openDatabase({ url, name: "test", poolMax: 12 });
    });
    afterAll(() => database.close());

    it("has its limits in each transaction, and leaves nothing of them and no prepared statement behind", async () => {
      let inside = 0;
      let together: () => void = () => undefined;
      const both = new Promise<void>((resolve) => {
        together = resolve;
      });
      const limits = await Promise.all(
        Array.from({ length: 2 }, () =>
          database.transaction(async (on) => {
            inside += 1;
            if (inside === 2) together();
            await both;
            await read(on, "facility_numbers", [null]);
            const { rows } = await on.query(
              "select current_setting('statement_timeout') as statement, pg_backend_pid() as pid",
            );
            return rows[0] as { statement: string; pid: number };
          }),
        ),
      );
      expect(limits.map(({ statement }) => statement)).toEqual(["30s", "30s"]);
      expect(new Set(limits.map(({ pid }) => pid)).size).toBe(2);
      await Promise.all(Array.from({ length: 40 }, () => read(database.pool, "facility_numbers", [null])));
      const left = await database.pool.query(
        "select current_setting('statement_timeout') as statement, (select count(*)::int from pg_prepared_statements) as prepared",
      );
      expect(left.rows).toEqual([{ statement: "0", prepared: 0 }]);
    });

    it("is held against what the pooler gives, where the pooler tells", async () => {
      const small = await startPgBouncer(join(folder, "small"), [fresh.url, fresh.urlFor("worker")], { clientsMax: 9 });
      const said: string[] = [];
      const log = { info: () => undefined, warn: (_: object, message: string) => void said.push(message) };
      const [told, untold] = [fresh.url, fresh.urlFor("worker")].map((each) =>
        openDatabase({ url: small.through(each), name: "test", poolMax: 12, log }),
      );
      try {
        const warning = await eventually(async () => said.find((message) => message.includes("max_client_conn")));
        expect(warning).toMatch(/may make 13 connections .* room for \d: of max_client_conn of the pooler \(9\)/);
        await Promise.all([told?.ping(), untold?.ping()]);
        expect(said.filter((message) => message.includes("may make"))).toHaveLength(1);
      } finally {
        await Promise.all([told?.close(), untold?.close()]);
        await small.kill();
      }
    });

    it("tells a fault in a statement from a pooler that has no room", async () => {
      const fault = await database.pool.query("select $1::int", [1, 2]).catch((error: unknown) => error);
      expect([fault, isOutage(fault)]).toMatchObject([{ code: "08P01" }, false]);
      const full = await startPgBouncer(join(folder, "full"), [fresh.url], { clientsMax: 1 });
      const turnedAway = openDatabase({ url: full.through(fresh.url), name: "test" });
      try {
        const told = await Promise.all([1, 2].map(() => turnedAway.ping().catch((error: unknown) => error)));
        const error = told.find((each) => each !== undefined);
        expect([error, isOutage(error)]).toMatchObject([{ code: "08P01", severity: "FATAL" }, true]);
      } finally {
        await turnedAway.close();
        await full.kill();
      }
    });
  });

  it("a pooler that is killed again and again, also in a COMMIT, loses nothing and doubles nothing", async () => {
    await client.rows(`
      create function wait_in_commit() returns trigger language plpgsql as $$
        begin
          if new.facility_id = (select id from facility where facility_id = '${SLOW}') then
            perform pg_advisory_xact_lock_shared(${COMMIT_LOCK}, 0);
          end if;
          return null;
        end $$`);
    await client.rows(`create constraint trigger wait_in_commit after insert on movement deferrable initially deferred
                       for each row execute function wait_in_commit()`);
    const release = await holdCommits();
    await outside.send(eventOf("c1", { facilityId: SLOW, at: "10:00" }));
    await eventually(async () => {
      const waiting = `select from pg_stat_activity where wait_event = 'advisory' and query = 'commit' and datname = current_database()`;
      return (await client.rows(waiting)).length > 0;
    });
    await pooler.kill();
    await release();
    await pooler.ensure();
    const facilities = ["K1", "K2", "K3"];
    for (const [round, facilityId] of facilities.entries()) {
      const sales = Array.from({ length: 100 }, (_, at) => eventOf(`k${at}`, { facilityId, at: "10:00" }));
      const sent = eventually(async () => (await system.postEvents(sales)).status === 202);
      await eventually(async () => {
        const found = await client.rows("select from accepted_event where facility_id = $1", [facilityId]);
        return round === 0 || found.length > 0;
      });
      await pooler.kill();
      await pooler.ensure();
      await sent;
    }
    for (const facilityId of facilities)
      await eventually(async () => (await outside.onHand(facilityId, "X")) === -100, { withinMs: 90_000 });
    await eventually(async () => (await outside.onHand(SLOW, "X")) === -1);
    await quiet(outside);
    expect(await outside.failedCauses()).toEqual([]);
    for (const facilityId of [...facilities, SLOW]) {
      const effects =
        "select -sum(effect)::float8 as sold from movement where facility_id = (select id from facility where facility_id = $1)";
      expect(await client.rows(effects, [facilityId])).toEqual([{ sold: facilityId === SLOW ? 1 : 100 }]);
    }
  });

  async function holdCommits(): Promise<() => Promise<void>> {
    const holder = await databaseClient(system);
    await holder.rows("select pg_advisory_lock($1, 0)", [COMMIT_LOCK]);
    return () => holder.end();
  }

  describe("is refused in words", () => {
    it("a worker whose migrations are due ends with what to set; over the direct address they are applied, and then it needs none", async () => {
      const url = pooler.through(fresh.url);
      const env = { ...system.env, DATABASE_URL: url };
      const ended = startProcess("worker", env).then((worker) => worker.stop());
      await expect(ended).rejects.toMatchObject({
        exit: 78,
        output: expect.stringMatching(
          /leads to a pooler such as PgBouncer.*migrations are due.*Set DATABASE_DIRECT_URL/s,
        ),
      });
      await expect(prepareDatabase(url, fresh.url)).resolves.toMatch(/superuser/);
      await expect(prepareDatabase(url)).resolves.toMatch(/superuser/);
    });

    it("a queue on PostgreSQL, and the making of roles", async () => {
      const url = pooler.through(fresh.url);
      await expect(openQueues({ url, role: "inspector", log })).rejects.toThrow(
        /QUEUE_URL leads to a pooler.*listens/s,
      );
      await expect(secureDatabase(url)).rejects.toThrow(/DATABASE_ADMIN_URL leads to a pooler/);
    });
  });
});
