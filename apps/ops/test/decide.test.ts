// ops resets list, reset approve, reject and revert, audit-log: what a person decides at a terminal.
import { type Database, openDatabase, reconcileFacility } from "@inventory-sync/db";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { event, onHand, reconcileOptions, send, snapshot, stage } from "../../../packages/db/test/ledger-driver.ts";
import { type FreshDatabase, freshDatabase } from "../../../tests/support/index.ts";
import { ops, opsWith } from "./support.ts";

const guards = { rejectedPct: 5, zeroedPct: 20, missingPct: 20, unitsPct: 50 };

describe("deciding at the command line", () => {
  let fresh: FreshDatabase;
  let database: Database;
  let facilities = 0;
  let facilityId: string;
  beforeAll(async () => {
    fresh = await freshDatabase();
    database = openDatabase({ url: fresh.url, name: "test", poolMax: 3 });
  });
  afterAll(async () => {
    await database.close();
    await fresh.drop();
  });
  beforeEach(() => {
    facilities += 1;
    facilityId = `S${facilities}`;
  });

  const run = (...words: string[]) => ops({ DATABASE_URL: fresh.url }, ...words);
  const level = () => onHand(database, "X", facilityId);

  async function hold(): Promise<string> {
    await snapshot(database, { at: "08:00", counts: { X: 100 }, facilityId });
    const held = await stage(database, { at: "12:00", counts: { X: 10 }, facilityId });
    expect(await reconcileFacility(database, held, { ...reconcileOptions, guards })).toMatchObject({ ended: "held" });
    await database.pool.query("update reset set state = 'completed-with-holds', finished_at = now() where id = $1", [
      held.resetId,
    ]);
    return held.resetId;
  }

  it("lists resets with the facilities that wait, and why", async () => {
    const resetId = await hold();
    const listed = await run("resets", "list");
    expect(listed.code).toBe(1);
    expect(listed.out).toContain(resetId);
    expect(listed.out).toMatch(
      new RegExp(
        `${facilityId} +held +${resetId} +Its one product is listed: 100 → 10 units. +stock would fall by 90 %: 100 → 10`,
      ),
    );
    expect(JSON.parse((await run("resets", "list", "--json", "--limit", "1")).out)).toMatchObject({
      resets: [{ id: resetId }],
      attention: { parts: expect.arrayContaining([expect.objectContaining({ facilityId })]) },
    });
    expect((await run("resets", "list", "--limit", "0")).code).toBe(64);
  });

  it("shows one reset, facility by facility, and writes its corrections as CSV and JSON", async () => {
    const resetId = await hold();
    const shown = await run("resets", "show", resetId);
    expect(shown.code).toBe(1);
    expect(shown.out).toMatch(new RegExp(`${facilityId} +held +1 +0 +1 +100 +10 .*stock would fall by 90 %: 100 → 10`));
    expect(JSON.parse((await run("reset", "show", resetId, "--json")).out)).toMatchObject({ id: resetId });
    const csv = await run("reset", "variances", resetId);
    expect(csv.out).toMatch(/^facilityId,idType,.*\r\n/);
    expect(csv.out).toContain(`\r\n${facilityId},SKU,X,100,10,0,0,10,-90,-90,`);
    const [row] = JSON.parse((await run("reset", "variances", resetId, "--json")).out);
    expect(row).toMatchObject({ facilityId, before: "100", corrected: "-90", state: "held" });
    expect(JSON.parse((await run("reset", "rejects", resetId, "--json")).out)).toEqual([]);
  });

  it("says what approving would change and does it only with --yes, in words when it was decided before", async () => {
    const resetId = await hold();
    await send(database, [event("since", "sale", { at: "13:00", lines: { X: 3 }, facilityId })]);
    const asked = await run("reset", "approve", resetId, facilityId);
    expect([asked.code, asked.out]).toEqual([1, expect.stringContaining("Nothing was done. Add --yes to do it.")]);
    expect(asked.out).toContain(`correct 1 product at ${facilityId}. Its one product is listed: 100 → 10 units.`);
    expect(await level()).toBe(97);
    const done = await run("reset", "approve", resetId, facilityId, "--yes");
    expect([done.code, done.out]).toEqual([
      0,
      expect.stringContaining(`Store ${facilityId} is applied: 1 product corrected`),
    ]);
    expect(await level()).toBe(7);
    const again = await run("reset", "approve", resetId, facilityId, "--yes");
    expect([again.code, again.error]).toEqual([
      1,
      expect.stringMatching(/approved by .* at the command line at .* is applied/),
    ]);
    const { actions } = JSON.parse((await run("audit-log", "--json", "--limit", "1")).out);
    expect(actions).toMatchObject([
      { what: "approve a held facility", outcome: expect.stringMatching(/^failed: .* is not held any more/) },
    ]);
  });

  it("asks whoever sits at the terminal, and takes anything but yes for no", async () => {
    const resetId = await hold();
    const asked: string[] = [];
    const answering = (answer: string) => ({
      ask: async (question: string) => {
        asked.push(question);
        return answer;
      },
    });
    const words = ["reset", "approve", resetId, facilityId] as const;
    const unsure = await opsWith(answering("hm"), { DATABASE_URL: fresh.url }, ...words);
    expect([unsure.code, unsure.out, await level()]).toEqual([1, "Nothing was done.\n", 100]);
    expect(asked[0]).toContain(`correct 1 product at ${facilityId}. Its one product is listed: 100 → 10 units.`);
    const sure = await opsWith(answering("yes"), { DATABASE_URL: fresh.url }, ...words, "--json");
    expect([sure.code, JSON.parse(sure.out).state, await level()]).toEqual([0, "applied", 10]);
  });

  it("rejects, and leaves the levels", async () => {
    const resetId = await hold();
    expect((await run("reset", "reject", resetId, facilityId)).code).toBe(1);
    const tooLong = await run("reset", "reject", resetId, facilityId, "--yes", "--reason", "x".repeat(501));
    expect([tooLong.code, tooLong.error]).toEqual([64, expect.stringContaining("--reason must have at most 500")]);
    const because = ["--reason", "half a file"];
    const done = await run("reset", "reject", resetId, facilityId, "--yes", "--json", ...because);
    expect([done.code, JSON.parse(done.out)]).toMatchObject([
      0,
      { facilityId, state: "rejected", decidedBecause: "half a file" },
    ]);
    expect((await run("audit-log", "--limit", "1")).out).toContain("rejected: 100 units stay; reason: half a file");
    expect((await run("reset", "show", resetId)).out).toContain("; reason: half a file");
    expect(await level()).toBe(100);
  });

  it("decides about all that a reset holds, and says so before", async () => {
    const resetId = await hold();
    const asked = await run("reset", "approve", resetId, "--all");
    expect([asked.code, asked.out]).toEqual([
      1,
      expect.stringContaining(`correct 1 product at ${facilityId}. Its one product is listed: 100 → 10 units.`),
    ]);
    expect(await level()).toBe(100);
    const done = await run("reset", "approve", resetId, "--all", "--yes");
    expect([done.code, done.out]).toEqual([0, expect.stringContaining("1 store is applied.")]);
    expect(await level()).toBe(10);
    const again = await run("reset", "reject", resetId, "--all", "--yes", "--json");
    expect([again.code, JSON.parse(again.out)]).toMatchObject([0, { decided: [], left: [] }]);
    expect((await run("reset", "approve", resetId, facilityId, "--all")).code).toBe(64);
  });

  it("reverts one facility or all of a reset, and says why not where it cannot", async () => {
    const resetId = await hold();
    expect(await run("reset", "revert", resetId, facilityId, "--yes")).toMatchObject({
      code: 1,
      error: expect.stringContaining("is held in this reset"),
    });
    await run("reset", "approve", resetId, facilityId, "--yes");
    const asked = await run("reset", "revert", resetId);
    expect([asked.code, asked.out]).toEqual([
      1,
      expect.stringContaining(`take back 1 correction at ${facilityId}, 10 → 100 units`),
    ]);
    expect(await level()).toBe(10);
    const done = await run("reset", "revert", resetId, "--yes", "--json");
    expect([done.code, JSON.parse(done.out)]).toEqual([
      0,
      { resetId, facilities: [{ facilityId, levels: 1, corrected: 1, units: 90 }] },
    ]);
    expect(await level()).toBe(100);
  });

  it("knows no other resets and facilities, and asks for both names", async () => {
    const resetId = await hold();
    for (const words of [
      ["nonsense", facilityId],
      [crypto.randomUUID(), facilityId],
      [resetId, "NOWHERE"],
    ]) {
      for (const act of ["approve", "reject", "revert"])
        expect((await run("reset", act, ...words, "--yes")).code).toBe(1);
    }
    expect((await run("reset", "approve", resetId)).code).toBe(64);
    expect((await run("reset", "revert")).code).toBe(64);
  });

  it("is on record: who did what to which reset, and what came of it", async () => {
    const resetId = await hold();
    await run("reset", "reject", resetId, facilityId, "--yes");
    const { out, code } = await run("audit-log", "--limit", "1");
    expect(code).toBe(0);
    expect(out).toMatch(
      new RegExp(
        `at the command line +operator +reject a held facility +reset ${resetId}, facility ${facilityId} +rejected`,
      ),
    );
    expect(out).toMatch(/Older ones: --before \d+/);
    expect(JSON.parse((await run("audit-log", "--json", "--limit", "2")).out).actions).toHaveLength(2);
    expect((await run("audit-log", "--before", "x")).code).toBe(64);
  });
});
