// The clock of a store's tills, on the board: what is seen of it, what a correction would do, and doing it.
import { recordClocks } from "@inventory-sync/db";
import { afterAll, beforeAll, expect, it } from "vitest";
import { event, onHand, snapshot } from "../../../packages/db/test/ledger-driver.ts";
import { apply } from "../../../packages/db/test/support.ts";
import { startTestBoard, type TestBoard } from "./support.ts";

const minutes = (count: number) => new Date(Date.now() + count * 60_000).toISOString();
const api = "/api/facilities/S014";

let board: TestBoard;
let cookies: Readonly<Record<string, string>>;

beforeAll(async () => {
  board = await startTestBoard();
  cookies = { vera: await board.signIn("vera"), olga: await board.signIn("olga") };
  const { database } = board;
  await snapshot(database, { at: minutes(-300), counts: { TEE: 100, CAP: 5 }, facilityId: "S014" });
  for (const n of [1, 2, 3])
    await apply(database, event(`e${n}`, "sale", { at: minutes(-360 - n), lines: { TEE: n }, facilityId: "S014" }));
  const late = { lateEvents: 10, zoneEvents: 10, zoneHalfHours: 12 };
  const slot = { facilityId: "S014", slot: new Date(minutes(-5)), events: 10, absorbed: 9 };
  await recordClocks(database, [{ ...slot, ...late, lagMinMs: 21_600_500, lagMaxMs: 21_604_000 }]);
});
afterAll(() => board.stop());

async function show(path: string, name = "olga") {
  const headers = { cookie: cookies[name] ?? "", accept: "text/html" };
  const page = await (await fetch(`${board.url}${path}`, { headers })).text();
  return { page, text: page.replace(/<[^>]+>/g, "").replace(/\s+/g, " ") };
}

it("the store's page shows how late its sales come and how many were absorbed", async () => {
  const { page, text } = await show("/facilities/S014");
  expect(text).toContain("6 h late");
  expect(text).toContain("9 of 10 absorbed");
  expect(page).toContain('href="/facilities/S014/clock"');
  const clock = await show("/facilities/S014/clock");
  expect(clock.text).toContain(
    "the last 10 sales of S014 arrived 6 h after they say they happened, 9 of 10 were absorbed",
  );
  expect(clock.page).toMatch(/name="minutes"[^>]* value="360"/);
  expect((await show("/facilities/S014/clock", "vera")).page).not.toContain('name="minutes"');
});

it("what a correction would do is said before it is done, and changes nothing", async () => {
  const from = minutes(-240);
  const { page, text } = await show(`/facilities/S014/clock?minutes=360&from=${from}`);
  expect(text).toContain(
    "times are corrected by +6 h; 3 movements that were absorbed would count: 6 units fewer on hand, 1 product",
  );
  expect(page).toContain('id="set-offset"');
  expect((await board.json(`${api}/time-offset`, { minutes: 360, from, preview: true })).body).toMatchObject({
    ...{ facilityId: "S014", minutes: 360, preview: true, movements: 3, units: -6, productCount: 1 },
    products: [{ idType: "SKU", idValue: "TEE", movements: 3, quantity: -6 }],
  });
  expect(await onHand(board.database, "TEE", "S014")).toBe(100);
  expect(((await board.json(`${api}/clock`)).body as unknown as { timeOffsets: unknown[] }).timeOffsets).toEqual([]);
});

it("it is done once, noted with who did it, and the clock is right then", async () => {
  const asked = { minutes: 360, from: minutes(-240) };
  expect((await board.json(`${api}/time-offset`, asked)).body).toMatchObject({
    preview: false,
    movements: 3,
    units: -6,
  });
  expect((await board.json(`${api}/time-offset`, asked)).body).toMatchObject({ movements: 0 });
  expect(await onHand(board.database, "TEE", "S014")).toBe(94);
  expect((await board.json(`${api}/clock`)).body).toMatchObject({
    fault: null,
    newest: { events: 10, absorbed: 9, lagMinSeconds: 21_601 },
    timeOffsets: [{ minutes: 360, setBy: "board token" }],
  });
  expect((await show("/audit")).text).toMatch(
    /set a time offset.*facility S014.*3 movements that were absorbed count now/,
  );
});

it.each([
  [{ minutes: 20_000, from: minutes(0) }, 422, /10080 minutes/],
  [{ minutes: 1.5, from: minutes(0) }, 422, /minutes/],
  [{ minutes: 60, from: "yesterday" }, 422, /with a zone/],
  [{ minutes: 60, from: minutes(-60 * 24 * 40) }, 409, /31 days at most/],
  [{ minutes: 60, from: minutes(60 * 24 * 2) }, 409, /1 day ahead/],
])("%j is refused in words", async (asked, status, words) => {
  const answer = await board.json(`${api}/time-offset`, asked);
  expect(answer.status).toBe(status);
  expect(JSON.stringify(answer.body)).toMatch(words);
});

it("a store that nobody knows has no clock", async () => {
  expect((await board.json("/api/facilities/NONE/clock")).status).toBe(404);
  expect((await board.json("/api/facilities/NONE/time-offset", { minutes: 0, from: minutes(0) })).status).toBe(404);
});

it("the reset's page says what occurred so close to the count that it may be in it or not, also what came after the reset", async () => {
  const { id } = await board.database.prisma.reset.findFirstOrThrow();
  expect((await show(`/resets/${id}`)).page).not.toContain('id="borderline"');
  await apply(
    board.database,
    event("near", "sale", { at: minutes(-299.5 - 360), lines: { CAP: 1 }, facilityId: "S014" }),
  );
  expect((await show(`/resets/${id}`)).text).toContain(
    "1 movement within 60 seconds of its time, 1 of them came after the reset. Each counts by its own time",
  );
});

it("an event's page says what its till said, and what counts in its place", async () => {
  expect((await show("/facilities/S014/events/near")).text).toMatch(
    /its till said .*; the times of the store are corrected/,
  );
  const booked = (await board.json(`${api}/events/clock-e1`)).body as unknown as { movements: { saidAt: string }[] };
  const first = (await board.json(`${api}/events/e1`)).body as unknown as { movements: { occurredAt: string }[] };
  expect(booked.movements).toMatchObject([{ effect: -1, saidAt: first.movements[0]?.occurredAt }]);
  expect(first.movements).toMatchObject([{ effect: 0, absorbed: true, saidAt: null }]);
});
