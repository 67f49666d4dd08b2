// Aiming: holding a worker at a point of its work by a lock of our own in the database, and seeing that it is there.
import type pg from "pg";
import { eventually } from "../../support/eventually.ts";
import { withClient } from "../world/servers.ts";
import type { World } from "../world/world.ts";

const aimMsMax = 6_000;
const lockMsMax = 4_000;

/** The point at which work stops: movements are written, corrections are written, one level is written. */
export type Point = "movement" | "correction";

/**
 * Holds every worker that comes to `point` (it has begun its transaction and holds its facilities' locks), and runs `act`
 * once one is held there. Returns false when none came by. What is held goes on when `act` returns.
 */
export async function atPoint(world: World, point: Point, act: (client: pg.Client) => Promise<void>): Promise<boolean> {
  return withClient(world.databaseUrl, async (client) => {
    await client.query(`set lock_timeout = ${lockMsMax}`);
    await client.query("begin");
    try {
      await client.query(`lock table ${point} in share mode`);
      const [{ pid } = { pid: 0 }] = (await client.query<{ pid: number }>("select pg_backend_pid() as pid")).rows;
      const held = await eventually(() => waiting(world, pid), { withinMs: aimMsMax, everyMs: 20 }).catch(() => false);
      if (held) await act(client);
      return held;
    } catch (error) {
      // Another fault has taken the database away under the aim.
      if (isGone(error)) return false;
      throw error;
    } finally {
      await client.query("rollback").catch(() => undefined);
    }
  }).catch((error: unknown) => {
    if (isGone(error)) return false;
    throw error;
  });
}

async function waiting(world: World, holder: number): Promise<boolean> {
  return withClient(world.databaseUrl, async (looker) => {
    const { rowCount } = await looker.query(
      "select from pg_stat_activity where application_name = 'inventory-sync worker' and $1 = any (pg_blocking_pids(pid))",
      [holder],
    );
    return (rowCount ?? 0) > 0;
  });
}

/** Says whether an error means that the database was taken away, which several faults do on purpose. */
export function isGone(error: unknown): boolean {
  const { code = "", message = "" } = error as { code?: string; message?: string };
  return /^(ECONN|EPIPE|57P|08|53|55P03|40P01)/.test(code) || /terminated|not queryable|Connection/i.test(message);
}

/** How many movements there are. */
export function movementCount(world: World): Promise<number> {
  return withClient(world.databaseUrl, async (client) => {
    const { rows } = await client.query<{ count: number }>("select count(*)::int as count from movement");
    return rows[0]?.count ?? 0;
  });
}
