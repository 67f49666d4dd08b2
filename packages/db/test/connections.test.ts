// How many connections a process may make, against how many there is room for.
import { lookAtConnections, openDatabase } from "@inventory-sync/db";
import pg from "pg";
import { expect, it, onTestFinished } from "vitest";
import { eventually, freshDatabase } from "../../../tests/support/index.ts";

const said: { fields: Record<string, unknown>; message: string; level: string }[] = [];
const log = {
  info: (fields: object, message: string) => void said.push({ fields: { ...fields }, message, level: "info" }),
  warn: (fields: object, message: string) => void said.push({ fields: { ...fields }, message, level: "warn" }),
};

it("are told with what they take and what sets the limit, as a warning where a process does not fit", async () => {
  const fresh = await freshDatabase();
  const admin = new pg.Client({ connectionString: fresh.url });
  await admin.connect();
  onTestFinished(async () => {
    await admin.end();
    await fresh.drop();
  });
  const open = async (poolMax: number) => {
    said.length = 0;
    const database = openDatabase({ url: fresh.urlFor("worker"), name: "test", poolMax, besides: 3, log });
    try {
      return await eventually(async () => said.find(({ message }) => message.includes("connections")));
    } finally {
      await database.close();
    }
  };
  expect(await open(16)).toMatchObject({
    ...{ level: "info", message: "this process makes up to 20 connections to this database" },
    fields: { most: 20, limit: "max_connections", max: 400, reserved: 3 },
  });
  const name = new URL(fresh.url).pathname.slice(1);
  await admin.query(`alter database ${name} connection limit 12`);
  expect(await open(7)).toMatchObject({ level: "info", fields: { most: 11, max: 12, used: 2 } });
  expect(await open(16)).toMatchObject({
    level: "warn",
    message:
      "this process may make 20 connections to this database, and there is room for 11: of the connection limit of the database " +
      `${name} (12) 1 are taken by others. What finds none waits, and is put back. Set DATABASE_POOL_MAX lower, or run fewer ` +
      "processes, raise that limit, or put a pooler before the server (docs/pooler.md)",
  });
  const seen = await lookAtConnections(fresh.urlFor("ops"));
  expect(seen.room).toMatchObject({ max: 12 });
  expect(seen.held).toContainEqual(expect.objectContaining({ database: name, role: "inventory_ops", connections: 1 }));
});
