// A PostgreSQL that dies, also in the middle of a COMMIT, runs out of connections, or refuses a transaction.
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { eventually } from "../../support/eventually.ts";
import type { Fault } from "../fault.ts";
import { withClient } from "../world/servers.ts";
import type { World } from "../world/world.ts";
import { atPoint, isGone } from "./aim.ts";

const killedBy = (signal: "SIGKILL" | "SIGQUIT", name: string, what: string): Fault => ({
  name,
  what,
  on: "postgres",
  inject: async ({ world, random, note }) => {
    for (let time = 0; time < 2; time += 1) {
      note(`${signal} to the postmaster`);
      await world.servers.killPostgres(signal);
      await sleep(random.int(0, 1_500));
      await world.servers.ensure();
      await sleep(random.int(500, 2_000));
    }
    return 2;
  },
});

const admin = <T>(world: World, work: (client: pg.Client) => Promise<T>): Promise<T> =>
  withClient(world.servers.postgresUrl(), work);

/** Waits for a standby that does not exist: every COMMIT is written, and then hangs before it is answered, until `letGo`. */
export async function hangCommits(world: World): Promise<{ seen: number; letGo: () => Promise<void> }> {
  const set = async (value: string): Promise<void> =>
    admin(world, async (client) => {
      await client.query("set synchronous_commit = local");
      await client.query(
        value === ""
          ? "alter system reset synchronous_standby_names"
          : `alter system set synchronous_standby_names = '${value}'`,
      );
      await client.query("select pg_reload_conf()");
    });
  await set("nobody");
  const seen = await eventually(() => inCommits(world), { withinMs: 5_000, everyMs: 20 }).catch(() => 0);
  return { seen, letGo: () => set("") };
}

const inCommit: Fault = {
  name: "postgres-kill-in-commit",
  what: "kill -9 of PostgreSQL during COMMIT: written, but not answered",
  on: "postgres",
  inject: async ({ world, note, random }) => {
    const { seen, letGo } = await hangCommits(world);
    await sleep(random.int(0, 200));
    note(`kill -9 postgres with ${seen} transactions in COMMIT`);
    await world.servers.killPostgres("SIGKILL");
    // The setting is taken back while it is down, or the first transactions after it would hang as well.
    await world.servers.ensure();
    await letGo();
    return seen > 0 ? 1 : 0;
  },
};

async function inCommits(world: World): Promise<number> {
  return admin(world, async (client) => {
    const { rowCount } = await client.query("select from pg_stat_activity where wait_event = 'SyncRep'");
    return rowCount ?? 0;
  });
}

/** The staged rows of a file are UNLOGGED: a crash between staging and applying empties them. */
const inReset: Fault = {
  name: "postgres-kill-in-reset",
  what: "kill -9 of PostgreSQL while a reset has staged its rows and not yet applied them: the staging is emptied",
  on: "postgres",
  inject: async ({ world, note }) => {
    const held = await atPoint(world, "correction", async () => {
      note("kill -9 postgres in the middle of a facility's reset");
      await world.servers.killPostgres("SIGKILL");
    });
    await world.servers.ensure();
    return held ? 1 : 0;
  },
};

const terminate =
  "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'inventory-sync%'";

const terminated: Fault = {
  name: "postgres-terminate",
  what: "the connections of the apps are ended by the server, in whatever they do",
  inject: async ({ world, random, note }) => {
    for (let time = 0; time < 5; time += 1) {
      const cut = await admin(world, (client) => client.query(terminate)).catch(() => undefined);
      note(`${cut?.rowCount ?? 0} connections ended`);
      await sleep(random.int(100, 800));
    }
    return 5;
  },
};

const connectionsMax = 100;

const noConnections: Fault = {
  name: "postgres-no-connections",
  what: "PostgreSQL has no connection left for the apps",
  inject: async ({ world, random, note }) => {
    const taken: pg.Client[] = [];
    const take = async (): Promise<boolean> => {
      const client = new pg.Client({ connectionString: world.servers.postgresUrl() });
      client.on("error", () => undefined);
      try {
        await client.connect();
        taken.push(client);
        return true;
      } catch {
        return false;
      }
    };
    await admin(world, (client) => client.query(terminate)).catch(() => undefined);
    while (taken.length < connectionsMax && (await take()));
    const ms = random.int(1_500, 4_000);
    note(`${taken.length} connections taken for ${ms} ms`);
    const until = Date.now() + ms;
    // What the apps let go is taken as well.
    while (Date.now() < until) if (!(await take())) await sleep(20);
    await Promise.all(taken.map((client) => client.end().catch(() => undefined)));
    return 1;
  },
};

/** A cycle: the worker waits for a level that we hold, then we wait for a table that the worker writes to. */
const deadlock: Fault = {
  name: "postgres-deadlock",
  what: "a deadlock between a worker's transaction and another one",
  inject: async ({ world, note }) => {
    let victims = 0;
    for (let time = 0; time < 3; time += 1) {
      const before = await deadlocks(world);
      const ours = await closeCycle(world);
      await sleep(300);
      const more = (await deadlocks(world)) - before;
      note(`${more} deadlocks, ${ours ? "ours" : "the worker"} was the victim`);
      victims += Math.max(0, more);
    }
    return victims;
  },
};

/** Resolves with true when the server chose our own transaction as the victim. */
async function closeCycle(world: World): Promise<boolean> {
  return withClient(world.databaseUrl, async (client) => {
    await client.query("set lock_timeout = 4000");
    await client.query("begin");
    await client.query("select from level order by facility_id desc, product_id desc for update");
    const [{ pid } = { pid: 0 }] = (await client.query<{ pid: number }>("select pg_backend_pid() as pid")).rows;
    const held = await eventually(
      () =>
        withClient(world.databaseUrl, async (looker) => {
          const sql =
            "select from pg_stat_activity where application_name = 'inventory-sync worker' and $1 = any (pg_blocking_pids(pid))";
          return ((await looker.query(sql, [pid])).rowCount ?? 0) > 0;
        }),
      { withinMs: 3_000, everyMs: 20 },
    ).catch(() => false);
    if (!held) return false;
    await client.query("lock table movement in exclusive mode");
    await client.query("rollback");
    return false;
  }).catch((error: unknown) => {
    if (isGone(error)) return (error as { code?: string }).code === "40P01";
    throw error;
  });
}

async function deadlocks(world: World): Promise<number> {
  return withClient(world.databaseUrl, async (client) => {
    await client.query("select pg_stat_force_next_flush()");
    const sql = "select deadlocks::int as count from pg_stat_database where datname = current_database()";
    return (await client.query<{ count: number }>(sql)).rows[0]?.count ?? 0;
  }).catch(() => 0);
}

const lockTimeout: Fault = {
  name: "postgres-lock-timeout",
  what: "every lock of the apps times out after 30 ms while the levels are held by another transaction",
  inject: async ({ world, note }) => {
    const database = new URL(world.databaseUrl).pathname.slice(1);
    // Another fault may have stopped the server for a moment.
    const set = (sql: string) =>
      eventually(
        () =>
          admin(world, async (client) => {
            await client.query(`alter database ${database} ${sql}`);
            await client.query(terminate);
            return true;
          }),
        { withinMs: 20_000, everyMs: 100 },
      );
    await set("set lock_timeout = 30");
    const held = await withClient(world.databaseUrl, async (client) => {
      await client.query("set lock_timeout = 3000");
      await client.query("begin");
      await client.query("lock table level in share mode");
      await sleep(2_000);
      await client.query("rollback");
      return true;
    }).catch((error: unknown) => {
      if (isGone(error)) return false;
      throw error;
    });
    note("the levels were held for 2 s");
    await set("reset lock_timeout");
    return held ? 1 : 0;
  },
};

export const postgresFaults: readonly Fault[] = [
  killedBy("SIGKILL", "postgres-kill", "kill -9 of PostgreSQL"),
  killedBy("SIGQUIT", "postgres-immediate", "immediate shutdown of PostgreSQL (SIGQUIT)"),
  ...[inCommit, inReset, terminated, noConnections, deadlock, lockTimeout],
];
