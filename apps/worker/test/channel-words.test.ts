// What must not get out of a lane, or into it: words of a target that are no words (they end in the database, logs, alarms and terminals), lists
// without an end, and what a worker read before it stood still.
import { notedSecret } from "@inventory-sync/runtime";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type Target, TargetFailure, type ToldFate } from "../src/channels/target.ts";
import { type ChannelWorld, channelWorld } from "./channel-world.ts";

let world: ChannelWorld;
beforeAll(async () => {
  world = await channelWorld();
});
afterAll(() => world?.close());
beforeEach(() => world.clear());

const BAD = `no\0pe \u001b[31m\ud800\nBearer ${notedSecret("secret-token")}`;
const SHOWN = "no\\u{0}pe \\u{1b}[31m\\u{d800} Bearer ***";

const targetOf = (more: Partial<Target>): Target => ({
  ...{ batchMax: 10, callsAtOnceMax: 1, close: () => Promise.resolve() },
  tell: (levels) => Promise.resolve(levels.map((): ToldFate => ({ fate: "confirmed" }))),
  ...more,
});

it("a zero byte in them keeps neither the channel nor a level that is set aside from being on record", async () => {
  const settings = await world.keep();
  await world.sell("A");
  const fails = targetOf({ tell: () => Promise.reject(new TargetFailure("away", BAD)) });
  expect(await world.work(settings, fails)).toBe("failing");
  expect(await world.record()).toMatchObject({ lastError: SHOWN });
  await world.tryNow();
  const refuses = targetOf({
    tell: (levels) =>
      Promise.resolve(levels.map((): ToldFate => ({ fate: "set-aside", code: "REFUSED", message: BAD }))),
  });
  expect(await world.work(settings, refuses)).toBe("told all");
  const { rows } = await world.database.pool.query("select message from channel_item");
  expect(rows).toEqual([{ message: SHOWN }]);
});

it("a list of things that has no end is given up and begun anew, and says so", async () => {
  const settings = await world.keep();
  await world.sell("A");
  let page = 0;
  const items: Target["items"] = async () => {
    page += 1;
    if (page === 2) await world.database.pool.query("update channel_run set done = 2000000 where kind = 'map'");
    if (page === 4) throw new TargetFailure("away", "enough");
    return { items: [{ idValue: `X${page}`, target: `${page}` }], next: `${page}` };
  };
  expect(await world.work(settings, targetOf({ items }))).toBe("failing");
  const { mapError } = await world.record();
  await world.tryNow();
  await world.work(settings, targetOf({ items }));
  const { rows } = await world.database.pool.query("select done, page_after from channel_run where kind = 'map'");
  expect([mapError, rows]).toEqual([expect.stringContaining("has no end"), [{ done: 0, page_after: null }]]);
});

it("a worker that stood still for as long as it may rely on its lane tells nothing of what it read, and another one does", async () => {
  const settings = await world.keep();
  await world.sell("A");
  const told: number[] = [];
  const target = targetOf({
    tell: (levels) => {
      told.push(...levels.map(({ onHand }) => onHand));
      return Promise.resolve(levels.map((): ToldFate => ({ fate: "confirmed" })));
    },
  });
  expect(await world.work(settings, target, {}, 0)).toBe("stopped");
  await world.sell("A");
  expect(told).toEqual([]);
  expect(await world.work(settings, target)).toBe("told all");
  expect(told).toEqual([-2]);
});
