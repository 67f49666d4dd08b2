// A snapshot that looks like half a file, end to end: previewed, held, approved, explained, reverted, and all of it on record.
import { expect, test } from "vitest";
import { eventually, startSystem } from "../support/index.ts";
import { ops } from "./operator.ts";
import { eventOf, outsideOf, snapshotCsv } from "./outside.ts";

test("a doubtful count is looked at, decided, undone and explained, and nothing of it goes unnoted", async () => {
  const system = await startSystem({ backend: "postgres" });
  const outside = await outsideOf(system);
  try {
    const rows = (count: number) => snapshotCsv([["S001", "X", count]]);
    expect((await outside.runFile("a-20261101T080000Z.csv", rows(100))).state).toBe("completed");
    await outside.send(eventOf("e1", { facilityId: "S001", quantity: 3, at: "09:00" }));
    await outside.applied("S001", "e1");

    await outside.files.upload("b-20261101T085000Z.csv", rows(10));
    const begun = await system.board("/api/resets", { file: "b-20261101T085000Z.csv", preview: true });
    expect(begun.status).toBe(202);
    const previewId = ((await begun.json()) as { resetIds: string[] }).resetIds[0] ?? "";
    const preview = await outside.ended(previewId);
    expect(preview).toMatchObject({ state: "preview", preview: true });
    expect(preview.facilities).toMatchObject([
      {
        facilityId: "S001",
        corrected: 1,
        unitsBefore: 97,
        unitsAfter: 7,
        heldBecause: expect.stringMatching(/^would be held/),
      },
    ]);
    expect(await outside.onHand("S001", "X")).toBe(97);
    expect(await outside.files.list("incoming")).toContain("b-20261101T085000Z.csv");

    const held = await outside.ended(await outside.beginReset("b-20261101T085000Z.csv"));
    expect(held).toMatchObject({ state: "completed-with-holds", facilities: [{ state: "held" }] });
    expect(await outside.onHand("S001", "X")).toBe(97);

    const approved = await system.board(`/api/resets/${held.id}/facilities/S001/approve`, {});
    expect([approved.status, await approved.json()]).toMatchObject([
      200,
      { state: "applied", decidedBy: "board token" },
    ]);
    expect(await outside.onHand("S001", "X")).toBe(7);
    expect(await outside.reset(held.id)).toMatchObject({ state: "completed" });

    const explained = await ops(system, "explain", "S001", "X");
    expect([explained.exitCode, explained.output]).toEqual([
      0,
      expect.stringMatching(/10 {2}counted in b-.*approved by board token\n +-3 {2}sold since/),
    ]);

    const reverted = await system.board(`/api/resets/${held.id}/revert`, {});
    expect([reverted.status, await reverted.json()]).toMatchObject([
      200,
      { facilities: [{ facilityId: "S001", units: 90 }] },
    ]);
    expect(await outside.onHand("S001", "X")).toBe(97);
    expect((await ops(system, "audit")).exitCode).toBe(0);

    const log = await eventually(
      async () => (await (await system.board("/api/audit")).json()) as { items: { what: string }[] },
    );
    expect(log.items.map(({ what }) => what)).toEqual([
      ...["revert a reset", "approve a held facility", "run a reset, or preview one", "run a reset, or preview one"],
      "run a reset, or preview one",
    ]);
  } finally {
    outside.end();
    await system.stop();
  }
});
