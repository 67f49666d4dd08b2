// Deciding over HTTP: approve, reject, revert, preview, and what is said when there is nothing to decide.

import { readdir, readFile, rm } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { finishReset, reconcileFacility } from "@inventory-sync/db";
import { createLog } from "@inventory-sync/runtime";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { event, onHand, reconcileOptions, send, snapshot, stage } from "../../../packages/db/test/ledger-driver.ts";
import { eventually } from "../../../tests/support/index.ts";
import { ops } from "../../ops/test/support.ts";
import { overviewPlots } from "../src/pages/overview/figures.ts";
import { standing } from "../src/pages/overview/sentence.ts";
import { overviewView } from "../src/pages/overview/view.ts";
import { startTestBoard, type TestBoard, token } from "./support.ts";

const daily = (time: string) => ({ times: [time], timeZone: "UTC" });
const inbox = () => ({ url: "sftp://nobody@127.0.0.1/", hostKeySha256: [] });
const source = { name: "default", inbox, schedule: daily("04:00"), deadlines: daily("06:00") };
const overviewParts = {
  ...{ timeZone: "UTC", log: createLog({ name: "test", settings: { level: "silent", format: "json" } }) },
  sources: { all: () => [source], find: () => source, fault: () => undefined },
};
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
      outcome: "applied: 1 product corrected, 97 → 7 units",
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
    const left = [{ facilityId: "nowhere", detail: "Store nowhere has no part in this reset." }];
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

  it("says the same in every place after each decision: how many stores ended how, and what was corrected", async () => {
    const { database } = board;
    const facilityIds = ["A", "B", "C", "D"].map((each) => `${facilityId}${each}`);
    await snapshot(database, { at: "08:00", counts: { X: 100, Y: 50 }, facilityIds });
    // Of today there is nothing else.
    await database.pool.query("update reset set created_at = created_at - interval '9 days'");
    const { resetId, facilities: numbers } = await stage(database, { at: "12:00", counts: { X: 10 }, facilityIds });
    const [first = 0, ...others] = numbers;
    await reconcileFacility(database, { resetId, facility: first }, reconcileOptions);
    for (const facility of others) await reconcileFacility(database, { resetId, facility }, guarded);
    await finishReset(database, resetId);
    const at = (index: number, act: string) =>
      board.json(`/api/resets/${resetId}/facilities/${encodeURIComponent(facilityIds[index] ?? "")}/${act}`, {});

    await sameEverywhere(resetId, "1 applied, 3 held", 1);
    const page = (await (await board.call(`/resets/${resetId}`)).text()).replace(/<[^>]+>/g, "");
    expect(page).toContain("1 of 2 products is listed: 100 → 10 units. The other one keeps its 50 units.");
    expect(page).toContain(": correct 1 product, 100 → 10 units; 1 other keeps 50");
    expect(page).toContain(": change nothing, 150 units stay");
    expect(page).toContain(
      "Approving will correct 3 products at 3 stores. 3 of 6 products are listed: 300 → 30 units.",
    );
    expect(page).toContain("The other 3 keep their 150 units.");
    await at(1, "approve");
    await at(3, "approve");
    await sameEverywhere(resetId, "3 applied, 1 held", 3);
    await at(2, "reject");
    await sameEverywhere(resetId, "3 applied, 1 rejected", 3);
    await at(3, "revert");
    await sameEverywhere(resetId, "2 applied, 1 rejected, 1 reverted", 2);
    const overview = (await (await board.call("/")).text()).replace(/<[^>]+>/g, " ").replace(/\s+/g, " ");
    expect(overview).toMatch(/The last seven mornings.* none .*(applied|late) \d\d:\d\d Next run: .*04:00/);
  });

  /** Looks at the overview's sentence and plot, the list of resets, the reset's page, the API, and both commands of ops. */
  async function sameEverywhere(resetId: string, stores: string, corrected: number): Promise<void> {
    const view = await overviewView({ ...overviewParts, database: board.database, queues: board.queues });
    const [plotted] = /\d+ products? corrected by/.exec(overviewPlots(view, "UTC").html) ?? [];
    const page = async (path: string, from: string, to: string) => {
      const text = await (await board.call(path)).text();
      const begin = text.indexOf(from);
      return text
        .slice(begin, text.indexOf(to, begin))
        .replace(/<[^>]+>/g, " ")
        .replace(/\s+/g, " ");
    };
    const run = async (...words: string[]) => (await ops({ DATABASE_URL: board.databaseUrl }, ...words)).out;
    const { items } = (await board.json("/api/resets?limit=1")).body;
    const { body } = await board.json(`/api/resets/${resetId}`);
    const counts = Object.fromEntries(stores.split(", ").map((each) => each.split(" ").reverse()));
    const inApi = {
      corrected,
      facilityCounts: Object.fromEntries(Object.entries(counts).map(([k, n]) => [k, Number(n)])),
    };
    expect({
      overview: standing(view, "UTC", new Date()).text,
      plotted,
      list: await page("/resets", `id="reset-${resetId}"`, "</tr>"),
      page: await page(`/resets/${resetId}`, "<h1>", "</main>"),
      opsList: await run("resets", "list", "--limit", "1"),
      opsShow: await run("reset", "show", resetId),
      listed: items[0],
      shown: body,
    }).toEqual({
      overview: expect.stringContaining(stores),
      plotted: expect.stringMatching(new RegExp(`^${corrected} `)),
      list: expect.stringMatching(new RegExp(`${stores} 1?\\d 0 ${corrected} `)),
      page: expect.stringMatching(new RegExp(`${stores}\\..*Products corrected ${corrected} .*All ${corrected} `)),
      opsList: expect.stringMatching(new RegExp(`${stores} +\\d+ +0 +${corrected} `)),
      opsShow: expect.stringMatching(new RegExp(`stores +${stores}\ncorrected +${corrected} product`)),
      listed: expect.objectContaining(inApi),
      shown: expect.objectContaining(inApi),
    });
  }

  it("keeps the reason that was noted with a decision, there and in the audit log", async () => {
    const { resetId } = await hold();
    const long = await board.json(path(resetId, "approve"), { reason: "x".repeat(501) });
    expect([long.status, long.body.detail]).toEqual([422, expect.stringContaining("must have at most 500 characters")]);
    const approved = await board.json(path(resetId, "approve"), { reason: " stock-take <b>on Monday</b> " });
    expect(approved.body).toMatchObject({ state: "applied", decidedBecause: "stock-take <b>on Monday</b>" });
    expect(await audited()).toMatchObject({
      outcome: "applied: 1 product corrected, 100 → 10 units; reason: stock-take <b>on Monday</b>",
    });
    const page = await (await board.call(`/resets/${resetId}?facility=${encodeURIComponent(facilityId)}`)).text();
    expect(page).toContain("“stock-take &#60;b&#62;on Monday&#60;/b&#62;”");
    await board.json(`/api/resets/${resetId}/revert`, { reason: "" });
    expect(await part(resetId)).toMatchObject({ state: "reverted", decidedBecause: null });
    const other = await hold();
    await board.json(`/api/resets/${other.resetId}/reject`, { reason: "half a file" });
    expect(await part(other.resetId)).toMatchObject({ state: "rejected", decidedBecause: "half a file" });
    expect(await audited()).toMatchObject({ outcome: "rejected 1, left 0; reason: half a file" });
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
      outcome: "reverted at 1 store, 1 level changed",
    });
    const page = await (await board.call(`/resets/${resetId}/revert`)).text();
    expect(/<h1>(.*?)<\/h1>/.exec(page)?.[1]).toMatch(/^The reset of \S+ is reverted$/);
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
    expect(held).toContain("nothing is changed until an operator approves");
    const staged = await stage(board.database, { at: "13:00", counts: { X: 99 }, facilityId });
    await board.database.prisma.reset.update({ where: { id: staged.resetId }, data: { preview: true } });
    await reconcileFacility(board.database, staged, guarded);
    const previewed = await (await board.call(`/api/resets/${staged.resetId}/variances.csv`)).text();
    expect(previewed).toMatch(/,100,99,0,0,99,-1,-1,"counted 99, .*\(a preview: nothing was changed\)",preview,\r\n$/);
    const answer = await board.json(path(staged.resetId, "approve"), {});
    expect([answer.status, answer.body.detail]).toEqual([409, expect.stringContaining("this was a preview")]);
  });

  it("puts a file into incoming/ whole, and never over one that waits, as a sidecar, or half of it", async () => {
    const put = async (name: string, body: string | ReadableStream, headers: Record<string, string> = {}) => {
      const cookie = await board.signIn("olga");
      const sent = { cookie, origin: board.url, "content-type": "application/octet-stream", ...headers };
      const address = `${board.url}/api/incoming/${encodeURIComponent(name)}`;
      return fetch(address, { method: "POST", body, headers: sent, duplex: "half" } as RequestInit);
    };
    const incoming = join(board.sftp.root, "incoming");
    const file = "facilityId,sku,quantity\nS001,A,5\n";
    expect(await (await put("desk.csv", file)).json()).toEqual({ file: "desk.csv", bytes: file.length });
    expect(await readFile(join(incoming, "desk.csv"), "utf8")).toBe(file);
    expect((await put("desk.csv", "other")).status).toBe(409);
    expect((await put("desk.csv.sha256", "0")).status).toBe(409);
    expect((await put("../desk.csv", file)).status).toBe(400);
    expect((await put("form.csv", file, { "content-type": "text/plain" })).status).toBe(415);
    expect((await put("site.csv", file, { origin: "https://elsewhere.example" })).status).toBe(403);
    let pulls = 0;
    const half = new ReadableStream({
      pull(controller) {
        pulls += 1;
        if (pulls === 1) controller.enqueue(new TextEncoder().encode("facilityId,sku"));
        else controller.error(new Error("the line is cut"));
      },
    });
    await expect(put("half.csv", half)).rejects.toThrow();
    await eventually(async () => (await readdir(incoming)).join() === "desk.csv");
    // One sender goes away before the SFTP server has been reached.
    const cookie = await board.signIn("olga");
    const { host, port } = new URL(board.url);
    const head = [
      "POST /api/incoming/gone.csv HTTP/1.1",
      ...[`Host: ${host}`, `Cookie: ${cookie}`, "Content-Type: application/octet-stream"],
      ...["Content-Length: 1000000", "", "facilityId"],
    ];
    const socket = connect(Number(port), "127.0.0.1", () => socket.write(head.join("\r\n")));
    const noted = () => board.database.prisma.operatorAction.findMany({ where: { target: "file gone.csv" } });
    await eventually(async () => (await noted()).length === 1);
    socket.destroy();
    await eventually(async () => (await noted()).some(({ outcome }) => outcome !== null));
    expect((await readdir(incoming)).join()).toBe("desk.csv");
    await rm(join(incoming, "desk.csv"));
  });

  it("shows of a preview first what would be held, sums up without it, and offers to run only what would come to something", async () => {
    const { database } = board;
    const facilityIds = ["A", "B"].map((each) => `${facilityId}${each}`);
    await snapshot(database, { at: "08:00", counts: { X: 100 }, facilityIds });
    const { resetId, facilities: numbers } = await stage(database, { at: "12:00", counts: { X: 90 }, facilityIds });
    const { rows } = await database.pool.query("update reset set preview = true where id = $1 returning file", [
      resetId,
    ]);
    const [fine = 0, held = 0] = numbers;
    await reconcileFacility(database, { resetId, facility: fine }, guarded);
    const strict = { ...guarded, guards: { ...guarded.guards, unitsPct: 5 } };
    await reconcileFacility(database, { resetId, facility: held }, strict);
    await finishReset(database, resetId);
    const shown = async () => (await (await board.call(`/resets/${resetId}`)).text()).replace(/<[^>]+>/g, "");
    const page = await shown();
    expect(page).toContain("1 would be held, 1 would be applied. 1 product would be corrected, 100 → 90 units.");
    expect(page).toContain("Its one product is listed: 100 → 90 units.");
    expect(page).toMatch(/A reset would leave these to you.*B would be held.*stock would fall by 10 %.*Stores/s);
    expect(page).toMatch(/1 product will be corrected at 1 store, 100 → 90 units.*1 will wait for you: [^.]*B\./s);
    expect(page.indexOf("would be held", page.indexOf("Locked"))).toBeLessThan(page.lastIndexOf("would be applied"));
    const { body } = await board.json(`/api/resets/${resetId}`);
    expect(body).toMatchObject({ file: rows[0]?.file, corrected: 1, unitsBefore: 100, unitsAfter: 90 });
    await database.pool.query("update facility_reset set state = 'failed', held_because = null where reset_id = $1", [
      resetId,
    ]);
    const failed = await shown();
    expect(failed).toContain("2 stores failed. A reset would change nothing.");
    expect(failed).not.toContain("Run it now");
    expect(await (await board.call("/")).text()).not.toContain(resetId);
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
    const asked = { preview: true, requestedBy: "operator board token" };
    expect((await board.json(`/api/resets/${ids[0]}`)).body).toMatchObject(asked);
    expect((await board.json(`/api/resets/${ids[1]}`)).body).toMatchObject({ preview: false });
    expect((await board.queues.counts()).resets.waiting).toBe(2);
    await rm(join(board.sftp.root, "incoming", "stock.csv"));
  });
});
