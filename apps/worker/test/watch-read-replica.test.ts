// The alarm of a replica that the board cannot read from.
import { openDatabase, openReplica } from "@inventory-sync/db";
import { expect, it, onTestFinished } from "vitest";
import { eventually, freshDatabase } from "../../../tests/support/index.ts";
import { watchReadReplica } from "../src/upkeep/watch-replicas.ts";

it("rings where DATABASE_READ_URL names no replica, goes on ringing since then, and is over when it names none at all", async () => {
  const fresh = await freshDatabase();
  const primary = openDatabase({ url: fresh.url, name: "test", poolMax: 1 });
  const log = { info: () => undefined, warn: () => undefined };
  const replica = openReplica({ primary, url: fresh.url, name: "test", poolMax: 1, ageMsMax: 1_000, log });
  onTestFinished(async () => {
    await replica.close();
    await primary.close();
    await fresh.drop();
  });
  const config = { READ_LAG_MS_MAX: 1_000, RESET_TIME_ZONE: "UTC" };
  const look = (given: typeof replica | undefined, at: string) =>
    watchReadReplica({ replica: given, config } as unknown as Parameters<typeof watchReadReplica>[0], new Date(at));
  expect(await look(replica, "2026-11-23T09:00:00Z")).toEqual({ judged: [], causes: [] });
  await eventually(() => replica.standing().state === "away");
  const { causes } = await look(replica, "2026-11-23T10:00:00Z");
  expect(causes[0]?.message).toMatch(
    /^Since 2026-11-23T10:00:00\+00:00 the replica of DATABASE_READ_URL does not answer, or is none\./,
  );
  expect((await look(replica, "2026-11-23T10:00:10Z")).causes).toEqual(causes);
  expect(await look(undefined, "2026-11-23T10:01:00Z")).toEqual({ judged: ["read-replica"], causes: [] });
});
