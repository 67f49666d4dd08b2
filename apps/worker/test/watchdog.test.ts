// The watchdog of resets: what a dead worker left behind is driven on; what has ended, or is at work, is left alone.
import { endUnstaged, findReset, openReset } from "@inventory-sync/db";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { eachBackend } from "../../../tests/support/index.ts";
import { watchResets } from "../src/upkeep/catch-up.ts";
import { type UpkeepParts, type UpkeepWorld, upkeepWorld } from "./upkeep-parts.ts";

eachBackend("the watchdog of resets", (backend) => {
  let world: UpkeepWorld;
  let watchers: UpkeepParts[];
  beforeAll(async () => {
    world = await upkeepWorld(backend);
    watchers = [await world.worker(), await world.worker()];
  });
  beforeEach(() => world.clear());
  afterAll(async () => {
    await world?.drop();
  });

  const open = async (name: string): Promise<string> => {
    const file = { name, size: 10, modifiedAt: new Date("2026-11-01T04:00:00Z") };
    return (await openReset(world.database, file, { requestedBy: "operator test" })).resetId;
  };
  const fallSilent = () => world.database.pool.query("update reset set touched_at = now() - interval '10 minutes'");
  const watch = () => Promise.all(watchers.map((watcher) => watchResets(watcher)));
  const generation = async (id: string) => (await findReset(world.database, id))?.generation;

  test("a reset that shows signs of life is left alone", async () => {
    const id = await open("fresh.csv");
    await watch();
    expect(await generation(id)).toBe(0);
    expect(await world.waiting()).toEqual([]);
  });

  test("a silent reset gets a new generation and a job; once driven it counts as alive again", async () => {
    const id = await open("silent.csv");
    await fallSilent();
    await watch();
    const driven = await generation(id);
    expect(driven).toBeGreaterThan(0);
    expect(new Set(await world.waiting())).toEqual(new Set(["reset silent.csv"]));
    await watch();
    expect(await generation(id)).toBe(driven);
  });

  test.each([
    { what: "whose file was gone", leftAt: "gone from incoming/" },
    { what: "that was given up, its file left in incoming/", leftAt: "incoming/ended.csv" },
  ])("a reset $what is not driven on: a file that comes under its name is another one's", async ({ leftAt }) => {
    const id = await open("ended.csv");
    await endUnstaged(world.database, id, { state: "failed", outcome: "nothing was changed", leftAt });
    await fallSilent();
    await watch();
    expect(await generation(id)).toBe(0);
    expect(await world.waiting()).toEqual([]);
    expect(await open("ended.csv")).not.toBe(id);
  });

  test("a reset that ended before its file was put away is driven on until it was", async () => {
    const id = await open("duplicate.csv");
    await endUnstaged(world.database, id, {
      state: "completed",
      outcome: "duplicate of first.csv; nothing was changed",
    });
    await fallSilent();
    await watch();
    expect(await generation(id)).toBeGreaterThan(0);
    expect(new Set(await world.waiting())).toEqual(new Set(["reset duplicate.csv"]));
  });
});
