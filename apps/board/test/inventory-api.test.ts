// Facilities, levels, ledger and events over HTTP, hostile ids included.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { archiveAll } from "../../../packages/db/test/archive-driver.ts";
import { freshFolder } from "../../../tests/support/index.ts";
import { apply, sale, startTestBoard, type TestBoard } from "./support.ts";

const hostile = [
  "<script>alert(1)</script>",
  "=1+1",
  "../..",
  "100%25 / 50%",
  "\u{1F455} Größe",
  "a?b#c&d=e",
  "'; drop table level; --",
];

describe("the inventory API", () => {
  let board: TestBoard;
  beforeAll(async () => {
    board = await startTestBoard();
    await apply(board.database, sale("e1", "S001", "A", 1.5));
    await apply(board.database, sale("e2", "S001", "A", 2));
    await apply(board.database, sale("e3", "S001", "B", 1));
    for (const [index, name] of hostile.entries()) await apply(board.database, sale(name, name, name, index + 1));
  });
  afterAll(() => board.stop());

  it("lists facilities in pages that add up", async () => {
    const seen: string[] = [];
    let cursor = "";
    do {
      const { status, body } = await board.json(`/api/facilities?limit=3&cursor=${cursor}`);
      expect(status).toBe(200);
      seen.push(...body.items.map((item) => item.facilityId ?? ""));
      cursor = body.nextCursor ?? "";
    } while (cursor !== "");
    expect(seen.sort()).toEqual([...hostile, "S001"].sort());
  });

  it("gives whole lists as CSV, with what a spreadsheet would run guarded", async () => {
    const names: string[] = [];
    const csv = async (path: string) => {
      const answer = await board.call(path);
      expect([path, answer.status, answer.headers.get("content-type")]).toEqual([path, 200, "text/csv; charset=utf-8"]);
      names.push(answer.headers.get("content-disposition")?.slice('attachment; filename="'.length, -1) ?? "");
      return (await answer.text()).trimEnd().split("\r\n");
    };
    const [header, ...facilities] = await csv("/api/facilities.csv");
    expect(header).toBe(
      "facilityId,name,state,lastReset.resetId,lastReset.state,lastReset.asOf,lastReset.finishedAt,lastEventAt,retiredAt",
    );
    expect(facilities).toHaveLength(hostile.length + 1);
    expect(facilities.some((line) => line.startsWith("'=1+1,,open,"))).toBe(true);
    expect((await csv("/api/facilities/S001/inventory.csv")).slice(1)).toEqual([
      expect.stringMatching(/^S001,SKU,A,-3\.5,/),
      expect.stringMatching(/^S001,SKU,B,-1,/),
    ]);
    expect(await csv("/api/facilities/S001/inventory/SKU/A/ledger.csv")).toHaveLength(3);
    for (const name of ["../..", "\u{1F455} Größe"])
      await csv(`/api/facilities/${encodeURIComponent(name)}/inventory.csv`);
    expect(names).toEqual([
      "facilities.csv",
      "facilities-S001-inventory.csv",
      "facilities-S001-inventory-SKU-A-ledger.csv",
      "facilities-.._..-inventory.csv",
      "facilities-___Gr__e-inventory.csv",
    ]);
    expect((await csv("/api/alarms.csv"))[0]).toMatch(/^key,kind,message,since,/);
    expect((await board.call("/api/facilities/S009/inventory.csv")).status).toBe(404);
  });

  it("answers levels with JSON numbers and ISO times", async () => {
    const { body } = await board.json("/api/facilities/S001/inventory");
    expect(body.nextCursor).toBeNull();
    expect(body.items).toEqual([
      {
        facilityId: "S001",
        idType: "SKU",
        idValue: "A",
        onHand: -3.5,
        asOf: null,
        updatedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      },
      { facilityId: "S001", idType: "SKU", idValue: "B", onHand: -1, asOf: null, updatedAt: expect.any(String) },
    ]);
    const first = await board.json("/api/facilities/S001/inventory?limit=1");
    const second = await board.json(`/api/facilities/S001/inventory?limit=1&cursor=${first.body.nextCursor}`);
    expect(second.body).toMatchObject({ items: [{ idValue: "B" }], nextCursor: null });
  });

  it("finds one level whatever the spelling of the id type", async () => {
    for (const idType of ["SKU", "sku", "Sku"]) {
      expect((await board.json(`/api/facilities/S001/inventory/${idType}/A`)).body).toMatchObject({
        idType: "SKU",
        onHand: -3.5,
      });
    }
  });

  it("answers a level as the ledger knew it at a time", async () => {
    await board.database.pool.query("update movement set recorded_at = '2026-11-20T11:00:00Z' where event_id = 'e1'");
    const at = async (time: string) => (await board.json(`/api/facilities/S001/inventory/SKU/A?at=${time}`)).body;
    expect(await at("2026-11-20T10:59:59Z")).toMatchObject({ onHand: 0 });
    expect(await at("2026-11-20T06:00:00-05:00")).toMatchObject({ onHand: -1.5 });
    expect(await at("2026-11-20T12:00:00+01:00")).toMatchObject({ onHand: -1.5 });
    expect((await board.json("/api/facilities/S001/inventory/SKU/A?at=yesterday")).status).toBe(400);
    expect((await board.json("/api/facilities/S001/inventory/SKU/A?at=2026-11-20T10:59:59")).status).toBe(400);
  });

  it("pages through a ledger, newest first, with what was on hand after each movement", async () => {
    const first = await board.json("/api/facilities/S001/inventory/SKU/A/ledger?limit=1");
    expect(first.body.items).toMatchObject([
      { type: "sale", eventId: "e2", line: 1, quantity: -2, effect: -2, onHandAfter: -3.5, resetId: null },
    ]);
    const second = await board.json(
      `/api/facilities/S001/inventory/SKU/A/ledger?limit=1&cursor=${first.body.nextCursor}`,
    );
    expect(second.body).toMatchObject({ items: [{ eventId: "e1", onHandAfter: -1.5 }], nextCursor: null });
    const ofAnother = `/facilities/S001/inventory/SKU/B/ledger?cursor=${first.body.nextCursor}`;
    expect((await board.json(`/api${ofAnother}`)).status, "a place of another level's ledger").toBe(400);
    const page = await board.call(`/facilities/S001/products/SKU/B?cursor=${first.body.nextCursor}`);
    expect(page.status).toBe(400);
  });

  it("reaches hostile ids by their encoded paths", async () => {
    for (const [index, name] of hostile.entries()) {
      const id = encodeURIComponent(name);
      expect((await board.json(`/api/facilities/${id}/inventory/sku/${id}`)).body).toMatchObject({
        facilityId: name,
        idValue: name,
        onHand: -index - 1,
      });
      expect((await board.json(`/api/facilities/${id}/events/${id}`)).body).toMatchObject({
        eventId: name,
        type: "sale",
        movements: [{ idValue: name }],
      });
      expect((await board.json(`/api/facilities/${id}/inventory/sku/${id}/ledger`)).body.items).toHaveLength(1);
    }
  });

  it("says what is not known, as problem+json", async () => {
    const unknown = [
      ["/api/facilities/NOWHERE/inventory", "NOWHERE"],
      ["/api/facilities/NOWHERE/inventory/SKU/A", "NOWHERE"],
      ["/api/facilities/S001/inventory/SKU/nothing", "nothing"],
      [`/api/facilities/S001/inventory/SKU/${encodeURIComponent("=1+1")}`, "has never had"],
      ["/api/facilities/S001/events/never", "never"],
      ["/api/facilities/%00/inventory", "no id"],
      ["/api/no-such-thing", "openapi.json"],
    ] as const;
    for (const [path, text] of unknown) {
      const { status, type, body } = await board.json(path);
      expect([path, status, type]).toEqual([path, 404, "application/problem+json; charset=utf-8"]);
      expect(body.detail).toContain(text);
    }
    expect((await board.json("/api/facilities/%E0%A4%A/inventory")).status).toBe(400);
  });

  it("says what is in the archive with 410, and counts it all the same", async () => {
    await apply(board.database, sale("old", "S011", "A", 4));
    const counted = "select id from facility where facility_id = 'S011'";
    await board.database.pool.query(
      `update level set as_of = '2026-11-25Z', prior_as_of = '2026-11-24Z' where facility_id = (${counted})`,
    );
    const recorded = await board.json("/api/facilities/S011/events/old");
    expect((await archiveAll(board.database, { facilityId: "S011", folder: await freshFolder("archive") })).moved).toBe(
      1,
    );
    const level = "/api/facilities/S011/inventory/SKU/A";
    expect((await board.json(level)).body).toMatchObject({ onHand: -4 });
    const gone = { type: "urn:inventory-sync:problem:archived", status: 410 };
    expect(await board.json(`${level}?at=2026-11-24T00:00:00Z`)).toMatchObject({
      status: 410,
      body: { ...gone, detail: expect.stringContaining("S011/2026-11.1.jsonl.gz") },
    });
    expect(recorded).toMatchObject({ status: 200, body: { archivedLines: [] } });
    expect(await board.json("/api/facilities/S011/events/old")).toMatchObject({ status: 410, body: gone });
    const page = await board.call("/facilities/S011/events/old");
    expect([page.status, await page.text()]).toEqual([
      410,
      expect.stringContaining("ops ledger restore --facility S011"),
    ]);
  });

  it("refuses limits and cursors that are none", async () => {
    for (const query of ["limit=0", "limit=1001", "limit=x", "limit=1&limit=2", "cursor=x", "cursor=W10"]) {
      expect([query, (await board.json(`/api/facilities/S001/inventory?${query}`)).status]).toEqual([query, 400]);
      expect([query, (await board.json(`/api/facilities/S001/inventory/SKU/A/ledger?${query}`)).status]).toEqual([
        query,
        400,
      ]);
    }
    // The cursor `null`, where the place is a time.
    expect((await board.json("/api/names/merges?cursor=bnVsbA")).status).toBe(400);
  });

  it("makes two names of a store one, tells what that would do before, and undoes it", async () => {
    await apply(board.database, sale("n1", "1", "N", 2));
    await apply(board.database, sale("n2", "001", "N", 1));
    const pair = { kind: "facility", from: { facilityId: "1" }, into: { facilityId: "001" } };
    const merge = (more: object) => board.json("/api/names/merge", { ...pair, ...more });
    expect((await merge({})).status).toBe(422);
    expect((await merge({ from: { idType: "SKU", idValue: "N" }, preview: true })).status).toBe(422);
    expect((await merge({ from: { facilityId: "none" }, preview: true })).status).toBe(404);
    expect(await merge({ preview: true })).toMatchObject({ status: 200, body: { id: null, unitsAfter: -3 } });
    const { status, body } = await merge({ reason: "one store" });
    expect([status, body]).toEqual([200, expect.objectContaining({ preview: false, unitsFrom: -2, unitsInto: -1 })]);
    expect(await merge({ reason: "again" })).toMatchObject({ status: 409 });
    const level = await board.json("/api/facilities/1/inventory/SKU/N");
    expect(level.body).toMatchObject({ facilityId: "001", onHand: -3 });
    const [listed] = (await board.json("/api/names/merges?kind=facility")).body.items;
    expect(listed).toMatchObject({ ...pair, reason: "one store", undoneAt: null });
    const undo = () => board.json(`/api/names/merges/${listed?.id}/undo`, { reason: "two" });
    expect(await undo()).toMatchObject({ status: 200, body: { units: -2 } });
    expect(await undo()).toMatchObject({ status: 409 });
    expect((await board.json("/api/names/merges/none/undo", { reason: "two" })).status).toBe(404);
    expect((await board.json("/api/facilities/1/inventory/SKU/N")).body).toMatchObject({ onHand: -2 });
  });
});
