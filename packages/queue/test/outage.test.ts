// Servers that are away, come late, or are killed while events are added.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { findRedisServer, startPostgres, startRedis } from "@inventory-sync/local";
import { expect, it, onTestFinished } from "vitest";
import { type Backend, eachBackend, eventually, freshFolder } from "../../../tests/support/index.ts";
import { consumeEvents, eventJobId, QueueUnavailable } from "../src/index.ts";
import { closing, done, open, rememberingLog, sale, wayTo } from "./support.ts";

/** A server of the test's own, which can be killed and started again on the same port with its data. */
async function killableServer(kind: Backend["kind"]) {
  const folder = await freshFolder("queue");
  const start = () => {
    if (kind === "postgres") return startPostgres({ dataDir: join(folder, "postgres") });
    return startRedis({ dataDir: join(folder, "redis"), program: findRedisServer() ?? "redis-server" });
  };
  let server = await start();
  onTestFinished(async () => {
    await server.kill();
    await rm(folder, { recursive: true, force: true });
  });
  return {
    url: server.url,
    kill: () => server.kill(),
    restart: async () => {
      server = await start();
    },
  };
}

eachBackend("a queue server", (backend) => {
  it("is not away because connections of its workers are cut: nothing is said, and work goes on", async () => {
    const server = await backend.freshQueueServer();
    onTestFinished(() => server.drop());
    const way = await wayTo(server.url);
    const log = rememberingLog();
    const queues = await open(way.url, { role: "consumer", log });
    await queues.connection.outage.whenUp();
    closing(consumeEvents(queues, async (events) => events.map(() => done)));
    await queues.addEvents([sale("e-1")], "pos");
    await eventually(async () => (await queues.counts()).events.completed === 1);
    // The first one is the producer's, on Redis; on PostgreSQL all are of one pool.
    for (const connection of way.connections.slice(1)) connection.resetAndDestroy();
    await eventually(() => log.said.some(({ fields }) => JSON.stringify(fields).includes("ECONNRESET")));
    if (backend.kind === "redis") expect(queues.isConnected()).toBe(true);
    await eventually(() => queues.isConnected());
    await queues.addEvents([sale("e-2")], "pos");
    await eventually(async () => (await queues.counts()).events.completed === 2);
    if (backend.kind === "postgres") return;
    // Where the cut took the answer to a completion, it is asked for again, and the job is found to be done.
    const doneAlready = /"Missing lock for job e-\S+ moveTo(Finished|Delayed)"/;
    const said = log.said.filter(({ level }) => level !== "debug").map(({ fields }) => JSON.stringify(fields));
    expect(said.filter((fields) => !doneAlready.test(fields))).toEqual([]);
  });

  it("that is down at the start makes adds fail within their deadline, and serves the same process once it is up", async () => {
    const server = await killableServer(backend.kind);
    await server.kill();
    const log = rememberingLog();
    const queues = await open(server.url, { log, limits: { addDeadlineMs: 500 } });
    const worker = await open(server.url, { role: "consumer" });
    closing(consumeEvents(worker, async (events) => events.map(() => done)));
    for (let tries = 0; tries < 4; tries += 1) {
      const startedAt = Date.now();
      await expect(queues.addEvents([sale("e-1")], "pos")).rejects.toBeInstanceOf(QueueUnavailable);
      expect(Date.now() - startedAt).toBeLessThan(1_000);
    }
    expect(await queues.ping()).toMatchObject({ ok: false, durability: "unreachable" });
    if (backend.kind === "redis") {
      const idle = consumeEvents(worker, async (events) => events.map(() => done));
      const toldToStopAt = Date.now();
      expect(await idle.close({ graceMs: 30_000 })).toEqual({ unfinished: 0 });
      expect(Date.now() - toldToStopAt, "nothing in hand, nothing to wait for").toBeLessThan(15_000);
    }
    await server.restart();
    await eventually(() => queues.isConnected());
    // A server that has just started may be slow: a client that was refused sends again.
    await eventually(() =>
      queues.addEvents([sale("e-1")], "pos").then(
        () => true,
        () => false,
      ),
    );
    await eventually(async () => (await queues.counts()).events.completed === 1);
    expect(log.said.filter((said) => said.level === "warn")).toHaveLength(1);
    expect((await queues.ping()).ok).toBe(true);
  });

  it("that is killed again and again while events are added loses none that was accepted", async () => {
    const server = await killableServer(backend.kind);
    const queues = await open(server.url, { limits: { addDeadlineMs: 1_000 } });
    await queues.connection.outage.whenUp();
    const accepted: string[] = [];
    let adding = true;
    let next = 0;
    const client = async () => {
      while (adding) {
        next += 1;
        const event = sale(`e-${next}`);
        try {
          await queues.addEvents([event], "pos");
          accepted.push(eventJobId(event));
        } catch (error) {
          expect(error).toBeInstanceOf(QueueUnavailable);
          await eventually(() => queues.isConnected() || !adding, { withinMs: 90_000, everyMs: 10 });
        }
      }
    };
    const clients = Array.from({ length: 8 }, client);
    for (let kills = 0; kills < 2; kills += 1) {
      const before = accepted.length;
      await eventually(() => accepted.length > before + 200, { withinMs: 90_000 });
      await server.kill();
      await eventually(() => !queues.isConnected());
      await server.restart();
      await eventually(() => queues.isConnected());
    }
    adding = false;
    await Promise.all(clients);
    const [queue] = queues.bullQueues();
    // Of a store that sends this fast some go behind the others.
    const jobs = await queue?.getJobs(["waiting", "prioritized"], 0, -1);
    const kept = new Set(jobs?.map((job) => job.id));
    expect(accepted.filter((id) => !kept.has(id))).toEqual([]);
    expect(kept.size).toBe(jobs?.length);
  });

  it("that comes back finds the worker going on with what was in hand", async () => {
    const server = await killableServer(backend.kind);
    const queues = await open(server.url, { role: "consumer" });
    await queues.connection.outage.whenUp();
    const seen = new Set<string>();
    closing(
      consumeEvents(queues, async (events) => {
        for (const event of events) seen.add(event.eventId);
        return events.map(() => done);
      }),
    );
    const events = Array.from({ length: 300 }, (_, index) => sale(`e-${index}`, { facilityId: `F${index}` }));
    await queues.addEvents(events, "pos");
    await server.kill();
    await server.restart();
    await eventually(async () => (await queues.counts()).events.completed === 300, { withinMs: 90_000 });
    expect(seen.size).toBe(300);
  });
});
