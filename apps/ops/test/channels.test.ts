// ops channels: how each stands, what it has set aside, and what an operator does to one, with the rights of the command line.
import { keepChannels, openDatabase } from "@inventory-sync/db";
import { afterAll, beforeAll, expect, it } from "vitest";
import { event, send } from "../../../packages/db/test/ledger-driver.ts";
import { type FreshDatabase, freshDatabase } from "../../../tests/support/index.ts";
import { ops } from "./support.ts";

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await freshDatabase();
  const database = openDatabase({ url: fresh.url, name: "test" });
  const settings = { facilities: "*", products: { idType: "SKU" }, safetyStock: { default: 0 } };
  await keepChannels(database.pool, [
    { name: "shop", kind: "webhook", mode: "live", scope: "a", settings },
    { name: "list", kind: "feed", mode: "live", scope: "b", settings },
  ]);
  await send(database, [event("e1", "sale", { at: "15:00", lines: { TEE: 1 }, facilityId: "S1" })]);
  await database.pool.query(
    `insert into channel_item (channel_id, facility_id, product_id, problem, message, problem_since, attempts)
     select c.id, l.facility_id, l.product_id, 'UNKNOWN_OUTCOME', 'The answer was lost.', clock_timestamp(), 1 from channel c, level l where c.name = 'shop'`,
  );
  await database.close();
});
afterAll(() => fresh.drop());

const run = (...words: string[]) => ops({ DATABASE_URL: fresh.urlFor("ops") }, "channels", ...words);

it("lists channels and what they have set aside, pauses, resumes, resyncs and settles, each in the audit log", async () => {
  const listed = await run("list");
  expect(listed.code).toBe(1);
  expect(listed.out).toMatch(/^shop +webhook +live +0 +0 +1 /m);
  expect(listed.out).toContain("shop: It knows every level. 1 level is set aside.");
  const problems = await run("problems", "shop");
  expect(problems).toMatchObject({ code: 1, out: expect.stringMatching(/UNKNOWN_OUTCOME +S1 +SKU TEE +-1/) });
  expect((await run("again", "shop")).out).toContain("0 levels will be tried again");
  expect((await run("find", "tee")).out).toMatch(/SKU TEE +shop +S1 +-1 +never +.* UNKNOWN_OUTCOME/);
  expect((await run("find", "none")).error).toContain('No product has "none" in one of its ids.');
  expect((await run("settle", "shop", "S1", "SKU", "TEE", "not-applied")).out).toContain("settled as not-applied");
  expect((await run("settle", "shop", "S1", "SKU", "TEE", "applied")).error).toContain("no level of unknown outcome");
  expect((await run("problems", "shop")).code).toBe(0);
  expect((await run("pause", "shop")).out).toContain("shop: paused. Paused.");
  expect((await run("resume", "shop")).out).toContain("shop: resumed.");
  expect((await run("resync", "shop", "--facility", "S1")).out).toContain("resync begun");
  expect((await run("resync", "shop", "--facility", "S1")).out).toContain("a resync is under way already");
  expect((await run("compare", "shop")).error).toContain("cannot be read back");
  expect((await run("map", "shop")).error).toContain("has no map");
  const database = openDatabase({ url: fresh.url, name: "test" });
  await database.pool.query("update channel set abilities = '{items,held}' where name = 'shop'");
  await database.close();
  expect((await run("compare", "shop", "--facility", "S1")).out).toContain("compare begun");
  expect((await run("map", "shop")).out).toMatch(/reading of its map begun.* Its map is being read: 0 things so far/);
  expect((await run("resync", "list")).error).toContain("begins anew without a cursor");
  expect((await run("pause", "nothing")).error).toContain("There is no channel nothing");
  expect((await ops({ DATABASE_URL: fresh.urlFor("ops") }, "audit-log")).out).toMatch(
    /settle a level of a channel +channel shop/,
  );
});

it("refuses what an action on a channel does not take, instead of doing it to all of the channel", async () => {
  for (const words of [
    "pause shop --facility S1",
    "again shop --facility S1",
    "resync shop --code X",
    "resume shop list",
  ])
    expect(await run(...words.split(" "))).toMatchObject({
      code: 64,
      error: expect.stringContaining("Not understood"),
    });
  expect((await run("list")).out).toMatch(/^shop +webhook +live /m);
});
