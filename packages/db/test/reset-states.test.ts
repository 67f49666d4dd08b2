// The states of a reset and of its parts: the domain's list, the database's CHECKs and what the transitions allow are one.
import { approveFacility, finishReset, movePart, reconcileFacility, rejectFacility } from "@inventory-sync/db";
import { partMoves, partStates, resetMoves, resetStates } from "@inventory-sync/domain";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../../../tests/support/index.ts";
import { moveReset, settleReset } from "../src/resets/transitions.ts";
import { reconcileOptions, snapshot, stage } from "./ledger-driver.ts";
import { insertFacilityReset, insertReset, type OpenTestDatabase, openFresh, waitingOnLocks } from "./support.ts";

const guarded = { ...reconcileOptions, guards: { rejectedPct: 5, zeroedPct: 20, missingPct: 20, unitsPct: 50 } };

let database: OpenTestDatabase;

beforeAll(async () => {
  database = await openFresh();
});

afterAll(async () => {
  await database.drop();
});

describe("the list of states", () => {
  it.each([
    ["reset_state_known", resetStates],
    ["facility_reset_state_known", partStates],
  ])("is what the database's check %s allows", async (name, states) => {
    const found = await database.pool.query<{ text: string }>(
      "select pg_get_constraintdef(oid) as text from pg_constraint where conname = $1",
      [name],
    );
    const allowed = [...(found.rows[0]?.text ?? "").matchAll(/'([a-z-]+)'::text/g)].map((match) => match[1]);
    expect(allowed.sort()).toEqual([...states].sort());
  });
});

const readTo = ["reconciling", "completed", "failed", "preview"] as const;
const stateOf = async (id: string) => (await database.prisma.reset.findUniqueOrThrow({ where: { id } })).state;

const pairs = partStates.flatMap((from) => partStates.map((to) => ({ from, to })));

describe("a facility's part", () => {
  it("makes each move that is in the list, and of every other one nothing is written", async () => {
    const { rows } = await database.pool.query<{ id: number }>(
      "insert into facility (facility_id) values ('MOVES') returning id",
    );
    const facility = rows[0]?.id ?? 0;
    for (const { from, to } of pairs) {
      const resetId = await insertReset(database);
      await insertFacilityReset(database, { resetId, facilityId: "MOVES", state: from });
      if (from === "pending" || from === "reconciling")
        await database.pool.query("update facility_reset set finished_at = null where reset_id = $1", [resetId]);
      const isAllowed = partMoves.some((move) => move.from === from && move.to === to);
      expect(await movePart(database.pool, { resetId, facility }, { to }), `${from} to ${to}`).toBe(isAllowed);
      const part = await database.prisma.facilityReset.findFirstOrThrow({ where: { resetId } });
      expect(part.state, `${from} to ${to}`).toBe(isAllowed ? to : from);
    }
  });

  it("of a preview that has ended is moved no more", async () => {
    const resetId = await insertReset(database, { state: "preview", preview: true });
    const facility = await database.prisma.facility.create({ data: { facilityId: "PREVIEWED" } });
    await insertFacilityReset(database, { resetId, facilityId: "PREVIEWED", state: "pending" });
    expect(await movePart(database.pool, { resetId, facility: facility.id }, { to: "failed" })).toBe(false);
  });
});

describe("a reset that is read", () => {
  it("makes each move that is in the list, and of every other one nothing is written", async () => {
    const moves = resetStates.flatMap((from) => readTo.map((to) => ({ from, to })));
    for (const { from, to } of moves) {
      const id = await insertReset(database, { file: `${from}-${to}.csv`, state: from, finishedAt: null });
      const isAllowed = from === "staging" && resetMoves.some((move) => move.from === from && move.to === to);
      expect(await moveReset(database.pool, id, to, {}), `${from} to ${to}`).toBe(isAllowed);
      expect(await stateOf(id), `${from} to ${to}`).toBe(isAllowed ? to : from);
    }
  });

  it("is moved no more once it has ended", async () => {
    const id = await insertReset(database, { state: "staging" });
    expect(await moveReset(database.pool, id, "failed", {})).toBe(false);
    expect(await stateOf(id)).toBe("staging");
  });
});

describe("a reset's state", () => {
  it("follows from its parts by moves of the list only", async () => {
    await database.prisma.facility.create({ data: { facilityId: "ONE" } });
    await database.prisma.facility.create({ data: { facilityId: "OTHER" } });
    const made = new Set<string>();
    for (const from of resetStates)
      for (const [one, other] of partStates.flatMap((each) => partStates.map((beside) => [each, beside] as const))) {
        const resetId = await insertReset(database, { state: from, preview: from === "preview" });
        await insertFacilityReset(database, { resetId, facilityId: "ONE", state: one });
        await insertFacilityReset(database, { resetId, facilityId: "OTHER", state: other });
        const { state } = await settleReset(database.pool, resetId);
        expect(await stateOf(resetId)).toBe(state);
        if (state !== from) made.add(`${from}>${state}`);
      }
    const listed = resetMoves.map(({ from, to }) => `${from}>${to}`);
    expect([...made].filter((move) => !listed.includes(move))).toEqual([]);
    expect(made.size).toBeGreaterThan(5);
  });

  it("is completed once both of its holds are decided, also when that happens at the same moment", async () => {
    const facilityIds = ["TWIN-A", "TWIN-B"];
    await snapshot(database, { at: "08:00", facilityIds, counts: { X: 100 } });
    const held = await stage(database, { at: "12:00", facilityIds, counts: { X: 1 } });
    for (const facility of held.facilities)
      expect(await reconcileFacility(database, { ...held, facility }, guarded)).toMatchObject({ ended: "held" });
    expect(await finishReset(database, held.resetId)).toMatchObject({ state: "completed-with-holds", held: 2 });
    const [first = 0, second = 0] = held.facilities;

    // The first decision is made but not committed when the second one comes to the same point.
    const other = await database.pool.connect();
    await other.query("begin");
    await other.query("select from reset where id = $1 for no key update", [held.resetId]);
    await movePart(other, { resetId: held.resetId, facility: first }, { to: "rejected" }, { decidedBy: "ann" });
    let isDone = false;
    const approving = approveFacility(
      database,
      { resetId: held.resetId, facility: second, decidedBy: "bob" },
      reconcileOptions,
    ).finally(() => {
      isDone = true;
    });
    await eventually(async () => (await waitingOnLocks(database)) === 1);
    expect(isDone).toBe(false);
    await other.query("commit");
    other.release();
    expect(await approving).toMatchObject({ ended: "applied" });
    const reset = await database.prisma.reset.findUniqueOrThrow({ where: { id: held.resetId } });
    expect(reset.state).toBe("completed");
  });

  it("is failed when its last hold is rejected and all else of it failed", async () => {
    const facilityIds = ["LOST-A", "LOST-B"];
    await snapshot(database, { at: "08:00", facilityIds, counts: { X: 100 } });
    const held = await stage(database, { at: "12:00", facilityIds, counts: { X: 1 } });
    const [first = 0, second = 0] = held.facilities;
    await reconcileFacility(database, { ...held, facility: first }, guarded);
    await movePart(database.pool, { resetId: held.resetId, facility: second }, { to: "failed" }, { error: "a test" });
    expect(await finishReset(database, held.resetId)).toMatchObject({ state: "completed-with-holds" });
    expect(await rejectFacility(database, { resetId: held.resetId, facility: first, decidedBy: "ann" })).toBe(true);
    expect(await finishReset(database, held.resetId)).toMatchObject({ state: "failed", applied: 0, failed: 1 });
  });
});
