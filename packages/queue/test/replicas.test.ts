// QUEUE_REPLICAS: an event is accepted once so many replicas have it.
import { expect, it, onTestFinished } from "vitest";
import { eventually, freshFolder, masterAndReplica, whyNoRedis } from "../../../tests/support/index.ts";
import { QueueUnavailable } from "../src/index.ts";
import { open, sale } from "./support.ts";

it.runIf(whyNoRedis() === undefined)(
  "an event is accepted once the replica has it; without the replica it is refused in time, and nothing is accepted until it follows again",
  async () => {
    const { master, replica } = await masterAndReplica(await freshFolder("replicas"));
    onTestFinished(async () => void (await Promise.all([master.kill(), replica.kill()])));
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
