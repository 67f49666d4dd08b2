// ops jobs against both queue backends.
import { applyEvents, openDatabase } from "@inventory-sync/db";
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

  it("dismisses once it was asked, names what is lost, and writes what was carried", async () => {
    expect((await run("dismiss", "--error", "EVENT_ID_REUSED")).error).toContain("--reason must say why");
    const words = ["dismiss", "--facility", "S003", "--reason", "made up"];
    const refused = await run(...words, "--yes");
    expect([refused.code, refused.error]).toEqual([1, expect.stringContaining("--losing 1")]);
    const asked = await run(...words, "--losing", "1");
    expect([asked.code, asked.out]).toEqual([1, expect.stringMatching(/1 job leaves.*1 sale is not.*Add --yes/s)]);
    expect((await queues.counts()).events.failed).toBe(5);
    const done = await run(...words, "--losing", "1", "--yes");
    expect([done.code, done.out]).toEqual([0, "1 job is dismissed, 1 sale is lost: made up.\n"]);
    expect((await run("dismissed")).out).toMatch(/made up +UNKNOWN_PRODUCT +sale S003 u3 +1 sale/);
    const line = JSON.parse((await run("dismissed", "--ndjson")).out);
    expect(line).toMatchObject({ reason: "made up", lost: 1, payload: { events: [{ eventId: "u3" }] } });
    expect((await queues.counts()).events.failed).toBe(4);
  });

  it("shows the second sale of a receipt number beside the first, and books it once it was asked", async () => {
    const database = openDatabase({ url: fresh.url, name: "test", poolMax: 2 });
    const policy = { facility: "create", product: "create" } as const;
    const first = { ...sale("r9", "S009"), lines: [{ line: 1, idType: "SKU", idValue: "TEE", quantity: "-3" }] };
    await applyEvents(database, [first], policy);
    const consumer = consumeEvents(queues, (events) => applyEvents(database, events, policy));
    await queues.addEvents([sale("r9", "S009")], "test");
    await eventually(async () => (await queues.counts()).events.failed === 5);
    const listed = await run("clashes", "--facility", "S009");
    expect([listed.code, listed.out]).toEqual([
      1,
      expect.stringMatching(/r9 +sale .*: -3 TEE +sale .*: -1 A +two sales/),
    ]);
    const words = ["book", "--facility", "S009", "--reason", "two tills"];
    const asked = await run(...words);
    expect([asked.code, asked.out]).toEqual([
      1,
      expect.stringMatching(/1 sale is booked under a number of its own.*Add --yes/s),
    ]);
    const done = await run(...words, "--yes");
    expect([done.code, done.out]).toEqual([
      0,
      expect.stringMatching(/^1 sale is booked .*\(r9 as r9~[0-9a-f]{12}\): two tills\.\n$/),
    ]);
    await eventually(async () => (await queues.counts()).events.waiting + (await queues.counts()).events.active === 0);
    expect(await database.prisma.movement.count({ where: { eventId: { startsWith: "r9~" } } })).toBe(1);
    expect((await run("clashes", "--facility", "S009")).code).toBe(0);
    await consumer.close({ graceMs: 2_000 });
    await database.close();
  });

  it("retries one facility, those listed, one cause, and all", async () => {
    const retried = async (...words: string[]) => JSON.parse((await run("retry", ...words, "--json")).out).retried;
    const jobs = JSON.parse((await run("failed", "--error", "EVENT_ID_REUSED", "--json")).out).jobs;
    expect(jobs).toHaveLength(2);
    const hopeless = await run("retry", "--error", "EVENT_ID_REUSED");
    expect([hopeless.code, hopeless.error]).toEqual([
      1,
      expect.stringMatching(/Nothing was retried.*jobs dismiss.*--anyway/s),
    ]);
    expect(await retried("--facility", "S001")).toBe(2);
    expect(await retried("--id", jobs[0].id, "--id", jobs[1].id, "--id", "no-such-job")).toBe(1);
    expect(await retried("--error", "EVENT_ID_REUSED", "--anyway")).toBe(0);
    expect(await retried("--error", "UNKNOWN_PRODUCT")).toBe(1);
    expect(await retried("--all")).toBe(0);
    const { actions } = JSON.parse((await ops({ DATABASE_URL: fresh.url }, "audit-log", "--json")).out);
    expect(actions[1]).toMatchObject({
      ...{ what: "retry failed jobs", target: "cause UNKNOWN_PRODUCT", outcome: "1 job is tried again" },
    });
    expect(await run("failed")).toMatchObject({ code: 0, out: "No job has failed.\n" });
  });

  it("waits, when asked to, until each is done or has failed again", async () => {
    const consumer = consumeEvents(queues, async (events) =>
      events.map(({ eventId }) =>
        eventId === "u1"
          ? ({ fate: "done", applied: 1, duplicate: 0, absorbed: 0, skipped: 0 } as const)
          : ({ fate: "rejected", code: "UNKNOWN_PRODUCT", message: "still none" } as const),
      ),
    );
    await eventually(async () => (await queues.counts()).events.failed === 3);
    const again = await run("retry", "--all", "--wait");
    expect([again.code, again.out]).toEqual([1, "3 jobs are tried again: 3 failed again.\n"]);
    await consumer.close({ graceMs: 2_000 });
  });
});
