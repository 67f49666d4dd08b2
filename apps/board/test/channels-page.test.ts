// One channel over HTTP and for people: a compare that an operator begins, how far it is, and what it found.
import {
  channelOnRecord,
  keepAbilities,
  keepChannels,
  moveChannelRun,
  noteCompared,
  runningChannelRun,
} from "@inventory-sync/db";
import { afterAll, beforeAll, expect, it } from "vitest";
import { apply, sale, startTestBoard, type TestBoard } from "./support.ts";

let board: TestBoard;
let channel: number;
beforeAll(async () => {
  board = await startTestBoard();
  const { pool } = board.database;
  const settings = { facilities: "*", products: { idType: "SKU" }, safetyStock: { default: 0 } };
  const made = ["shop", "hook"].map((name) => ({ name, kind: name, mode: "live", scope: "a", settings }));
  await keepChannels(pool, made);
  for (const sku of ["A", "B"]) await apply(board.database, sale(`e${sku}`, "S1", sku, 1));
  channel = (await channelOnRecord(pool, "shop"))?.id ?? 0;
  await keepAbilities(pool, channel, { abilities: ["held", "items"], isCompared: true });
});
afterAll(() => board.stop());

it("is compared when an operator asks, shows how far that is, and then what was found", async () => {
  const { pool } = board.database;
  const seen = async () => (await board.json("/api/channels/shop")).body;
  const page = async () => {
    const cookie = await board.signIn("olga");
    return (await fetch(`${board.url}/channels/shop`, { headers: { cookie, accept: "text/html" } })).text();
  };
  expect((await board.json("/api/channels/hook/compare", {})).body.detail).toContain("cannot be read back");
  expect((await board.json("/api/channels/hook/map", {})).body.detail).toContain("has no map");
  expect((await board.json("/api/channels/shop/compare", {})).status).toBe(202);
  const run = await runningChannelRun(pool, channel);
  const part = { last: { facility: 1, product: 1 }, looked: 1, counts: { equal: 1 } };
  await moveChannelRun(pool, run?.id ?? "", { ...part, isEnd: false });
  expect(await seen()).toMatchObject({ run: { kind: "compare", done: 1, total: 2, counts: { equal: 1 } } });
  expect(await page()).toContain("A compare is under way, 1 of 2 levels: 1 as they are here.");
  await moveChannelRun(pool, run?.id ?? "", { ...part, counts: { theirsChanged: 1 }, isEnd: true });
  await noteCompared(pool, channel, { levels: 2, counts: { equal: 1, theirsChanged: 1 } });
  await pool.query("update channel set compare_total = 4 where id = $1", [channel]);
  const counts = { equal: 1, theirsChanged: 1 };
  expect(await seen()).toMatchObject({
    ...{ run: null, map: { items: 0, readAt: null, error: null } },
    lastCompare: { levels: 2, counts },
    compared: { levels: 2, share: 0.5, equalShare: 0.5, counts },
  });
  const shown = await page();
  expect(shown).toContain("Of its levels 50 % were compared in the last day: 1 as they are here, 1 have a number");
  for (const button of ["Compare", "Read its map anew"]) expect(shown).toContain(`>${button}</button>`);
});
