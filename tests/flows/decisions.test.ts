// What operators do about a snapshot, end to end, with guards on and products that a file does not list becoming 0: one that looks like
// half a file is previewed, held, approved, explained and reverted, all of it on record; rejected rows of one are corrected.
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually, type System, startSystem } from "../support/index.ts";
import { ops } from "./operator.ts";
import { eventOf, type Outside, outsideOf, type ResetSeen, snapshotCsv } from "./outside.ts";

let system: System;
let outside: Outside;
beforeAll(async () => {
  system = await startSystem({ backend: "postgres", env: { ABSENT_ROWS: "zero" } });
  outside = await outsideOf(system);
});
afterAll(async () => {
  outside?.end();
  await system?.stop();
});

test("a doubtful count is looked at, decided, undone and explained, and nothing of it goes unnoted", async () => {
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
  expect([approved.status, await approved.json()]).toMatchObject([200, { state: "applied", decidedBy: "board token" }]);
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
    ...["revert a reset", "approve a held facility", "run a reset", "preview a reset"],
    "run a reset",
  ]);
});

const stores = Array.from({ length: 40 }, (_, index) => `R${index + 1}`);
const items = Array.from({ length: 38 }, (_, index) => `K${index + 1}`);
/** Row 2 + store * 38 + item of the file: 20 of each item in each store, but for these. */
const count = (but: Readonly<Record<string, string>> = {}) =>
  ["Store No,Item Code,On Hand Qty", ...stores.flatMap((store) => items.map((item) => `${store},${item},20`)), ""]
    .map((row) => but[row.replace(",20", "")] ?? row)
    .join("\n");
const wrong = {
  ...{ "R1,K1": "R1,K1,12 pcs", "R2,K2": "R2,K2,", "R3,K3": "R3,1.2E+12,14", "R4,K4": "R4,K4,15,x" },
  ...{ "R5,K5": ",K5,16", "R6,K6": "R6,K6,many" },
};
let big: ResetSeen;

test("of 1,520 rows five are corrected: nothing is held, no store is missing, and what was sold since is counted", async () => {
  await outside.runFile("big-20261102T080000Z.csv", count());
  big = await outside.runFile("big-20261102T120000Z.csv", count(wrong));
  expect(big).toMatchObject({ state: "completed", rows: 1_520, rejected: 6 });
  const onHand = ([store, item]: string[]) => outside.onHand(store ?? "", item ?? "");
  // A rejected row leaves its level as it was, though what is not listed becomes 0: also one that does not say of which product it is.
  const rejected = ["R1 K1", "R2 K2", "R3 K3", "R4 K4", "R5 K5", "R6 K6"].map((each) => each.split(" "));
  expect(await Promise.all(rejected.map(onHand))).toEqual([20, 20, 20, 20, 20, 20]);
  const at = "2026-11-02T13:00:00Z";
  await outside.send(eventOf("between", { facilityId: "R1", sku: "K1", quantity: 2, at }));
  await outside.applied("R1", "between");

  const rejects = (await outside.files.read(`error/${big.file}.rejects.csv`)).toString();
  const corrected = rejects
    .replace("12 pcs", "12")
    .replace("R2,K2,,", "R2,K2,13,")
    .replace("1.2E+12", "K3")
    .replace(/^(R4,K4,15,.*),x$/m, "$1")
    .replace(/^,K5/m, "R5,K5")
    .replace(/^R6.*\n/m, "");
  const seen = await outside.runFile(`${big.file}.rejects.csv`, corrected);
  expect(seen).toMatchObject({
    ...{ state: "completed", asOf: "2026-11-02T12:00:00.000Z", asOfFrom: "origin", repairOf: big.id },
    ...{ rows: 5, rejected: 0 },
  });
  expect(seen.facilities.map(({ facilityId, state, rows: own, absent }) => [facilityId, state, own, absent])).toEqual(
    ["R1", "R2", "R3", "R4", "R5"].map((store) => [store, "applied", 1, 0]),
  );
  expect(seen.facilities[0]).toMatchObject({ lateSales: -2, heldBecause: null });
  const asked = ["R1 K1", "R2 K2", "R3 K3", "R4 K4", "R5 K5", "R1 K2"].map((each) => each.split(" "));
  expect(await Promise.all(asked.map(onHand))).toEqual([10, 13, 14, 15, 16, 20]);
});

test("a claim to correct rows of no reset or of a preview is refused in words, and no alarm says that stores are missing", async () => {
  const claim = (resetId: string) => `store,sku,qty,lineOfReset ${resetId}\nR1,K1,5,3\n`;
  const nowhere = await outside.runFile("claim.csv", claim("0b1c2d3e-0000-4000-8000-000000000001"));
  expect(nowhere).toMatchObject({ state: "failed", facilities: [] });
  const reason = (await eventually(() => outside.files.read("rejected/claim.csv.reason.txt"))).toString();
  expect(reason).toMatch(/^BAD_REPAIR: .*There is no reset 0b1c2d3e-0000/);
  await outside.files.upload("peek-20261102T130000Z.csv", count(wrong));
  const begun = (await (await system.board("/api/resets", { preview: true })).json()) as { resetIds: string[] };
  const preview = await outside.ended(begun.resetIds[0] ?? "");
  expect(preview).toMatchObject({ state: "preview", rejected: 6 });
  expect(await outside.runFile("claim-peek.csv", claim(preview.id))).toMatchObject({
    state: "failed",
    facilities: [],
  });
  expect((await outside.files.read("rejected/claim-peek.csv.reason.txt")).toString()).toContain("was a preview");
  expect(await outside.onHand("R1", "K1")).toBe(10);
  const alarms = await eventually(async () => {
    const { items: all } = (await (await system.board("/api/alarms?limit=1000")).json()) as {
      items: { kind: string; message: string; facilityId: string | null }[];
    };
    return all.some(({ kind, message }) => kind === "file-refused" && message.includes("BAD_REPAIR")) ? all : undefined;
  });
  const ofStores = alarms.filter(({ facilityId }) => facilityId !== null && stores.includes(facilityId));
  expect(ofStores.map(({ kind, facilityId }) => `${kind} ${facilityId}`)).toEqual([]);
});

test("a row can be corrected over the API by its line alone; one that is still wrong may be corrected again", async () => {
  const line = 2 + 5 * items.length + 5;
  const repair = (rows: object[]) => system.board(`/api/resets/${big.id}/repair`, { rows });
  const begun = async (values: Record<string, string>) => {
    const answer = await repair([{ line, values }]);
    expect(answer.status).toBe(202);
    return outside.ended(((await answer.json()) as { resetIds: string[] }).resetIds[0] ?? "");
  };
  const stillWrong = await begun({ "On Hand Qty": "a few" });
  expect(stillWrong).toMatchObject({ rows: 1, rejected: 1, repairOf: big.id });
  expect(await (await system.board(`/api/resets/${stillWrong.id}/rejects.csv`)).text()).toContain("(a few)");
  expect(await begun({ "On Hand Qty": "17" })).toMatchObject({ state: "completed", asOf: big.asOf, rejected: 0 });
  expect(await outside.onHand("R6", "K6")).toBe(17);
  const refusals = [
    [await repair([{ line, values: { "On Hand Qty": "18" } }]), "is corrected already"],
    [await repair([{ line: 2, values: {} }]), "Line 2 of big-20261102T120000Z.csv is no rejected row"],
  ] as const;
  for (const [answer, says] of refusals) {
    expect(answer.status).toBe(409);
    expect(await answer.text()).toContain(says);
  }
  const again = await system.board(`/api/resets/${stillWrong.id}/repair`, { rows: [{ line: 2 }] });
  expect(await again.text()).toContain(`Correct its rows as rows of reset ${big.id}`);
});
