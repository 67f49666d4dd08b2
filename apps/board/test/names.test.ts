// Names that do not meet, over HTTP, on the page and at the command line: listed with what is so, and said to differ.
import { lookAtNames } from "@inventory-sync/db";
import { afterAll, beforeAll, expect, it } from "vitest";
import { snapshot } from "../../../packages/db/test/ledger-driver.ts";
import { ops } from "../../ops/test/support.ts";
import { apply, startTestBoard, type TestBoard } from "./support.ts";

let board: TestBoard;
let env: Record<string, string>;
const HOUR_MS = 3_600_000;
const hoursAgo = (hours: number) => new Date(Date.now() - hours * HOUR_MS).toISOString();
const sell = (eventId: string, facilityId: string, sku: string) =>
  apply(board.database, {
    ...{ eventId, facilityId, type: "sale", occurredAt: hoursAgo(1) },
    lines: [{ sku, quantity: 2 }],
  });

beforeAll(async () => {
  board = await startTestBoard();
  env = { DATABASE_URL: board.databaseUrl };
  await snapshot(board.database, { at: hoursAgo(9), facilityId: "001", counts: { A1: 10, "<b>7</b>": 4 } });
  await snapshot(board.database, { at: hoursAgo(9), facilityId: "S002", counts: { "7001": 4 } });
  await sell("E1", "1", "A1");
  await sell("E2", "S002", "007001");
  await sell("E3", "<i>OUTLET</i>", "A1");
  await lookAtNames(board.database);
});
afterAll(() => board.stop());

const stores = { kind: "facility", a: { facilityId: "1" }, b: { facilityId: "001" } };

it("lists each pair with what is so, stores before products, and what has no partner", async () => {
  const { status, body } = await board.json("/api/names");
  expect(status).toBe(200);
  expect(body).toMatchObject({
    matching: 2,
    items: [
      {
        ...stores,
        form: "apart",
        unitsOfA: 2,
        unitsOfB: 14,
        differ: null,
        text: expect.stringMatching(/^Store 1 has sold 2 units/),
      },
      { kind: "product", a: { idType: "SKU", idValue: "007001" }, b: { idType: "SKU", idValue: "7001" } },
    ],
    unmatched: { facilities: [{ facilityId: "<i>OUTLET</i>", units: 2 }] },
  });
  expect((await board.json("/api/names?kind=product")).body).toMatchObject({ matching: 1 });
  expect((await board.json("/api/names?kind=shop")).status).toBe(400);
});

it("shows them on a page that carries no markup of anybody's", async () => {
  const answer = await fetch(`${board.url}/names`, { headers: { cookie: await board.signIn("vera") } });
  const page = await answer.text();
  expect([answer.status, page]).toEqual([200, expect.stringContaining("They are equal but for leading zeros")]);
  expect(page).toContain("&#60;i&#62;OUTLET");
  expect(page).not.toContain("<i>OUTLET");
  expect(page).not.toContain('data-post="/api/names/differ"');
});

it("notes that two differ, tells of them no more, and takes it back", async () => {
  const cookie = await board.signIn("olga");
  const said = await fetch(`${board.url}/api/names/differ`, {
    method: "POST",
    headers: { cookie, "content-type": "application/json", origin: board.url },
    body: JSON.stringify({ ...stores, reason: "two shops" }),
  });
  expect([said.status, await said.json()]).toEqual([200, { differ: true, reason: "two shops" }]);
  expect((await board.json("/api/names?kind=facility")).body).toMatchObject({ matching: 0 });
  const listed = (await board.json("/api/names?state=differ")).body;
  expect(listed).toMatchObject({ items: [{ ...stores, differ: { by: "olga", reason: "two shops" } }] });
  const back = await ops(env, "names", "differ", "facility", "001", "1", "--undo");
  expect(back).toMatchObject({
    code: 0,
    out: expect.stringContaining("store 001 and store 1: taken back: they may be one."),
  });
  expect((await board.json("/api/audit?limit=1")).body.items[0]).toMatchObject({
    ...{ what: "say that two names differ", target: "store 001 and store 1", outcome: "taken back: they may be one" },
  });
});

it("refuses what is no pair of the list, in words", async () => {
  const differ = (body: unknown) => board.json("/api/names/differ", body);
  const noPair = await differ({ ...stores, b: { facilityId: "S002" } });
  expect([noPair.status, noPair.body]).toEqual([
    409,
    expect.objectContaining({ detail: expect.stringContaining("are no pair of the list") }),
  ]);
  expect((await differ({ ...stores, b: { facilityId: "S999" } })).status).toBe(404);
  expect((await differ({ ...stores, kind: "product" })).status).toBe(409);
  expect((await differ({ ...stores, b: { idValue: "7" } })).status).toBe(422);
});

it("are listed at the command line, which ends with 1 while there are any", async () => {
  const { code, out } = await ops(env, "names", "list", "--kind", "product");
  expect([code, out]).toEqual([1, expect.stringMatching(/^SKU 007001 has sold 2 units .*\nPairs: 1\./)]);
  expect((await ops(env, "names", "list", "--kind", "shop")).code).toBe(64);
  const said = await ops(env, "names", "differ", "product", "007001", "7001", "--reason", "old and new");
  expect(said).toMatchObject({ code: 0, out: expect.stringContaining("they differ: old and new") });
  expect(await ops(env, "names", "list", "--kind", "product")).toMatchObject({ code: 0 });
});
