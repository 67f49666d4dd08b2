// A job that brings every worker down that takes it. It is a real one: its level is locked, so that every worker that applies
// it comes to stand in the database waiting for that very lock, and whoever stands there is killed.
import { setTimeout as sleep } from "node:timers/promises";
import type { Fault, FaultContext } from "../fault.ts";
import { failedJobs } from "../ledger.ts";
import { withClient } from "../world/servers.ts";
import type { AppName, World } from "../world/world.ts";

const poisonedMsMax = 150_000;
const facility = "POISON";

const poison: Fault = {
  name: "poison-job",
  what: "a job whose worker is killed each time that it has it in hand: it must be set aside, and the others must go on",
  alone: true,
  bySession: true,
  apps: ["ingest", "worker-1", "worker-2", "board"],
  inject: async ({ world, note, sell }) => {
    const first = { facilityId: facility, eventId: "healthy", sku: "P" };
    await sell(first);
    await untilThere(world, first.eventId);
    const kills = await withClient(world.databaseUrl, async (holder) => {
      await holder.query("begin");
      await holder.query(
        "select from level l join facility f on f.id = l.facility_id where f.facility_id = $1 for update of l",
        [facility],
      );
      const [{ pid } = { pid: 0 }] = (await holder.query<{ pid: number }>("select pg_backend_pid() as pid")).rows;
      await sell({ facilityId: facility, eventId: "deadly", sku: "P" });
      return killWhoeverTakesIt(world, pid, note);
    });
    await retryPoison(world);
    note(`set aside after ${kills} dead workers; the lock is gone, and an operator retries it`);
    return kills;
  },
};

async function untilThere(world: World, eventId: string): Promise<void> {
  for (;;) {
    const there = await withClient(world.databaseUrl, (client) =>
      client.query("select from movement where event_id = $1", [eventId]),
    );
    if (there.rowCount === 1) return;
    await sleep(100);
  }
}

/** Until the job stands failed as poison. */
async function killWhoeverTakesIt(world: World, holder: number, note: FaultContext["note"]): Promise<number> {
  const deadline = Date.now() + poisonedMsMax;
  let kills = 0;
  for (;;) {
    if (Date.now() > deadline)
      throw new Error(`the poison job was not set aside within ${poisonedMsMax / 1_000} s and ${kills} dead workers`);
    const victims = await blockedBy(world, holder);
    for (const app of victims) {
      kills += 1;
      note(`${app} has the job in hand: killed`);
      await world.end(app, "SIGKILL");
      world.launch(app);
    }
    const failed = await failedJobs(world).catch(() => []);
    if (failed.some(({ error }) => error === "POISON")) return kills;
    await sleep(100);
  }
}

/**
 * The workers whose transactions wait for the holder's lock. Their sessions are ended at once: the server would notice the
 * death of a client only when it next writes to it.
 */
async function blockedBy(world: World, holder: number): Promise<AppName[]> {
  const blocked = await withClient(world.databaseUrl, async (client) => {
    const { rows } = await client.query<{ pid: number; port: number }>(
      `select pid, client_port as port from pg_stat_activity
        where application_name = 'inventory-sync worker' and $1 = any (pg_blocking_pids(pid))`,
      [holder],
    );
    for (const { pid } of rows) await client.query("select pg_terminate_backend($1)", [pid]);
    return rows;
  });
  const workers: readonly AppName[] = ["worker-1", "worker-2"];
  return workers.filter((app) => blocked.some(({ port }) => world.proxy(app, "database").carries(port)));
}

/** What an operator does once the cause is mended. */
async function retryPoison(world: World): Promise<void> {
  await fetch(`${world.boardUrl}/api/jobs/retry`, {
    method: "POST",
    headers: { authorization: `Bearer ${world.boardToken}`, "content-type": "application/json" },
    body: JSON.stringify({ error: "POISON" }),
  });
}

export const poisonFaults: readonly Fault[] = [poison];
