// The audit log: only ever added to, one line an action, whatever the names in it are.
import {
  type ActionRecord,
  beginAction,
  endAction,
  listActions,
  type OperatorAction,
  recordAction,
} from "@inventory-sync/operator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OpenTestDatabase, openFresh } from "../../db/test/support.ts";

const action: OperatorAction = {
  who: "olga",
  role: "operator",
  by: "session",
  what: "approve a held facility",
  target: "reset 1, facility S001",
  address: "127.0.0.1",
};

describe("the audit log", () => {
  let database: OpenTestDatabase;
  beforeAll(async () => {
    database = await openFresh();
  });
  afterAll(() => database.drop());

  const newest = async (): Promise<ActionRecord | undefined> =>
    (await listActions(database, { before: undefined, limit: 1 })).actions[0];

  it("shows an action as begun, and once it has ended with how it ended", async () => {
    const begunId = await beginAction(database, action);
    expect(await newest()).toMatchObject({ ...action, outcome: null, endedAt: null });
    await endAction(database, begunId, { action, outcome: "applied" });
    expect(await newest()).toMatchObject({ ...action, outcome: "applied", endedAt: expect.stringMatching(/Z$/) });
    await expect(endAction(database, begunId, { action, outcome: "rejected" })).rejects.toThrow();
    expect((await newest())?.outcome).toBe("applied");
  });

  it("cannot be changed, emptied or cut off", async () => {
    await recordAction(database, action, "signed in");
    const before = await database.prisma.operatorAction.count();
    for (const statement of [
      "update operator_action set who = 'nobody'",
      "update operator_action set who = 'nobody' where false",
      "delete from operator_action",
      "truncate operator_action",
    ]) {
      await expect(database.pool.query(statement), statement).rejects.toThrow(/operator_action is append-only/);
    }
    expect(await database.prisma.operatorAction.count()).toBe(before);
  });

  it("takes names that could not be stored or would deceive, and cuts long ones", async () => {
    const hostile = `a\u0000b\u202ec\n${"\u{1F455}".repeat(1_000)}`;
    await recordAction(database, { ...action, who: hostile, target: hostile }, hostile);
    const found = await newest();
    expect(found?.who).toMatch(/^a\?b\?c\?\u{1F455}+…$/u);
    expect(found?.who.length).toBeLessThanOrEqual(501);
    expect(found?.who, "no half of a pair is left at the end").not.toMatch(/\p{Cs}/u);
  });

  it("is read in pages that do not overlap", async () => {
    for (let each = 1; each <= 5; each += 1) await recordAction(database, { ...action, what: `act ${each}` }, "done");
    const first = await listActions(database, { before: undefined, limit: 3 });
    const second = await listActions(database, { before: first.next, limit: 3 });
    expect([...first.actions, ...second.actions].slice(0, 5).map((each) => each.what)).toEqual(
      [5, 4, 3, 2, 1].map((each) => `act ${each}`),
    );
  });
});
