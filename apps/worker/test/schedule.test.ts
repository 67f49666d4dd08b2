// The keeper of the daily schedule: whoever asks, however often and with whatever clock, each date and time runs once.
import { claimRuns } from "@inventory-sync/db";
import { dueTimes } from "@inventory-sync/domain";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { eachBackend } from "../../../tests/support/index.ts";
import { keepSchedule } from "../src/upkeep/catch-up.ts";
import { sourcesAt, type UpkeepParts, type UpkeepWorld, upkeepWorld } from "./upkeep-parts.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const workersAtOnce = 6;

interface Run {
  readonly run_key: string;
  readonly state: string;
  readonly outcome: string | null;
}

eachBackend("the keeper of the schedule", (backend) => {
  let world: UpkeepWorld;
  let workers: UpkeepParts[] = [];
  beforeAll(async () => {
    world = await upkeepWorld(backend);
    for (let count = 0; count < workersAtOnce; count += 1) workers.push(await world.worker());
  });
  beforeEach(() => world.clear());
  afterEach(() => void vi.useRealTimers());
  afterAll(async () => {
    await world?.drop();
  });

  /** The hour before this one, so that it is due wherever in the hour the test runs; and what its run is called. */
  const lastHour = () => {
    const at = new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS);
    return { time: at.toISOString().slice(11, 16), dueAt: at, runKey: `${at.toISOString().slice(0, 16)}[UTC]` };
  };
  /** All workers look at once. */
  const allKeep = async (times: readonly string[]) => {
    workers = workers.map((worker) => ({ ...worker, sources: sourcesAt({ times, timeZone: "UTC" }) }));
    await Promise.all(workers.map((worker) => keepSchedule(worker)));
  };
  const runs = async (): Promise<Run[]> =>
    (await world.database.pool.query<Run>("select run_key, state, outcome from scheduled_run order by due_at")).rows;
  const ranLast = (at: Date) =>
    world.database.pool.query(
      "insert into scheduled_run (run_key, due_at, state, finished_at, outcome) values ('earlier', $1, 'done', now(), '')",
      [at],
    );

  test("the first start runs nothing of the past, and goes on from there", async () => {
    const { time, runKey } = lastHour();
    for (let round = 0; round < 3; round += 1) await allKeep([time]);
    expect(await runs()).toEqual([{ run_key: runKey, state: "skipped", outcome: "before the first start" }]);
    expect(await world.waiting()).toEqual([]);
  });

  test("a time that has come is claimed by one of many workers that look at once, and by none again", async () => {
    const { time, dueAt, runKey } = lastHour();
    await ranLast(new Date(dueAt.getTime() - HOUR_MS));
    for (let round = 0; round < 3; round += 1) await allKeep([time]);
    expect((await runs()).slice(1)).toEqual([{ run_key: runKey, state: "claimed", outcome: null }]);
    expect(await world.waiting()).toEqual([`reset run ${runKey}`]);
  });

  test("days of downtime are caught up by one run; the others are on record as missed", async () => {
    const { time, dueAt, runKey } = lastHour();
    await ranLast(new Date(dueAt.getTime() - 6 * DAY_MS));
    for (let round = 0; round < 2; round += 1) await allKeep([time]);
    const seen = (await runs()).slice(1);
    expect(seen.map(({ state }) => state)).toEqual(["skipped", "skipped", "skipped", "skipped", "skipped", "claimed"]);
    expect(seen.at(-1)?.run_key).toBe(runKey);
    expect(seen[0]?.outcome).toContain(`${runKey} caught up`);
    expect(await world.waiting()).toEqual([`reset run ${runKey}`]);
  });

  test("a new time of the schedule is run from its next coming on, and not for a day that is past", async () => {
    const { dueAt } = lastHour();
    await ranLast(dueAt);
    const [before, after] = [-3, 3].map((hours) =>
      new Date(dueAt.getTime() + hours * HOUR_MS).toISOString().slice(11, 16),
    );
    await allKeep([before ?? "", after ?? ""]);
    expect(await runs()).toHaveLength(1);
    expect(await world.waiting()).toEqual([]);
  });

  test("a worker whose clock is days ahead or behind runs nothing early, late or twice", async () => {
    const { time, dueAt, runKey } = lastHour();
    await ranLast(new Date(dueAt.getTime() - HOUR_MS));
    for (const days of [3, -3, 0]) {
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + days * DAY_MS });
      await allKeep([time]);
      vi.useRealTimers();
    }
    expect((await runs()).map(({ run_key }) => run_key)).toEqual(["earlier", runKey]);
    expect(await world.waiting()).toEqual([`reset run ${runKey}`]);
  });

  test("a run that was claimed by a worker which died before it queued it is asked for again", async () => {
    const { time, dueAt, runKey } = lastHour();
    await ranLast(new Date(dueAt.getTime() - HOUR_MS));
    expect(await claimRuns(world.database, [{ runKey, dueAt }])).toMatchObject([{ runKey }]);
    await allKeep([time]);
    expect(await world.waiting()).toEqual([]);
    await world.database.pool.query(
      "update scheduled_run set touched_at = now() - interval '5 minutes' where state = 'claimed'",
    );
    await allKeep([time]);
    expect(await world.waiting()).toEqual([`reset run ${runKey}`]);
  });

  test("two times that a clock change makes one instant both run, and those before them were missed", async () => {
    // New York, 2026-03-08: there is no 02:00, so it is due at 03:00 of the changed clock.
    const schedule = { times: ["01:30", "02:00", "03:00"], timeZone: "America/New_York" };
    const due = dueTimes(schedule, {
      after: new Date("2026-03-08T05:00:00Z"),
      until: new Date("2026-03-08T08:00:00Z"),
    });
    const claims = await Promise.all(workers.map(({ database }) => claimRuns(database, due)));
    expect(
      claims
        .flat()
        .map(({ runKey }) => runKey)
        .sort(),
    ).toEqual(["2026-03-08T02:00[America/New_York]", "2026-03-08T03:00[America/New_York]"]);
    expect((await runs()).map(({ state }) => state).sort()).toEqual(["claimed", "claimed", "skipped"]);
  });
});
