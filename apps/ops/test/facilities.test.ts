// ops facilities and ops products: what there is is made known, and what failed for it is said with the command that retries it.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fromWire } from "@inventory-sync/domain";
import { consumeEvents, openQueues } from "@inventory-sync/queue";
import { createLog } from "@inventory-sync/runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, type FreshDatabase, freshDatabase } from "../../../tests/support/index.ts";
import { emptyFolder, ops } from "./support.ts";

describe("ops facilities and ops products", () => {
  let fresh: FreshDatabase;
  let env: Record<string, string>;
  beforeAll(async () => {
    fresh = await freshDatabase();
    env = { DATABASE_URL: fresh.urlFor("ops"), QUEUE_URL: fresh.url };
    const log = createLog({ name: "test", settings: { level: "silent", format: "json" } });
    const queues = await openQueues({ url: fresh.url, role: "producer", log });
    const refuse = { fate: "rejected" as const, code: "UNKNOWN_FACILITY", message: "it is not known" };
    const consumer = consumeEvents(queues, async (events) => events.map(() => refuse));
    for (const [eventId, facilityId] of [
      ["e1", "S007"],
      ["e2", "S007"],
      ["e3", "S008"],
    ] as const) {
      const sale = { eventId, facilityId, type: "sale" as const, lines: [{ sku: "A", quantity: 1 }] };
      await queues.addEvents([fromWire({ ...sale, occurredAt: "2026-11-20T10:00:00Z" }, new Date())], "test");
    }
    await eventually(async () => (await queues.counts()).events.failed === 3);
    await consumer.close({ graceMs: 2_000 });
    await queues.close();
  });
  afterAll(() => fresh.drop());

  const run = (...words: string[]) => ops(env, ...words);

  it("lists what failed jobs name, makes it known, and names the command that retries what waits", async () => {
    const { code, out } = await run("facilities", "unknown");
    expect([code, out]).toEqual([1, expect.stringMatching(/S007 +2 +0 +–\nS008 +1 +0 /)]);
    const added = await run("facilities", "add", "S007", "--name", "Main Street");
    expect(added).toMatchObject({ code: 0, out: expect.stringContaining("1 facility added.") });
    expect(added.out).toContain(
      "2 failed jobs wait for S007. Try again with:\n  jobs retry --error UNKNOWN_FACILITY --facility S007",
    );
    expect((await run("jobs", "retry", "--error", "UNKNOWN_FACILITY", "--facility", "S007")).out).toContain("2 jobs");
    expect(JSON.parse((await run("facilities", "unknown", "--json")).out)).toMatchObject({
      unknown: [{ facilityId: "S008", failedJobs: 1 }],
      known: [],
    });
    expect((await run("facilities")).out).toMatch(/S007 +Main Street +open /);
    expect((await run("audit-log")).out).toMatch(/make facilities known +facility S007 +1 facility added/);
  });

  it("says how late a facility's sales come, and corrects its times once that is meant", async () => {
    expect(await run("facilities", "clock", "S007")).toMatchObject({
      code: 0,
      out: expect.stringContaining("No sale"),
    });
    const asked = ["facilities", "clock", "S007", "--minutes=-300", "--from", new Date().toISOString()];
    const unsaid = await run(...asked);
    expect([unsaid.code, unsaid.out]).toEqual([
      1,
      expect.stringMatching(/corrected by −5 h; nothing would be booked.*\nNothing was done/s),
    ]);
    expect((await run("facilities", "clock", "S007")).out).not.toContain("corrected");
    expect(await run(...asked, "--yes")).toMatchObject({ code: 0, out: expect.stringContaining("nothing was booked") });
    expect((await run("facilities", "clock", "S007")).out).toMatch(/corrected by −5 h \(.* at the command line\)/);
    expect((await run("audit-log")).out).toMatch(/set a time offset +facility S007 /);
    expect((await run("facilities", "clock", "S007", "--minutes", "60")).code).toBe(64);
    expect((await run("facilities", "clock", "S007", "--minutes", "x", "--from", "now")).code).toBe(64);
  });

  it("imports many from a file, as often as one likes, and nothing of one with a fault", async () => {
    const file = join(await emptyFolder(), "stores.csv");
    await writeFile(file, "facility_id;name\nS008;Harbour\nS009;\n");
    expect((await run("facilities", "import", file)).out).toMatch(/2 facilities added\.\n1 failed job waits for S008/);
    expect((await run("facilities", "import", file)).out).toContain("2 facilities known already.");
    await writeFile(file, "facilityId\nS010\nS011\n");
    expect((await run("facilities", "import", file)).out).toContain("2 facilities added.");
    for (const [content, fault] of [
      ["facilityId,name\nS012,x\nS\u00ad13,y\n", "Line 3"],
      ["facilityId,name\nS012,x\nS012,y\n", "must name each facility once"],
      ["store,name\nS012,x\n", "The column facilityId is missing"],
    ] as const) {
      await writeFile(file, content);
      expect(await run("facilities", "import", file)).toMatchObject({ code: 1, error: expect.stringContaining(fault) });
    }
    expect((await run("facilities")).out).not.toContain("S012");
  });

  it("renames, retires and brings back, each on the audit log", async () => {
    expect((await run("facilities", "rename", "S009", "Old Mill")).out).toBe("S009: named Old Mill.\n");
    const retired = await run("facilities", "retire", "S009");
    expect(retired.out).toMatch(/^S009 is retired since .* No count is expected to list it any more/);
    expect((await run("facilities", "--state", "retired")).out).toMatch(
      /S009 +Old Mill +retired .*\n1 facility in state retired/,
    );
    expect((await run("facilities", "add", "S009")).out).toContain("1 facility brought back from retirement.");
    expect(await run("facilities", "retire", "S404")).toMatchObject({
      code: 1,
      error: expect.stringContaining("no store S404"),
    });
    expect((await run("facilities", "add", " ")).code).toBe(64);
    expect((await run("facilities", "rename", "S009")).code).toBe(64);
    expect((await run("audit-log")).out).toMatch(/retire a facility +facility S009 +retired/);
  });

  it("makes known without the queue, and says that it was not asked", async () => {
    const added = await ops({ DATABASE_URL: fresh.url, DATA_DIR: await emptyFolder() }, "facilities", "add", "S020");
    expect(added).toMatchObject({
      code: 0,
      out: expect.stringContaining("Whether failed jobs wait for them is not known"),
    });
  });

  it("adds one product with its ids, which no second product may have", async () => {
    const made = await run("products", "add", "TEE-1", "--id", "UPC:012345678905", "--json");
    expect([made.code, JSON.parse(made.out)]).toEqual([
      0,
      { idType: "SKU", idValue: "TEE-1", outcome: "added", added: 2 },
    ]);
    expect((await run("products", "add", "EAN:77", "--id", "SKU:TEE-1")).out).toBe("EAN 77: 1 id added.\n");
    await run("products", "add", "TEE-2");
    expect(await run("products", "add", "TEE-1", "--id", "SKU:TEE-2")).toMatchObject({
      code: 1,
      error: expect.stringContaining("different products"),
    });
    expect((await run("products", "add", "TEE-3", "--id", "77")).code).toBe(64);
  });

  it("warns of a client that is made for a facility which is not known, and goes on when told to", async () => {
    const folder = await emptyFolder();
    const keys = (...words: string[]) => ops({ ...env, DATA_DIR: folder }, "keys", "create", ...words);
    const warned = await keys("pos", "--facilities", "S007,S070");
    expect(warned).toMatchObject({ code: 1, out: expect.stringContaining("1 facility is not known: S070.") });
    expect((await keys("pos", "--facilities", "S007")).code).toBe(0);
    expect((await keys("early", "--facilities", "S070", "--yes")).code).toBe(0);
    expect((await run("audit-log")).out).toMatch(/make a client +client early +made for facilities S070, types all/);
  });
});
