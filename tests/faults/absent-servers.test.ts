// Servers that are not there when an app starts: it waits, says so once, goes on by itself when they come, and still stops
// at once when it is asked to.
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "@inventory-sync/local";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { eventually, freshDatabase, freshFolder } from "../support/index.ts";
import { type App, startFile } from "./world/app.ts";
import { startLink } from "./world/link.ts";

const stopMsMax = 5_000;
const startMsMax = 60_000;
let usual: Record<string, string>;

beforeAll(async () => {
  const folder = await freshFolder("absent");
  const keys = [createHash("sha256").update("key").digest("hex")];
  const clients = join(folder, "clients.json");
  await writeFile(clients, JSON.stringify({ clients: [{ name: "pos", keys, facilities: "*", types: "*" }] }));
  usual = {
    ...{
      DATA_DIR: folder,
      INGEST_CLIENTS_FILE: clients,
      INGEST_PORT: "0",
      BOARD_PORT: "0",
      BOARD_TOKEN: "t".repeat(32),
    },
    ...{ SFTP_URL: "sftp://pos:none@127.0.0.1:1/", SFTP_HOST_KEY_SHA256: `SHA256:${"A".repeat(43)}` },
  };
});

function start(app: string, env: Readonly<Record<string, string>>): App {
  const started = startFile(`apps/${app}/dist/main.js`, { ...usual, ...env });
  onTestFinished(() => started.signal("SIGKILL"));
  return started;
}

const timesSaid = (app: App, text: RegExp): number =>
  app
    .output()
    .split("\n")
    .filter((line) => text.test(line)).length;

/** Asks it to stop; gives its exit code and how long that took. */
async function stopped(app: App): Promise<{ exit: number | NodeJS.Signals; ms: number }> {
  const askedAt = Date.now();
  app.signal("SIGTERM");
  return { exit: await app.exited, ms: Date.now() - askedAt };
}

test("a worker without its database waits, lives and is not ready, says so once, and begins when the database comes", async () => {
  const database = await freshDatabase();
  onTestFinished(() => database.drop());
  const link = await startLink(Number(new URL(database.url).port));
  onTestFinished(() => link.close());
  const url = new URL(database.url);
  url.port = String(link.port);
  link.refuse();
  const port = await freePort();
  const worker = start("worker", { DATABASE_URL: url.href, QUEUE_URL: database.url, WORKER_PORT: String(port) });
  const ask = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    return [answer.status, await answer.text()];
  };
  const waiting = /the database cannot be reached; waiting/;
  await eventually(() => link.refused() >= 3, { withinMs: startMsMax });
  expect(worker.isRunning()).toBe(true);
  expect(worker.isReady()).toBe(false);
  expect(timesSaid(worker, waiting)).toBe(1);
  expect(await ask("/healthz")).toEqual([200, expect.any(String)]);
  expect(await ask("/readyz")).toEqual([503, expect.stringContaining("the worker waits for its database")]);
  link.heal();
  await eventually(() => worker.isReady(), { withinMs: startMsMax });
  expect(await ask("/readyz")).toEqual([200, expect.any(String)]);
  expect(timesSaid(worker, waiting)).toBe(1);
  expect((await stopped(worker)).exit).toBe(0);
});

test("what waits stops at once when it is asked to, and ingest and board are up without any server", async () => {
  const database = await freshDatabase();
  onTestFinished(() => database.drop());
  const nowhere = `127.0.0.1:${await freePort()}`;
  const noDatabase = { DATABASE_URL: `postgres://inventory:none@${nowhere}/inventory` };
  const noQueue = { QUEUE_URL: `redis://${nowhere}` };
  const withoutDatabase = start("worker", { ...noDatabase, QUEUE_URL: database.url });
  const withoutQueue = start("worker", { DATABASE_URL: database.url, ...noQueue });
  const outside = ["ingest", "board"].map((app) => start(app, { ...noDatabase, ...noQueue }));
  const limits = { withinMs: startMsMax };
  await eventually(() => timesSaid(withoutDatabase, /the database cannot be reached; waiting/) === 1, limits);
  await eventually(() => timesSaid(withoutQueue, /the queue server cannot be reached/) === 1, limits);
  await eventually(() => outside.every((app) => app.isReady()), limits);
  const ends = await Promise.all([withoutDatabase, withoutQueue, ...outside].map(stopped));
  expect(ends.map(({ exit }) => exit)).toEqual([0, 0, 0, 0]);
  expect(Math.max(...ends.map(({ ms }) => ms))).toBeLessThan(stopMsMax);
});
