// ops names merge, merges, undo: with the rights of the command line, and the words that it says.
import { openDatabase } from "@inventory-sync/db";
import { afterAll, beforeAll, expect, it } from "vitest";
import { event, send, snapshot } from "../../../packages/db/test/ledger-driver.ts";
import { type FreshDatabase, freshDatabase } from "../../../tests/support/index.ts";
import { ops } from "./support.ts";

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await freshDatabase();
  const database = openDatabase({ url: fresh.url, name: "test" });
  await send(database, [event("e1", "sale", { at: "15:00", lines: { "007001": 1 }, facilityId: "1" })]);
  await snapshot(database, { at: "09:00", counts: { "7001": 10 }, facilityId: "001" });
  await database.close();
});
afterAll(() => fresh.drop());

const run = (...words: string[]) => ops({ DATABASE_URL: fresh.urlFor("ops") }, ...words);

it("says what it would do, does it, shows where it came from, lists it, and undoes it", async () => {
  const stores = ["names", "merge", "facility", "1", "001"];
  const preview = await run(...stores, "--preview");
  expect(preview).toMatchObject({
    code: 0,
    out: "Store 1 has 1 product with -1 units in all; store 001 has 0 units of it. Together they become -1 units. 1 line of store 1 would stand under store 001. Most changes: SKU 007001 (-1 and 0 become -1). Nothing was changed.\n",
  });
  expect((await run(...stores, "--reason", "one store")).out).toContain("Nothing was done. Add --yes to do it.");
  expect((await run(...stores, "--yes")).error).toContain("must say why they are one");
  const done = await run(...stores, "--reason", "one store", "--yes", "--json");
  const { id } = JSON.parse(done.out) as { id: string };
  const products = ["names", "merge", "product", "007001", "SKU:7001", "--reason", "leading zeros", "--yes"];
  expect((await run(...products)).out).toContain(
    "They are one: 1 level: -1 and 10 units became 9. To undo it: names undo",
  );

  const explained = await run("explain", "1", "007001");
  expect(explained.out).toContain("SKU 007001 at store 001: 9 on hand");
  expect(explained.out).toMatch(/Store 1 was made one with it at .* \(one store\)/);
  expect((await run("facilities")).out).toContain("1 facility.");
  expect((await run("audit")).code).toBe(0);

  expect((await run("names", "undo", id, "--reason", "no", "--yes")).error).toContain("undo those first");
  const { merges } = JSON.parse((await run("names", "merges", "--json")).out) as { merges: { id: string }[] };
  for (const each of merges)
    expect((await run("names", "undo", each.id, "--reason", "two after all", "--yes")).out).toContain(
      "They are two again",
    );
  expect((await run("names", "merges")).out).toMatch(/store 1 +store 001 .* one store .* at the command line/);
  expect((await run("audit")).code).toBe(0);
  expect((await run("audit-log")).out).toMatch(/make two names one +store 1 into store 001: one store/);
  expect((await run("names", "undo", "nothing", "--reason", "no", "--yes")).error).toContain(
    "There is no merge nothing",
  );
  expect((await run("names", "merge", "facility", "1", "1", "--preview")).error).toContain("are one already");
});
