// Jobs under which workers died before, jobs whose lock is lost, and workers that are told to stop.
import pg from "pg";
import { expect, it, onTestFinished } from "vitest";
import { type Backend, eachBackend, eventually, redisCommand } from "../../../tests/support/index.ts";
import { consume, consumeEvents, done as doneWith, eventJobId, openQueues } from "../src/index.ts";
import { closing, done, open, rememberingLog, sale } from "./support.ts";

/** Queues on an empty server, and a way to write a field of a job behind their back, as a dying worker would leave it. */
async function openWithHand(backend: Backend) {
  const server = await backend.freshQueueServer();
  onTestFinished(() => server.drop());
  const queues = await open(server.url, { role: "consumer" });
  await queues.connection.outage.whenUp();
  const sql = async (text: string, values: readonly (string | number)[]) => {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    await client.query(text, [...values]);
    await client.end();
  };
  return {
    queues,
    async setStalls(id: string, stalls: number) {
      const text = "update bullmq.job set stalled_count = $2::int where id = $1::text";
      if (backend.kind === "postgres") await sql(text, [id, stalls]);
      else await redisCommand(server.url, "HSET", `inventory-sync:events:${id}`, "stc", String(stalls));
    },
    async takeLock(queue: string, id: string) {
      const text = "update bullmq.job set lock_token = 'another worker' where id = $1::text";
      if (backend.kind === "postgres") await sql(text, [id]);
      else await redisCommand(server.url, "SET", `inventory-sync:${queue}:${id}:lock`, "another worker");
    },
  };
}

eachBackend("a suspect", (backend) => {
  it("is set aside with an alarm after five stalls, and starts afresh when it is retried", async () => {
    const { queues, setStalls } = await openWithHand(backend);
    const event = sale("poison");
    await queues.addEvents([event, sale("fine", { facilityId: "S002" })], "pos");
    await setStalls(eventJobId(event), 5);
    const ends: string[] = [];
    const applied: string[] = [];
    closing(
      consumeEvents(
        queues,
        async (events) => {
          applied.push(...events.map(({ eventId }) => eventId));
          return events.map(() => done);
        },
        { onEnded: ({ fate, jobName }) => ends.push(`${fate} ${jobName}`) },
      ),
    );
    await eventually(async () => (await queues.counts()).events.failed === 1);
    expect((await queues.failedJobs()).jobs[0]).toMatchObject({ cause: "POISON", name: "sale S001 poison" });
    expect(ends).toContain("poison sale S001 poison");
    const log = queues.log as ReturnType<typeof rememberingLog>;
    const alarms = log.said.filter(({ level }) => level === "error").map(({ message }) => message);
    expect(alarms).toEqual(["sale S001 poison brought its worker down 5 times and is set aside"]);
    expect(applied).toEqual(["fine"]);
    await queues.retryFailed({ cause: "POISON" });
    await eventually(async () => (await queues.counts()).events.completed === 2);
    expect(applied).toEqual(["fine", "poison"]);
  });

  it("runs while no other suspect runs, and those that wait for it are not in hand", async () => {
    const { queues, setStalls } = await openWithHand(backend);
    const events = [1, 2, 3].map((number) => sale(`e-${number}`, { facilityId: `S${number}` }));
    await queues.addEvents(events, "pos");
    for (const event of events) await setStalls(eventJobId(event), 2);
    let running = 0;
    let most = 0;
    let left = events.length;
    closing(
      consumeEvents(queues, async (batch) => {
        running += batch.length;
        most = Math.max(most, running);
        left -= 1;
        const others = left;
        await eventually(async () => (await queues.counts()).events.delayed === others, { everyMs: 5 });
        running -= batch.length;
        return batch.map(() => done);
      }),
    );
    await eventually(async () => (await queues.counts()).events.completed === 3);
    expect(most).toBe(1);
  });
});

eachBackend("a worker", (backend) => {
  it("tells that the lock of a job in flight is lost, and goes on", async () => {
    const { queues, takeLock } = await openWithHand(backend);
    const lost: [string, number][] = [];
    let started = false;
    closing(
      consume(
        queues,
        "facility-resets",
        async () => {
          started = true;
          await eventually(() => lost.length > 0, { withinMs: 12_000 });
          return doneWith();
        },
        { concurrency: 1, onLocksLost: (queue, jobs) => lost.push([queue, jobs]) },
      ),
    );
    const data = { resetId: "r-1", facilityId: "S001", generation: 1 };
    await queues.bullQueues()[2]?.add("facility reset S001", data, { jobId: "fr-1" });
    await eventually(() => started);
    await takeLock("facility-resets", "fr-1");
    await eventually(() => lost.length > 0, { withinMs: 12_000 });
    expect(lost[0]).toEqual(["facility-resets", 1]);
  });

  it("stops within its grace although a job goes on, and says that one is unfinished", async () => {
    const { queues } = await openWithHand(backend);
    let started = false;
    const consumer = consumeEvents(queues, () => {
      started = true;
      return new Promise(() => undefined);
    });
    await queues.addEvents([sale("e-1")], "pos");
    await eventually(() => started);
    const startedAt = Date.now();
    expect(await consumer.close({ graceMs: 300 })).toEqual({ unfinished: 1 });
    expect(Date.now() - startedAt).toBeLessThan(1_000);
  });

  it("keeps the lines of a job's log in order, however fast they come", async () => {
    const { queues } = await openWithHand(backend);
    const lines = Array.from({ length: 30 }, (_, index) => `line ${index}`);
    const consumer = consume(
      queues,
      "facility-resets",
      async ({ log }) => {
        for (const line of lines) log(line);
        return doneWith();
      },
      { concurrency: 1 },
    );
    closing(consumer);
    const data = { resetId: "r-1", facilityId: "S001", generation: 1 };
    const [, , queue] = queues.bullQueues();
    await queue?.add("facility reset S001", data, { jobId: "fr-1" });
    await eventually(async () => (await queues.counts())["facility-resets"].completed === 1);
    expect((await queue?.getJobLogs("fr-1"))?.logs).toEqual(lines);
  });
});

it("refuses a queue url of another kind, in words", async () => {
  await expect(openQueues({ url: "amqp://here", role: "producer", log: rememberingLog() })).rejects.toThrow("redis://");
});
