// Notes of ingest in the database: each once, listed and summed up, forgotten, and what is steady enough for an alarm.
import { randomUUID } from "node:crypto";
import type { ClientMinute, RefusedRequest } from "@inventory-sync/domain";
import { listClientRequests, listRefused } from "@inventory-sync/operator";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type FreshDatabase, freshDatabase } from "../../../tests/support/index.ts";
import { type Database, forgetRequests, openDatabase, recordRequests, refusedClients } from "../src/index.ts";

let fresh: FreshDatabase;
let database: Database;
beforeAll(async () => {
  fresh = await freshDatabase();
  database = openDatabase({ url: fresh.url, name: "test", poolMax: 2 });
});
beforeEach(() => database.pool.query("truncate refused_request, client_minute"));
afterAll(async () => {
  await database.close();
  await fresh.drop();
});

const MINUTE_MS = 60_000;
const refused = (given: Partial<RefusedRequest> = {}): RefusedRequest => ({
  ...{ id: randomUUID(), at: new Date().toISOString(), client: "till", keyId: null, address: "10.0.0.5", status: 422 },
  ...{ call: "POST /v1/events", code: "invalid", detail: "it has a fault", pointer: "/lines/0", eventId: "e-1" },
  ...{ requestId: "r-1", bodyHead: "{}", events: 1, faulty: 1, signature: null },
  ...given,
});
const minute = (given: Partial<ClientMinute> = {}): ClientMinute => ({
  ...{ client: "till", minute: new Date().toISOString(), process: randomUUID(), accepted: 0, refused: 0 },
  ...{ unavailable: 0, leftOut: 0, lateSignatures: 0, badSignatures: 0 },
  ...given,
});

describe("notes of requests", () => {
  it("are kept once, whichever workers took them, and summed up over the processes that counted", async () => {
    const notes = {
      refused: [refused(), refused({ client: "", keyId: "12345678" })],
      minutes: [
        minute({ accepted: 5, refused: 1 }),
        minute({ accepted: 7, leftOut: 2 }),
        minute({ client: "", refused: 9 }),
      ],
    };
    await Promise.all([recordRequests(database, notes), recordRequests(database, notes)]);
    await recordRequests(database, notes);
    const { items } = await listRefused(database, {}, { limit: 10 });
    expect(items.map(({ client, keyId }) => [client, keyId]).toSorted()).toEqual([
      [null, "12345678"],
      ["till", null],
    ]);
    expect(await listClientRequests(database, new Date(Date.now() - MINUTE_MS))).toMatchObject([
      { client: null, accepted: 0, refused: 9, acceptedAt: null },
      { client: "till", accepted: 12, refused: 1, leftOut: 2, acceptedAt: expect.any(String) },
    ]);
  });

  it("tell what was signed well and sent late apart from what is no signature of the client's", async () => {
    const notes = {
      refused: [
        refused({ code: "unauthorized", status: 401, pointer: null, signature: "good" }),
        refused({ code: "unauthorized", status: 401, pointer: null, signature: "wrong", eventId: "e-2" }),
      ],
      minutes: [minute({ refused: 200, lateSignatures: 198, badSignatures: 2 })],
    };
    await recordRequests(database, notes);
    const [till] = await listClientRequests(database, new Date(Date.now() - MINUTE_MS));
    expect(till).toMatchObject({ client: "till", lateSignatures: 198, badSignatures: 2 });
    const { items } = await listRefused(database, {}, { limit: 10 });
    const advice = new Map(items.map(({ signature, advice: says }) => [signature, says]));
    expect(advice.get("good")).toContain("Nobody forged it");
    expect(advice.get("wrong")).toContain("not made with the client's secret");
  });

  it("say of a batch that is sent again and again which event of it is at fault, and to send the others by themselves", async () => {
    const batch = { pointer: "/499/lines/0/quantity", events: 1_000, faulty: 1, eventId: "b-1" };
    const other = refused({ client: "other", ...batch });
    const again = Array.from({ length: 3 }, () => refused(batch));
    await recordRequests(database, { refused: [...again, other, refused({ pointer: "/0" })], minutes: [] });
    const { items } = await listRefused(database, { id: "b-1" }, { limit: 10 });
    expect(items.map(({ client, times }) => [client, times]).toSorted()).toEqual([
      ["other", 1],
      ["till", 3],
      ["till", 3],
      ["till", 3],
    ]);
    expect(items.find(({ client }) => client === "till")?.advice).toBe(
      "Event 500, line 1, of the 1,000 is at fault. Send the other 999 events by themselves, and this one once corrected. " +
        "It was refused 3 times already, and will be each time.",
    );
  });

  it("are listed in pages, the newest first, by client, status, code and time", async () => {
    const at = (second: number) => new Date(Date.UTC(2026, 10, 28, 10, 0, second)).toISOString();
    const each = Array.from({ length: 5 }, (_, second) => refused({ at: at(second), eventId: `e-${second}` }));
    const other = refused({ at: at(2), client: "other", status: 403, code: "forbidden", eventId: "o" });
    await recordRequests(database, { refused: [...each, other], minutes: [] });
    const ids = async (...asked: Parameters<typeof listRefused> extends [unknown, ...infer Rest] ? Rest : never) =>
      (await listRefused(database, ...asked)).items.map(({ eventId }) => eventId);
    const first = await listRefused(database, { client: "till" }, { limit: 3 });
    expect(first.items.map(({ eventId }) => eventId)).toEqual(["e-4", "e-3", "e-2"]);
    expect(await ids({ client: "till" }, { limit: 3, after: first.next })).toEqual(["e-1", "e-0"]);
    expect(await ids({ status: 403 }, { limit: 9 })).toEqual(["o"]);
    expect(await ids({ code: "forbidden" }, { limit: 9 })).toEqual(["o"]);
    expect(await ids({ id: "e-4" }, { limit: 9 })).toEqual(["e-4"]);
    expect(await ids({ id: "r-1" }, { limit: 9 })).toHaveLength(6);
    expect(await ids({ since: new Date(at(3)), until: new Date(at(4)) }, { limit: 9 })).toEqual(["e-3"]);
  });

  it("are forgotten after a week, and of one client all but the newest 5,000", async () => {
    const old = new Date(Date.now() - 8 * 24 * 60 * MINUTE_MS).toISOString();
    await recordRequests(database, {
      refused: [refused({ at: old }), refused()],
      minutes: [minute({ minute: old }), minute()],
    });
    const many = Array.from({ length: 5_010 }, () => refused({ client: "many" }));
    await recordRequests(database, { refused: many, minutes: [] });
    await forgetRequests(database);
    const { rows } = await database.pool.query(
      `select client, count(*)::int as count from refused_request group by client
        union all select 'minutes', count(*)::int from client_minute order by client`,
    );
    const counts = Object.fromEntries(rows.map(({ client, count }) => [client, count]));
    expect(counts).toMatchObject({ minutes: 1, till: 1 });
    // Those of one millisecond go together.
    expect(counts.many).toBeLessThanOrEqual(5_000);
    expect(counts.many).toBeGreaterThan(0);
  });
});

describe("a client is refused steadily", () => {
  const now = new Date("2026-11-28T10:10:30Z");
  const at = (ago: number) => new Date(Date.parse("2026-11-28T10:10:00Z") - ago * MINUTE_MS).toISOString();
  const found = () => refusedClients(database, { now, minutes: 10, atLeast: 10 });
  const record = (minutes: readonly Partial<ClientMinute>[]) =>
    recordRequests(database, { refused: [], minutes: minutes.map(minute) });

  it("when some are refused in half of the minutes or more, with the share and the newest example of the code noted most", async () => {
    await record([1, 2, 3, 4, 6].map((ago) => ({ minute: at(ago), accepted: 6, refused: 2 })));
    const notes = [
      refused({ at: at(3), detail: "older" }),
      refused({ at: at(2), detail: "newer" }),
      refused({ at: at(1), code: "forbidden", status: 403 }),
      ...[1, 2, 3, 4].map((ago) => refused({ at: at(ago), code: "busy", status: 503 })),
    ];
    await recordRequests(database, { refused: notes, minutes: [] });
    expect(await found()).toEqual([
      {
        ...{ client: "till", refused: 10, accepted: 30, late: 0, bad: 0, since: new Date(at(6)) },
        ...{ code: "invalid", detail: "newer", keyId: null, address: "10.0.0.5" },
      },
    ]);
  });

  it("not by one burst, not by a few, not by what was long ago, and not by what ingest could not take", async () => {
    await record([
      { client: "burst", minute: at(2), refused: 500 },
      ...[1, 2, 3, 4, 5, 6].map((ago) => ({ client: "few", minute: at(ago), refused: 1 })),
      ...[11, 12, 13, 14, 15, 16].map((ago) => ({ client: "over", minute: at(ago), refused: 50 })),
      ...[1, 2, 3, 4, 5, 6].map((ago) => ({ client: "ours", minute: at(ago), unavailable: 50 })),
    ]);
    expect(await found()).toEqual([]);
  });
});
