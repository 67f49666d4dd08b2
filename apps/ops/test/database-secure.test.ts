// `ops database secure`: from one role for all to a role for each process.
import { prepareDatabase } from "@inventory-sync/db";
import pg from "pg";
import { expect, it, onTestFinished } from "vitest";
import { emptyDatabase, freshDatabase } from "../../../tests/support/index.ts";
import { ops } from "./support.ts";

it("moves a database over, says which address goes where, and finds nothing to do the second time", async () => {
  // The roles belong to the whole server; the first database of a run makes them.
  await (await freshDatabase()).drop();
  const database = await emptyDatabase();
  onTestFinished(() => database.drop());
  const env = { DATABASE_ADMIN_URL: database.url };
  const before = await ops({ ...env, DATABASE_URL: database.url }, "database", "secure", "--check");
  expect([before.code, before.out]).toEqual([
    1,
    expect.stringContaining("the ledger does not belong to inventory_owner"),
  ]);

  const first = await ops(env, "database", "secure", "--json");
  expect(first.code).toBe(0);
  const { applied, roles } = JSON.parse(first.out) as { applied: string[]; roles: { use: string; address: string }[] };
  expect(applied.length).toBeGreaterThan(10);
  expect(roles.map(({ use }) => use)).toContain("worker: DATABASE_URL");
  expect(first.out).not.toContain(new URL(database.url).password);
  expect(await prepareDatabase(database.urlFor("worker"))).toBeUndefined();

  const again = await ops(env, "database", "secure");
  expect([again.code, again.out]).toEqual([0, expect.stringContaining("0 roles made, 0 things given to their owner")]);
  expect((await ops({ DATABASE_URL: database.urlFor("ops") }, "database", "secure", "--check")).code).toBe(0);
});

it("asks for the address of somebody who may make roles", async () => {
  const ran = await ops({ DATABASE_URL: "postgres://nobody@127.0.0.1:1/x" }, "database", "secure");
  expect([ran.code, ran.error]).toEqual([78, expect.stringContaining("DATABASE_ADMIN_URL is not set")]);
});

it("shows who holds the server's connections, and how many are left", async () => {
  const database = await freshDatabase();
  onTestFinished(() => database.drop());
  const clients = [1, 2, 3].map(
    () => new pg.Client({ connectionString: database.urlFor("worker"), application_name: "three-of-a-kind" }),
  );
  onTestFinished(async () => void (await Promise.all(clients.map((client) => client.end()))));
  await Promise.all(clients.map((client) => client.connect()));
  const shown = await ops({ DATABASE_URL: database.urlFor("ops") }, "database", "connections", "--json");
  const { limit, max, reserved, used, left, held } = JSON.parse(shown.out) as {
    [name: string]: unknown;
    max: number;
    reserved: number;
    used: number;
    held: { name: string; connections: number }[];
  };
  expect([limit, left]).toEqual(["max_connections", max - reserved - used]);
  expect(held).toContainEqual(expect.objectContaining({ name: "three-of-a-kind", connections: 3 }));
  expect(shown.code).toBe((left as number) < max / 10 ? 1 : 0);
});
