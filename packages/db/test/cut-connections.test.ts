// Connections that the server cuts while they are in use: the work fails, the process goes on.
import { openDatabase } from "@inventory-sync/db";
import { expect, it, onTestFinished } from "vitest";
import { eventually, freshDatabase } from "../../../tests/support/index.ts";

it("a connection that is cut while it is checked out, and between two of its queries, ends no process", async () => {
  const fresh = await freshDatabase();
  const database = openDatabase({ url: fresh.url, name: "test", poolMax: 2 });
  onTestFinished(async () => {
    await database.close();
    await fresh.drop();
  });
  const client = await database.pool.connect();
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  // Without a listener this event would be an uncaught exception.
  const cut = new Promise<Error>((resolve) => client.once("error", resolve));
  expect(client.listenerCount("error")).toBeGreaterThan(1);
  await database.pool.query("select pg_terminate_backend($1)", [rows[0]?.pid]);
  expect((await cut).message).toMatch(/terminat/);
  await expect(client.query("select 1")).rejects.toThrow();
  client.release(true);
  await eventually(async () => (await database.pool.query("select 1 as one")).rows[0]?.one === 1);
});
