// A network that forgets connections: what waits on them learns of it, what only takes long is left alone.
import { isOutage, openDatabase } from "@inventory-sync/db";
import { expect, it, onTestFinished } from "vitest";
import { type Link, startLink } from "../../../tests/faults/world/link.ts";
import { freshDatabase } from "../../../tests/support/index.ts";

const noticedMsMax = 25_000;

async function openBehindLink(options: { readonly givesUpSilent?: boolean } = {}) {
  const fresh = await freshDatabase();
  const link = await startLink(Number(new URL(fresh.url).port));
  const url = new URL(fresh.url);
  url.port = String(link.port);
  const database = openDatabase({ url: url.href, name: "test", poolMax: 3, ...options });
  onTestFinished(async () => {
    await link.close();
    await database.close();
    await fresh.drop();
  });
  return { link, database };
}

it("a query and a transaction on connections that were forgotten fail as an outage does, and the next ones pass", async () => {
  const { link, database } = await openBehindLink();
  // Two connections: one in a transaction, one that will lie idle.
  const idle = await database.pool.connect();
  const lost = database.transaction(async (client) => {
    await client.query("select 1");
    idle.release();
    link.forget();
    await client.query("select 2");
  });
  const startedAt = Date.now();
  const error = await lost.catch((thrown: unknown) => thrown);
  expect(isOutage(error)).toBe(true);
  expect(Date.now() - startedAt).toBeLessThan(noticedMsMax);
  const again = Date.now();
  await expect(database.pool.query("select 3 as three")).resolves.toMatchObject({ rows: [{ three: 3 }] });
  expect(Date.now() - again).toBeLessThan(2_000);
});

it("a connection that is forgotten in the pool's first moments, together with the first probe, fails as well", async () => {
  const { link, database } = await openBehindLink();
  // The probe is made once this turn of the loop has ended, after the pool's.
  link.forgetComing(2);
  const client = await database.pool.connect();
  link.forget();
  const startedAt = Date.now();
  const error = await client.query("select 1").catch((thrown: unknown) => thrown);
  client.release(true);
  expect(isOutage(error)).toBe(true);
  expect(Date.now() - startedAt).toBeLessThan(noticedMsMax);
});

it.each([
  ["that is frozen", async () => undefined],
  ["that is frozen before the first probe was answered", async (link: Link) => link.forgetComing(2)],
])(
  "of a server %s nobody waits where people wait for the answer, and once it goes on so does all else",
  async (_, prepare) => {
    const { link, database } = await openBehindLink({ givesUpSilent: true });
    await prepare(link);
    const client = await database.pool.connect();
    link.freeze();
    const startedAt = Date.now();
    const error = await client.query("select 1").catch((thrown: unknown) => thrown);
    client.release(true);
    expect(isOutage(error)).toBe(true);
    expect(Date.now() - startedAt).toBeLessThan(noticedMsMax);
    link.heal();
    await expect(database.pool.query("select 3 as three")).resolves.toMatchObject({ rows: [{ three: 3 }] });
  },
);

it("work on a server that is frozen is answered once that goes on, and the probe is asked no second question meanwhile", async () => {
  const { link, database } = await openBehindLink();
  const warnings: string[] = [];
  const onWarning = ({ message }: Error) => warnings.push(message);
  process.on("warning", onWarning);
  await database.ping();
  link.freeze();
  const work = database.pool.query("select 1 as one");
  // Each is refused for lateness, all together for longer than two questions take.
  for (let round = 0; round < 3; round += 1)
    expect(isOutage(await database.ping().catch((thrown: unknown) => thrown))).toBe(true);
  link.heal();
  await expect(work).resolves.toMatchObject({ rows: [{ one: 1 }] });
  process.off("warning", onWarning);
  expect(warnings).toEqual([]);
});

it("a statement that takes long, and one that waits for a lock, are answered in their time", async () => {
  const { database } = await openBehindLink();
  const holder = await database.pool.connect();
  await holder.query("begin");
  await holder.query("select pg_advisory_xact_lock(1, 1)");
  const waiting = database.pool.query("select pg_advisory_lock(1, 1)");
  await expect(database.pool.query("select pg_sleep(11)")).resolves.toMatchObject({ rowCount: 1 });
  await holder.query("commit");
  holder.release();
  await expect(waiting).resolves.toMatchObject({ rowCount: 1 });
});
