// A server that is told to stop waits for its connections: a process that keeps using it lets go of them, and finds it again.
import { isOutage, openDatabase } from "@inventory-sync/db";
import { startPostgres } from "@inventory-sync/local";
import { expect, it, onTestFinished } from "vitest";
import { eventually, freshFolder } from "../../../tests/support/index.ts";

const stoppedMsMax = 30_000;

it("PostgreSQL stops though a process asks it all the time, and the outage is told once, and that it is over", async () => {
  const options = { dataDir: await freshFolder("stopping"), settings: { fsync: "off" } };
  const server = await startPostgres(options);
  const told: string[] = [];
  // Also told is, once, how many connections there may be.
  const tell = (_: object, message: string) => void (message.includes("reach") && told.push(message));
  const log = { warn: tell, info: tell };
  const database = openDatabase({ url: server.url, name: "test", poolMax: 3, log });
  const errors: unknown[] = [];
  const busy = [1, 2].map(() =>
    setInterval(() => {
      database
        .transaction((client) => client.query("select pg_sleep(0.01)"))
        .catch((error: unknown) => errors.push(error));
    }, 50),
  );
  onTestFinished(async () => {
    for (const each of busy) clearInterval(each);
    await database.close();
  });
  await eventually(async () => database.pool.totalCount > 0);
  process.kill(server.pid, "SIGTERM");
  const stopped = await Promise.race([
    server.exited.then(() => "stopped"),
    new Promise((resolve) => setTimeout(resolve, stoppedMsMax, "runs on")),
  ]);
  expect(stopped).toBe("stopped");
  await eventually(async () => told.length > 0);
  expect(errors.filter((error) => !isOutage(error))).toEqual([]);
  const again = await startPostgres({ ...options, port: server.port });
  onTestFinished(() => again.stop());
  await eventually(async () => told.length > 1);
  await expect(database.transaction((client) => client.query("select 1 as one"))).resolves.toMatchObject({
    rows: [{ one: 1 }],
  });
  expect(told).toEqual([
    "the database cannot be reached; trying again until it can",
    "the database is reachable again",
  ]);
});
