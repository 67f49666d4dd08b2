// QUEUE_REPLICAS: an event is accepted once so many replicas have it.
import { expect, it, onTestFinished } from "vitest";
import { eventually, freshFolder, masterAndReplica, redisCommand, whyNoRedis } from "../../../tests/support/index.ts";
import { QueueUnavailable } from "../src/index.ts";
import { open, sale, wayTo } from "./support.ts";

async function pair(folder: string) {
  const servers = await masterAndReplica(await freshFolder(folder));
  onTestFinished(async () => void (await Promise.all([servers.master.kill(), servers.replica.kill()])));
  return servers;
}

it.runIf(whyNoRedis() === undefined)(
  "an event is accepted once the replica has it; without the replica it is refused in time, and nothing is accepted until it follows again",
  async () => {
    const { master, replica } = await pair("replicas");
    const queues = await open(master.url, { replicas: 1 });
    await queues.connection.outage.whenUp();
    expect(await queues.ping()).toMatchObject({ ok: true, durability: "redis aof always, on 2 servers" });
    await queues.addEvents([sale("with it")], "pos");
    expect(await queues.replicas()).toBe(1);

    process.kill(replica.pid, "SIGSTOP");
    const startedAt = Date.now();
    const refused = await queues.addEvents([sale("frozen")], "pos").catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(QueueUnavailable);
    expect(String(refused)).toMatch(/NOREPLICAS 0 of 1 replicas had it/);
    expect(Date.now() - startedAt).toBeLessThan(2_500);
    process.kill(replica.pid, "SIGCONT");
    const isAccepted = () =>
      queues.addEvents([sale("frozen")], "pos").then(
        () => true,
        () => false,
      );
    await eventually(isAccepted);

    await replica.kill();
    await eventually(async () => (await queues.replicas()) === 0);
    const answer = await queues.ping();
    expect(answer.ok).toBe(false);
    expect(answer.warnings[0]).toMatch(/^0 of 1 replicas follow the queue server \(QUEUE_REPLICAS\)/);
    await expect(queues.addEvents([sale("gone")], "pos")).rejects.toBeInstanceOf(QueueUnavailable);
    // What was refused may be queued all the same: sent again, it is the same job.
    expect((await queues.counts()).events.waiting).toBeGreaterThanOrEqual(2);
  },
);

it.runIf(whyNoRedis() === undefined)(
  "an event that was written to a master which another one takes over from is not accepted on the word of the new one",
  async () => {
    const [first, second] = await Promise.all([pair("first"), pair("second")]);
    const password = decodeURIComponent(new URL(first.master.url).password);
    await redisCommand(second.master.url, "ACL", "SETUSER", "default", `>${password}`);
    const way = await wayTo(first.master.url);
    const queues = await open(way.url, { replicas: 1 });
    await queues.connection.outage.whenUp();
    await queues.addEvents([sale("before")], "pos");

    process.kill(first.replica.pid, "SIGSTOP");
    const refused = queues.addEvents([sale("between")], "pos").catch((error: unknown) => error);
    await eventually(async () => (await redisCommand(first.master.url, "CLIENT", "LIST")).includes("cmd=wait"));
    way.leadTo(second.master.url);
    for (const connection of way.connections) connection.destroy();
    expect(await refused).toBeInstanceOf(QueueUnavailable);
    expect(String(await refused)).toContain("made anew");

    const isAccepted = () =>
      queues.addEvents([sale("between")], "pos").then(
        () => true,
        () => false,
      );
    await eventually(isAccepted);
    expect((await queues.counts()).events.waiting).toBe(1);
  },
);
