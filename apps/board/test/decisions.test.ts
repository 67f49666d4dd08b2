// Deciding over HTTP: approve, reject, revert, preview, and what is said when there is nothing to decide.

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { reconcileFacility } from "@inventory-sync/db";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { event, onHand, reconcileOptions, send, snapshot, stage } from "../../../packages/db/test/ledger-driver.ts";
import { startTestBoard, type TestBoard, token } from "./support.ts";

const guarded = { ...reconcileOptions, guards: { rejectedPct: 5, zeroedPct: 20, missingPct: 20, unitsPct: 50 } };

describe("deciding", () => {
  let board: TestBoard;
  let facilities = 0;
  let facilityId: string;
  beforeAll(async () => {
    board = await startTestBoard();
  });
  afterAll(() => board.stop());
  beforeEach(() => {
    facilities += 1;
    facilityId = `S <b>${facilities}</b>/1`;
  });

  const path = (resetId: string, act: string) =>
    `/api/resets/${resetId}/facilities/${encodeURIComponent(facilityId)}/${act}`;
  const part = async (resetId: string) => {
    const { body } = await board.json(`/api/resets/${resetId}`);
    return (body as unknown as { facilities: unknown[] }).facilities[0];
  };
  const audited = async () => (await board.json("/api/audit?limit=1")).body.items[0];

  /** A facility at X 100 that a count of 10 holds. */
  async function hold(): Promise<{ resetId: string; facility: number }> {
    await snapshot(board.database, { at: "08:00", counts: { X: 100 }, facilityId });
    const held = await stage(board.database, { at: "12:00", counts: { X: 10 }, facilityId });
    expect(await reconcileFacility(board.database, held, guarded)).toMatchObject({ ended: "held" });
    await board.database.prisma.reset.update({
      where: { id: held.resetId },
      data: { state: "completed-with-holds", finishedAt: new Date() },
    });
    return held;
  }

  const sell = (id: string, quantity: number, at: string) =>
    send(board.database, [event(id, "sale", { at, lines: { X: quantity }, facilityId })]);

  it("approves with the sales since, answers the facility's part, and says who decided", async () => {
    const { resetId } = await hold();
    await sell("since", 3, "13:00");
    const cookie = await board.signIn("olga");
    const answer = await fetch(`${board.url}${path(resetId, "approve")}`, {
      method: "POST",
      headers: { cookie, "content-type": "application/json", origin: board.url },
      body: "{}",
    });
    expect(answer.status).toBe(200);
    const body = await answer.json();
    expect(body).toMatchObject({ facilityId, state: "applied", decidedBy: "olga", corrected: 1, unitsAfter: 7 });
    expect(body).toEqual(await part(resetId));
    expect(await onHand(board.database, "X", facilityId)).toBe(7);
    expect((await board.json(`/api/resets/${resetId}`)).body).toMatchObject({ state: "completed" });
    expect(await audited()).toMatchObject({
      ...{ who: "olga", role: "operator", by: "session", what: "approve a held facility" },
      ...{ target: `reset ${resetId}, facility ${facilityId}`, address: expect.stringContaining("127.0.0.1") },
      outcome: "applied: 1 products, 97 to 7 units",
    });
    const again = await board.json(path(resetId, "approve"), {});
    expect([again.status, again.type]).toEqual([409, "application/problem+json; charset=utf-8"]);
    expect(again.body.detail).toMatch(/is not held any more: it was approved by olga at \d{4}-.*Z and is applied/);
    expect(await audited()).toMatchObject({ who: "board token", outcome: expect.stringMatching(/^refused \(409\): /) });
  });

  it("approves all that a reset holds, or those named, and names what it leaves", async () => {
    const { resetId } = await hold();
    const whole = (act: string, body: object) => board.json(`/api/resets/${resetId}/${act}`, body);
    const none = await whole("approve", { facilityIds: ["nowhere"] });
    const left = [{ facilityId: "nowhere", detail: "Facility nowhere has no part in this reset." }];
    expect([none.status, none.body]).toEqual([200, { resetId, decided: [], left }]);
    expect(await onHand(board.database, "X", facilityId)).toBe(100);
    expect((await whole("approve", {})).body).toEqual({ resetId, decided: [facilityId], left: [] });
    expect(await onHand(board.database, "X", facilityId)).toBe(10);
    expect(await part(resetId)).toMatchObject({ state: "applied", decidedBy: "board token" });
    expect(await audited()).toMatchObject({
      ...{ what: "approve held facilities", target: `reset ${resetId}, all held facilities` },
      outcome: "approved 1, left 0",
    });
    const late = await whole("reject", { facilityIds: [facilityId] });
    const why = expect.stringContaining("is not held any more: it was approved by board token");
    expect(late.body).toEqual({ resetId, decided: [], left: [{ facilityId, detail: why }] });
    expect((await whole("approve", { facilityIds: [] })).status).toBe(422);
    expect((await board.json(`/api/resets/${crypto.randomUUID()}/approve`, {})).status).toBe(404);
  });

  it("rejects: the levels stay, and nothing can be approved any more", async () => {
    const { resetId } = await hold();
    const rejected = await board.json(path(resetId, "reject"), {});
    expect([rejected.status, rejected.body]).toMatchObject([200, { state: "rejected", decidedBy: "board token" }]);
    expect(await onHand(board.database, "X", facilityId)).toBe(100);
    for (const act of ["approve", "reject"]) {
      const again = await board.json(path(resetId, act), {});
      expect([again.status, again.body.detail]).toEqual([409, expect.stringContaining("rejected by board token at ")]);
    }
  });

  it("lets only one of many deciders at once win", async () => {
    const { resetId } = await hold();
    const acts = ["approve", "reject", "approve", "reject"];
    const answers = await Promise.all(acts.map((act) => board.json(path(resetId, act), {})));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
  });

  it("says 503 in words while the facility's lock cannot be had, and decides nothing", async () => {
    const { resetId, facility } = await hold();
    const other = await board.database.pool.connect();
    try {
      await other.query("begin");
      await other.query("select pg_advisory_xact_lock(7002, $1)", [facility]);
      const answer = await board.call(path(resetId, "approve"), {});
      expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "5"]);
      expect(((await answer.json()) as { detail: string }).detail).toMatch(
        /is busy: its lock could not be had within 5 s/,
      );
    } finally {
      await other.query("rollback");
      other.release();
    }
    expect(await part(resetId)).toMatchObject({ state: "held", decidedBy: null });
    expect((await board.json(path(resetId, "approve"), {})).status).toBe(200);
  });

  it("reverts one facility, says what was undone, and refuses the second time", async () => {
    const { resetId } = await hold();
    const early = await board.json(path(resetId, "revert"), {});
    expect([early.status, early.body.detail]).toEqual([409, expect.stringContaining("only what is applied can be")]);
    await board.json(path(resetId, "approve"), {});
    await sell("late", 2, "11:00");
    const undone = await board.json(path(resetId, "revert"), {});
    expect([undone.status, undone.body]).toEqual([
      200,
      { resetId, facilities: [{ facilityId, levels: 1, corrected: 1, units: 88 }] },
    ]);
    expect(await onHand(board.database, "X", facilityId)).toBe(98);
    expect(await audited()).toMatchObject({
      what: "revert a facility's reset",
      outcome: "reverted at 1 facilities, 1 levels changed",
    });
    const again = await board.json(path(resetId, "revert"), {});
    expect([again.status, again.body.detail]).toEqual([409, expect.stringContaining("is reverted in this reset")]);
  });

  it("reverts a whole reset once it has ended, and not one that later ones were built on", async () => {
    const first = await stage(board.database, { at: "10:00", counts: { X: 5 }, facilityId });
    await reconcileFacility(board.database, first, reconcileOptions);
    const running = await board.json(`/api/resets/${first.resetId}/revert`, {});
    expect([running.status, running.body.detail]).toEqual([409, expect.stringContaining("is still reconciling")]);
    await board.database.pool.query("update reset set finished_at = now(), state = 'completed' where id = $1", [
      first.resetId,
    ]);
    const second = await stage(board.database, { at: "11:00", counts: { X: 6 }, facilityId });
    await reconcileFacility(board.database, second, reconcileOptions);
    const older = await board.json(`/api/resets/${first.resetId}/revert`, {});
    expect([older.status, older.body.detail]).toEqual([409, expect.stringContaining("only the latest reset")]);
    await board.database.pool.query("update reset set finished_at = now(), state = 'completed' where id = $1", [
      second.resetId,
    ]);
    const bare = await fetch(`${board.url}/api/resets/${second.resetId}/revert`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
    });
    expect([bare.status, await bare.json()]).toMatchObject([
      200,
      { facilities: [{ facilityId, corrected: 1, units: -1 }] },
    ]);
    expect((await board.json(`/api/resets/${second.resetId}`)).body).toMatchObject({ state: "reverted" });
  });

  it("knows no facility that has no part in the reset, and no reset of another id", async () => {
    const { resetId } = await hold();
    for (const act of ["approve", "reject", "revert"]) {
      expect((await board.json(`/api/resets/${resetId}/facilities/NOWHERE/${act}`, {})).status).toBe(404);
      expect((await board.json(`/api/resets/${crypto.randomUUID()}/facilities/NOWHERE/${act}`, {})).status).toBe(404);
    }
  });

  it("lists what would be for held facilities and previews", async () => {
    const { resetId } = await hold();
    const held = await (await board.call(`/api/resets/${resetId}/variances.csv`)).text();
    expect(held).toContain(',100,10,0,0,10,-90,-90,"counted 10, ');
    expect(held).toContain("nothing is changed until somebody approves");
    const staged = await stage(board.database, { at: "13:00", counts: { X: 99 }, facilityId });
    await board.database.prisma.reset.update({ where: { id: staged.resetId }, data: { preview: true } });
    await reconcileFacility(board.database, staged, guarded);
    const previewed = await (await board.call(`/api/resets/${staged.resetId}/variances.csv`)).text();
    expect(previewed).toMatch(/,100,99,0,0,99,-1,-1,"counted 99, .*\(a preview: nothing was changed\)",preview,\r\n$/);
    const answer = await board.json(path(staged.resetId, "approve"), {});
    expect([answer.status, answer.body.detail]).toEqual([409, expect.stringContaining("this was a preview")]);
  });

  it("opens a preview beside a reset over the same file", async () => {
    await board.sftp.putSnapshot("stock.csv", "facilityId,sku,quantity\nS001,A,5\n");
    const ids: string[] = [];
    for (const body of [{ preview: true }, { file: "stock.csv" }, { file: "stock.csv", preview: true }]) {
      const { status, body: answer } = await board.json("/api/resets", body);
      expect(status).toBe(202);
      ids.push(answer.resetIds[0] ?? "");
    }
    expect(ids[2]).toBe(ids[0]);
    expect((await board.json(`/api/resets/${ids[0]}`)).body).toMatchObject({
      preview: true,
      requestedBy: "operator board token",
    });
    expect((await board.json(`/api/resets/${ids[1]}`)).body).toMatchObject({ preview: false });
    expect((await board.queues.counts()).resets.waiting).toBe(2);
    await rm(join(board.sftp.root, "incoming", "stock.csv"));
  });
});
