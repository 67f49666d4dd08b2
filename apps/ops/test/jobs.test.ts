// ops jobs against both queue backends.
import { fromWire } from "@inventory-sync/domain";
import { consumeEvents, openQueues, type Queues } from "@inventory-sync/queue";
import { createLog } from "@inventory-sync/runtime";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  eachBackend,
  eventually,
  type FreshDatabase,
  type FreshQueueServer,
  freshDatabase,
} from "../../../tests/support/index.ts";
import { ops } from "./support.ts";

eachBackend("ops jobs", (backend) => {
  let server: FreshQueueServer;
  let fresh: FreshDatabase;
  let queues: Queues;
  const sale = (eventId: string, facilityId: string) => {
    const wire = {
      eventId,
      facilityId,
      type: "sale" as const,
      occurredAt: "2026-11-20T10:00:00Z",
      lines: [{ sku: "A", quantity: 1 }],
    };
    return fromWire(wire, new Date());
  };
  beforeAll(async () => {
    [server, fresh] = await Promise.all([backend.freshQueueServer(), freshDatabase()]);
    queues = await openQueues({
      url: server.url,
      role: "producer",
      log: createLog({ name: "test", settings: { level: "silent", format: "json" } }),
    });
    const consumer = consumeEvents(queues, async (events) =>
      events.map((event) => ({
        fate: "rejected" as const,
        code: event.eventId.startsWith("r") ? "EVENT_ID_REUSED" : "UNKNOWN_PRODUCT",
        message: `event ${event.eventId} \u001b[31m`,
      })),
    );
    for (const event of [
      sale("u1", "S001"),
      sale("u2", "S002"),
      sale("u3", "S003"),
      sale("r1", "S001"),
      sale("r2", "S004"),
    ])
      await queues.addEvents([event], "test");
    await eventually(async () => (await queues.counts()).events.failed === 5);
    await consumer.close({ graceMs: 2_000 });
  });
  afterAll(async () => {
    await queues.close();
    await Promise.all([server.drop(), fresh.drop()]);
  });

  const run = (...words: string[]) => ops({ QUEUE_URL: server.url, DATABASE_URL: fresh.url }, "jobs", ...words);

  it("lists failures one by one and by cause", async () => {
    const listed = await run("failed");
    expect(listed.code).toBe(1);
    expect(listed.out).toMatch(/UNKNOWN_PRODUCT +events +S002/);
    expect(listed.out).not.toContain("\u001b");
    const grouped = JSON.parse((await run("failed", "--by", "error", "--json")).out);
    expect(grouped.causes).toMatchObject([
      { cause: "UNKNOWN_PRODUCT", count: 3 },
      { cause: "EVENT_ID_REUSED", count: 2 },
    ]);
    expect(JSON.parse((await run("failed", "--facility", "S001", "--json")).out).jobs).toHaveLength(2);
    expect((await run("failed", "--by", "colour")).code).toBe(64);
  });

  it("counts the queues, and says how safe they are", async () => {
    const counted = await ops({ QUEUE_URL: server.url }, "queues");
    expect(counted.code).toBe(1);
    expect(counted.out).toMatch(/queue +waiting +active +deferred +parents +failed.*\nevents +0 +0 +0 +0 +5 +0/);
    expect(counted.out).toContain(`On ${backend.kind}: `);
  });

  it("retries one facility, those listed, one cause, and all", async () => {
    const retried = async (...words: string[]) => JSON.parse((await run("retry", ...words, "--json")).out).retried;
    const jobs = JSON.parse((await run("failed", "--error", "EVENT_ID_REUSED", "--json")).out).jobs;
    expect(jobs).toHaveLength(2);
    expect(await retried("--facility", "S001")).toBe(2);
    expect(await retried("--id", jobs[0].id, "--id", jobs[1].id, "--id", "no-such-job")).toBe(1);
    expect(await retried("--error", "UNKNOWN_PRODUCT")).toBe(2);
    expect(await retried("--all")).toBe(0);
    const { actions } = JSON.parse((await ops({ DATABASE_URL: fresh.url }, "audit-log", "--json")).out);
    expect(actions[1]).toMatchObject({
      ...{ what: "retry failed jobs", target: "cause UNKNOWN_PRODUCT", outcome: "2 jobs are tried again" },
    });
    expect(await run("failed")).toMatchObject({ code: 0, out: "No job has failed.\n" });
  });
});
