// The daily run over an inbox of very many files: some at a time, each once, until none is left.
import { claimRuns } from "@inventory-sync/db";
import type { JobContext } from "@inventory-sync/queue";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eachBackend, type FreshSftp, freshSftp } from "../../../tests/support/index.ts";
import type { ResetParts } from "../src/resets/parts.ts";
import { runWaiting } from "../src/resets/run-waiting.ts";
import { onlySource, type UpkeepWorld, upkeepWorld } from "./upkeep-parts.ts";

const runKey = "2026-11-23T04:00[UTC]";

eachBackend("a daily run that finds 150 files", (backend) => {
  let world: UpkeepWorld;
  let files: FreshSftp;
  let parts: ResetParts;
  const said: string[] = [];
  beforeAll(async () => {
    [world, files] = await Promise.all([upkeepWorld(backend), freshSftp()]);
    const source = {
      name: "default",
      inbox: () => ({ url: files.url, hostKeySha256: [files.hostKeySha256] }),
      schedule: { times: ["04:00"], timeZone: "UTC" },
      deadlines: { times: ["06:00"], timeZone: "UTC" },
    };
    parts = { ...(await world.worker()), sources: onlySource(source) } as unknown as ResetParts;
    await claimRuns(world.database, [{ runKey, dueAt: new Date("2026-11-23T04:00:00Z") }]);
    for (let number = 100; number < 250; number++) await files.putSnapshot(`f${number}.csv`, "store,sku,qty\nS,A,1\n");
  });
  afterAll(async () => {
    await files.drop();
    await world.drop();
  });
  const run = () =>
    runWaiting(parts, runKey, { log: (line: string) => said.push(line) } as unknown as JobContext<"resets">);
  const opened = async () => Number((await world.database.pool.query("select count(*) from reset")).rows[0]?.count);

  test("has a hundred under way, and takes the others once those have ended; what failed is not taken twice", async () => {
    expect(await run()).toMatchObject({ fate: "deferred" });
    expect(await run()).toMatchObject({ fate: "deferred" });
    expect(await opened()).toBe(100);
    expect(await world.waiting()).toHaveLength(100);
    // All of them fail, and their files stay where they are.
    await world.database.pool.query("update reset set state = 'failed', finished_at = clock_timestamp()");
    expect(await run()).toMatchObject({
      fate: "done",
      result: { run: runKey, outcome: expect.stringMatching(/^150 files: .* and 130 more$/) },
    });
    expect(await opened()).toBe(150);
    expect(said).toHaveLength(150);
    expect(await run()).toMatchObject({ fate: "done", result: { outcome: "already done" } });
  });
});
