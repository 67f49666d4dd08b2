// ops facilities, inventory, ledger, event, requests, alarms: what people look up about stock.
import { randomUUID } from "node:crypto";
import { type Database, openDatabase, recordRequests, settleAlarms } from "@inventory-sync/db";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { event, send, snapshot } from "../../../packages/db/test/ledger-driver.ts";
import { type FreshDatabase, freshDatabase } from "../../../tests/support/index.ts";
import { startWebhook } from "../../worker/test/webhook.ts";
import { ops } from "./support.ts";

describe("looking things up at the command line", () => {
  let fresh: FreshDatabase;
  let database: Database;
  beforeAll(async () => {
    fresh = await freshDatabase();
    database = openDatabase({ url: fresh.url, name: "test", poolMax: 3 });
    await snapshot(database, { at: "08:00", counts: { X: 100, Y: 5, Z: 1 } });
    await send(database, [
      event("one", "sale", { at: "09:00", lines: { X: 2 } }),
      event("two", "return", { at: "10:00", lines: { X: 1, Y: 1 } }),
    ]);
    await send(database, [event("late", "sale", { at: "07:00", lines: { X: 4 } })]);
    await send(database, [event("elsewhere", "sale", { at: "09:00", lines: { X: 1 }, facilityId: "S002" })]);
  });
  afterAll(async () => {
    await database.close();
    await fresh.drop();
  });

  const run = (...words: string[]) => ops({ DATABASE_URL: fresh.url, QUEUE_URL: fresh.url }, ...words);

  it("posts a test to the webhook, and says why it was not taken, without its address", async () => {
    const webhook = await startWebhook();
    const at = (url: string) => ops({ ALERT_WEBHOOK_URL: url }, "alarms", "test");
    expect(await at(webhook.url)).toMatchObject({ code: 0, out: expect.stringContaining("took the message") });
    expect(webhook.told.map(({ text }) => text)).toEqual([expect.stringContaining("Nothing is wrong")]);
    await webhook.close();
    const refused = await at(webhook.url);
    expect(refused).toMatchObject({ code: 1, error: expect.stringContaining("did not take it: ECONNREFUSED") });
    expect(refused.error).not.toContain(webhook.url);
    expect((await ops({}, "alarms", "test")).code).toBe(64);
  });

  it("finds anything by its id, and says when there is nothing", async () => {
    expect((await run("find", "elsewhere")).out).toMatch(/sale +S002 elsewhere /);
    expect((await run("find", "s00")).out).toMatch(/facility +S001.*\nfacility +S002/);
    const found = JSON.parse((await run("find", "x", "--json")).out);
    expect(found).toMatchObject({ products: [{ idValue: "X" }], facilities: [], events: [], failedJobs: [] });
    expect(await run("find", "never")).toMatchObject({
      code: 1,
      error: expect.stringContaining('Nothing has "never"'),
    });
    const away = await ops({ DATABASE_URL: fresh.url, QUEUE_URL: "redis://127.0.0.1:1" }, "find", "elsewhere");
    expect(away).toMatchObject({ code: 0, out: expect.stringContaining("failed jobs were not searched") });
  });

  it("lists facilities, all of them or those in one state", async () => {
    const { out, code } = await run("facilities");
    expect(code).toBe(0);
    expect(out).toMatch(/S001 +– +open +applied .*\nS002 +– +open +– /);
    expect(out).toContain("2 facilities.");
    expect(JSON.parse((await run("facilities", "--state", "held", "--json")).out)).toEqual({ facilities: [] });
    expect((await run("facilities", "--state", "shut")).code).toBe(64);
  });

  it("lists what is on hand in pages, and one product now or at a time, with its numbers to the right", async () => {
    const first = await run("inventory", "S001", "--limit", "2");
    expect(first.out).toMatch(/\nSKU +X +99 .*\nSKU +Y +6 /);
    const after = /More: --after (\d+)/.exec(first.out)?.[1] ?? "";
    const rest = JSON.parse((await run("inventory", "S001", "--limit", "2", "--after", after, "--json")).out);
    expect(rest).toMatchObject({ levels: [{ idValue: "Z", onHand: 1 }], next: null });
    expect(JSON.parse((await run("inventory", "S001", "X", "--json")).out)).toMatchObject({ onHand: 99 });
    const before = await run("inventory", "S001", "X", "--at", "2001-01-01T00:00:00Z", "--json");
    expect(JSON.parse(before.out)).toMatchObject({ onHand: 0 });
    expect((await run("inventory", "S001", "X", "--at", "yesterday")).code).toBe(64);
    expect(await run("inventory", "S009")).toMatchObject({
      code: 1,
      error: expect.stringContaining("no store S009"),
    });
  });

  it("lists movements in pages, newest first, and says what became of an event", async () => {
    const first = await run("ledger", "S001", "X", "--limit", "2");
    expect(first.out).toMatch(/sale +late +1 +-4 +0 \(in the count\) +99 .*\n.*return +two +1 +\+1 +\+1 +99 /);
    const before = /--before (\S+)/.exec(first.out)?.[1] ?? "";
    const { entries, next } = JSON.parse((await run("ledger", "S001", "X", "--before", before, "--json")).out);
    expect((await run("ledger", "S001", "Y", "--before", before)).code, "a place of another product").toBe(64);
    expect(entries.map((each: { eventId: string; onHandAfter: number }) => [each.eventId, each.onHandAfter])).toEqual([
      ["one", 98],
      [expect.any(String), 100],
    ]);
    expect(next).toBeNull();
    expect((await run("event", "S001", "two")).out).toMatch(/1 +return +SKU +X +\+1 +\+1 .*\n.*2 +return +SKU +Y/);
    expect(await run("event", "S001", "never")).toMatchObject({
      code: 1,
      error: expect.stringContaining("never came"),
    });
  });

  it("lists what ingest refused, in pages, by what is asked for", async () => {
    const refused = (second: number) => ({
      ...{ id: randomUUID(), at: `2026-11-28T10:00:0${second}.000Z`, client: "till", keyId: null, address: "10.0.0.5" },
      ...{ call: "POST /v1/events", status: 422, code: "invalid", detail: "a fault", pointer: "/0/type" },
      ...{ eventId: `e-${second}`, requestId: `r-${second}`, bodyHead: "{}" },
    });
    const stranger = { ...refused(4), client: "", keyId: "0a1b2c3d", status: 401, code: "unauthorized" };
    await recordRequests(database, { refused: [refused(1), refused(2), refused(3), stranger], minutes: [] });
    const first = await run("requests", "--client", "till", "--limit", "2");
    expect(first.out).toMatch(
      /10:00:03 UTC +till +422 +invalid +\/0\/type +e-3 +r-3 +a fault +Have it corrected and sent again\.\n.*10:00:02/,
    );
    const before = /--before (\S+)/.exec(first.out)?.[1] ?? "";
    const rest = JSON.parse((await run("requests", "--client", "till", "--before", before, "--json")).out);
    expect(rest).toMatchObject({ requests: [{ eventId: "e-1", bodyHead: "{}" }], next: null });
    expect((await run("requests", "--status", "401")).out).toContain("key 0a1b2c3d…");
    expect((await run("requests", "--since", "2026-11-28T10:00:05Z")).out).toBe("No request was refused.\n");
    for (const wrong of [
      ["--status", "200"],
      ["--since", "today"],
      ["--before", "x"],
    ])
      expect((await run("requests", ...wrong)).code).toBe(64);
  });

  it("lists what is active and acknowledges it, with the runbook's section", async () => {
    expect(await run("alarms", "list")).toMatchObject({ code: 0, out: "No active alarms.\n" });
    const since = new Date("2026-11-20T06:00:00Z");
    const cause = { key: "facility-silent S001", kind: "facility-silent", message: "S001 is silent.", since } as const;
    await settleAlarms(database, { judged: ["facility-silent"], causes: [{ ...cause, facilityId: "S001" }] }, since);
    const { out, code } = await run("alarms", "list");
    expect(code).toBe(1);
    expect(out).toMatch(
      /2026-11-20 06:00:00 UTC +facility-silent +S001 +facility-silent S001 +– +docs\/runbook.md#facility-silent/,
    );
    expect(out).toContain("S001 is silent.");
    const taken = await run("alarms", "acknowledge", "facility-silent S001", "--note", "its line is cut");
    expect(taken).toMatchObject({ code: 0, out: expect.stringContaining("is acknowledged by") });
    expect((await run("alarms", "list")).out).toMatch(/at the command line: its line is cut/);
    expect((await run("alarms", "acknowledge", "nothing")).error).toContain("There is no alarm nothing");
    await settleAlarms(database, { judged: ["facility-silent"], causes: [] }, new Date());
    const over = JSON.parse((await run("alarms", "list", "--cleared", "--json")).out).alarms;
    expect(over).toMatchObject([{ key: "facility-silent S001", acknowledged: { note: "its line is cut" } }]);
    expect((await run("alarms", "acknowledge", "facility-silent S001")).error).toContain("is resolved already");
  });
});
