// What kinds of channels have in common beyond telling levels: the map of what the target has, sums, deltas, and what comparing finds.
import { beginDailyMaps } from "@inventory-sync/db";
import { settleUnknown } from "@inventory-sync/operator";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  type HeldLevel,
  type LevelToTell,
  type Target,
  TargetFailure,
  type TargetItem,
  type ToldFate,
} from "../src/channels/target.ts";
import { type ChannelWorld, channelAlarmsNow, channelWorld } from "./channel-world.ts";

let world: ChannelWorld;
beforeAll(async () => {
  world = await channelWorld();
});
afterAll(() => world?.close());
beforeEach(() => world.clear());

/** A target that takes what it is told, and remembers it by place and id. */
function shelf(more: Partial<Target> = {}) {
  const numbers = new Map<string, number>();
  const calls: LevelToTell[][] = [];
  const target: Target = {
    batchMax: 10,
    callsAtOnceMax: 2,
    tell: (levels): Promise<ToldFate[]> => {
      calls.push([...levels]);
      for (const level of levels) numbers.set(`${level.place} ${level.idValue}`, level.onHand);
      return Promise.resolve(levels.map(() => ({ fate: "confirmed" })));
    },
    close: () => Promise.resolve(),
    ...more,
  };
  return { target, numbers, calls, told: () => calls.flat() };
}

const pagesOf = (things: readonly TargetItem[], size = 2): NonNullable<Target["items"]> => {
  return (after) => {
    const from = Number(after ?? 0);
    const next = from + size < things.length ? `${from + size}` : null;
    return Promise.resolve({ items: things.slice(from, from + size), next });
  };
};
const thing = (idValue: string, target: string, problem?: TargetItem["problem"]): TargetItem => ({
  ...{ idValue, target, ...(problem && { problem }) },
});
const asides = async () =>
  (await world.items()).filter(({ problem }) => problem).map(({ sku, problem }) => [sku, problem]);

describe("a map", () => {
  it("is read before the first telling; what it lacks, has twice or marks is set aside until another one says otherwise", async () => {
    const settings = await world.keep();
    for (const sku of ["A", "B", "C", "D"]) await world.sell(sku);
    const things = [
      thing("A", "a1"),
      thing("B", "b1"),
      thing("B", "b2"),
      thing("C", "c1", "UNTRACKED"),
      thing(" ", "x"),
    ];
    const first = shelf({ items: pagesOf(things) });
    expect(await world.work(settings, first.target)).toBe("told all");
    expect(first.told().map(({ idValue, target }) => [idValue, target])).toEqual([["A", "a1"]]);
    expect(await asides()).toEqual([
      ["B", "DUPLICATE_TARGET"],
      ["C", "UNTRACKED"],
      ["D", "UNMAPPED_PRODUCT"],
    ]);
    expect(await world.record()).toMatchObject({ mapItems: 5, mapError: null, mapReadAt: expect.anything() });
    await world.begin("map", settings);
    const next = shelf({ items: pagesOf([thing("A", "a2"), thing("B", "b1"), thing("D", "d1")]) });
    expect(await world.work(settings, next.target)).toBe("told all");
    expect(next.told().map(({ idValue, target, told }) => [idValue, target, told])).toEqual([
      ["A", "a2", null],
      ["B", "b1", null],
      ["D", "d1", null],
    ]);
    expect(await asides()).toEqual([["C", "UNMAPPED_PRODUCT"]]);
    const { rows } = await world.database.pool.query("select 1 from channel_target");
    expect(rows).toHaveLength(3);
  });

  it("that cannot be read to its end leaves the one before, says so, and goes on where it was", async () => {
    const settings = await world.keep();
    await world.sell("A");
    const things = [thing("A", "a1"), thing("B", "b1"), thing("C", "c1")];
    await world.work(settings, shelf({ items: pagesOf(things) }).target);
    await world.begin("map", settings);
    const asked: (string | null)[] = [];
    const failing = shelf({
      items: (after, stopping) => {
        asked.push(after);
        if (after === null) return pagesOf(things)(after, stopping);
        return Promise.reject(new TargetFailure("away", "the list breaks off"));
      },
    });
    expect(await world.work(settings, failing.target)).toBe("failing");
    expect(await world.record()).toMatchObject({ mapItems: 3, mapError: "the list breaks off" });
    await world.sell("A");
    await world.tryNow();
    expect(await world.work(settings, failing.target)).toBe("failing");
    expect(failing.told()).toMatchObject([{ idValue: "A", target: "a1", onHand: -2 }]);
    expect(asked).toEqual([null, "2", "2"]);
    await world.tryNow();
    await world.work(settings, shelf({ items: pagesOf(things) }).target);
    expect(await world.record()).toMatchObject({ mapItems: 3, mapError: null, run: null });
    await world.begin("map", settings);
    expect(await world.work(settings, shelf({ items: pagesOf([]) }).target)).toBe("failing");
    expect(await world.record()).toMatchObject({ mapItems: 3, mapError: expect.stringContaining("lists nothing") });
    await world.tryNow();
    const back = shelf({ items: pagesOf(things) });
    expect(await world.work(settings, back.target)).toBe("told all");
    expect(back.told()).toEqual([]);
    expect(await world.record()).toMatchObject({ mapError: null, failingSince: null, failures: 0 });
  });

  it("is read anew before a resync, and a day after the last time", async () => {
    const settings = await world.keep();
    await world.sell("A");
    await world.work(settings, shelf({ items: pagesOf([thing("A", "a1")]) }).target);
    await world.begin("resync", settings);
    const next = shelf({ items: pagesOf([thing("A", "a2")]) });
    await world.work(settings, next.target);
    expect(new Set(next.told().map(({ target }) => target))).toEqual(new Set(["a2"]));
    const { pool } = world.database;
    await beginDailyMaps(pool);
    expect(await world.record()).toMatchObject({ run: null });
    await pool.query("update channel_run set started_at = started_at - interval '1 day'");
    await beginDailyMaps(pool);
    await beginDailyMaps(pool);
    expect(await world.record()).toMatchObject({ run: { kind: "map" } });
    await world.work(settings, next.target);
    expect(await world.record()).toMatchObject({ run: null });
  });
});

it("a sale during a resync is told with the next call, and again by nothing but the resync's own walk", async () => {
  for (let at = 0; at < 30; at += 1) await world.sell(`R${at}`);
  const settings = await world.keep();
  let calls = 0;
  const { target, told } = shelf({ batchMax: 2, callsAtOnceMax: 1 });
  const inTurns: Target = {
    ...target,
    tell: async (levels, stopping) => {
      calls += 1;
      if (calls === 2) await world.sell("R29", 4);
      return target.tell(levels, stopping);
    },
  };
  expect(await world.work(settings, inTurns)).toBe("told all");
  const order = told().map(({ idValue, onHand }) => `${idValue} ${onHand}`);
  expect(order.slice(4, 6)).toContain("R29 -5");
  expect(order).toHaveLength(31);
  expect(new Set(told().map(({ idValue }) => idValue)).size).toBe(30);
});

it("a target that answers by another version rings from its first answer on, until it fits again", async () => {
  const settings = await world.keep();
  let version: string | null | undefined;
  const { target } = shelf({ otherVersion: () => version });
  const alarms = async () => (await channelAlarmsNow(world.database)).map(({ key, message }) => `${key} ${message}`);
  const work = async () => {
    await world.sell("A");
    await world.work(settings, target);
    return alarms();
  };
  expect(await work()).toEqual([]);
  version = "It answers by version 2, not by 1.";
  expect(await work()).toEqual([expect.stringMatching(/^channel-version:shop .*It answers by version 2, not by 1\./)]);
  // Another worker has had no answer yet.
  version = undefined;
  expect(await work()).toHaveLength(1);
  version = null;
  expect(await work()).toEqual([]);
});

describe("a channel that is told sums", () => {
  const tells = { isSum: true, numberOf: ({ available }: { available: number }) => available } as const;

  it("is told a product once for all its facilities, each less its own safety stock, and each level is settled by it", async () => {
    const settings = await world.keep({ facilities: ["S1", "S2"], safetyStock: { default: 1, facilities: { S2: 2 } } });
    const { target, told } = shelf();
    await Promise.all([world.sell("A", -10, "S1"), world.sell("A", -5, "S2"), world.sell("A", -50, "S3")]);
    await world.work(settings, target, tells);
    expect(told()).toMatchObject([
      { idValue: "A", onHand: 15, available: 12, facilityId: "*", place: "*", told: null },
    ]);
    expect(await world.items()).toMatchObject([
      { facility: "S1", told: 12 },
      { facility: "S2", told: 12 },
    ]);
    await world.sell("A", 0.5, "S2");
    await world.sell("A", 3, "S1");
    await world.work(settings, target, tells);
    expect(told().slice(1)).toMatchObject([{ onHand: 11.5, available: 8, told: 12 }]);
    await world.begin("resync", settings);
    await world.work(settings, target, tells);
    expect(told()).toHaveLength(3);
    expect(await world.isDue()).toBe(false);
  });
});

describe("a channel that is told deltas", () => {
  const tells = { isDelta: true } as const;
  const deltas = (answer: () => Promise<ToldFate[]> | undefined = () => undefined) => {
    const has = new Map<string, number>();
    const target = shelf({
      batchMax: 1,
      tell: ([level]) => {
        if (level === undefined) throw new Error("no level");
        has.set(level.idValue, (has.get(level.idValue) ?? 0) + level.onHand - (level.told ?? 0));
        return answer() ?? Promise.resolve([{ fate: "confirmed" }]);
      },
    }).target;
    return { target, has };
  };

  it("never sends what may have been taken, also not when the level changes, until it is settled", async () => {
    const settings = await world.keep();
    await world.sell("A", -10);
    let isLost = false;
    const lose = () => (isLost ? Promise.reject(new TargetFailure("unknown", "the answer was lost")) : undefined);
    const { target, has } = deltas(lose);
    await world.work(settings, target, tells);
    isLost = true;
    await world.sell("A", 3);
    expect(await world.work(settings, target, tells)).toBe("failing");
    isLost = false;
    await world.sell("A", 2);
    await world.tryNow();
    expect(await world.work(settings, target, tells)).toBe("told all");
    expect(await world.items()).toMatchObject([{ told: 10, problem: "UNKNOWN_OUTCOME", sent: -3 }]);
    expect(has.get("A")).toBe(7);
    expect(await world.isDue()).toBe(false);
    const level = { facilityId: "S1", idType: "SKU", idValue: "A" };
    await settleUnknown(world.database, "shop", { ...level, outcome: "applied" });
    await world.work(settings, target, tells);
    expect([has.get("A"), await world.items()]).toMatchObject([5, [{ told: 5, problem: null, sent: null }]]);
    // The same where it was not taken: the answer was lost, and the call with it.
    isLost = true;
    await world.sell("A", 1);
    await world.work(settings, target, tells);
    has.set("A", 5);
    isLost = false;
    await world.tryNow();
    await settleUnknown(world.database, "shop", { ...level, outcome: "not-applied" });
    await world.work(settings, target, tells);
    expect([has.get("A"), await world.items()]).toMatchObject([4, [{ told: 4, problem: null, sent: null }]]);
  });

  it("has what a worker that died sent set aside by the next one, and what did not leave told again", async () => {
    const settings = await world.keep();
    await world.sell("A", -10);
    const dying = deltas(() => Promise.reject(new Error("the worker dies")));
    await expect(world.work(settings, dying.target, tells)).rejects.toThrow("dies");
    await world.tryNow();
    const next = deltas();
    await world.work(settings, next.target, tells);
    expect(await world.items()).toMatchObject([{ told: null, problem: "UNKNOWN_OUTCOME", sent: 10 }]);
    await world.sell("B", -4);
    const away = deltas(() => Promise.reject(new TargetFailure("away", "nothing was written")));
    await world.work(settings, away.target, tells);
    expect((await world.items())[1]).toMatchObject({ sku: "B", problem: null, sent: null });
    await world.tryNow();
    await world.work(settings, next.target, tells);
    expect(next.has).toEqual(new Map([["B", 4]]));
  });

  it("is told absolutely what was never told or is of unknown outcome, where it can be", async () => {
    const settings = await world.keep();
    const { target, has } = deltas();
    let isTaken = false;
    const resets: number[] = [];
    const resetting: Target = {
      ...target,
      batchMaxOfReset: 100,
      resetLevels: (levels) => {
        resets.push(levels.length);
        if (isTaken) for (const { idValue, onHand } of levels) has.set(idValue, onHand);
        return Promise.resolve(
          levels.map(() =>
            isTaken
              ? { fate: "confirmed" }
              : { fate: "set-aside", code: "REFUSED", message: "the file is not taken in yet" },
          ),
        );
      },
    };
    await Promise.all([world.sell("A", -10), world.sell("B", -5)]);
    await world.work(settings, resetting, tells);
    expect(await world.items()).toMatchObject([
      { sku: "A", told: null, problem: "UNKNOWN_OUTCOME" },
      { sku: "B", problem: "UNKNOWN_OUTCOME" },
    ]);
    expect(resets).toEqual([2]);
    expect(await world.isDue()).toBe(false);
    await world.sell("A", 1);
    isTaken = true;
    await world.tryNow();
    expect(await world.work(settings, resetting, tells)).toBe("told all");
    await world.sell("B", 2);
    await world.work(settings, resetting, tells);
    expect(has).toEqual(
      new Map([
        ["A", 9],
        ["B", 3],
      ]),
    );
    expect(await world.items()).toMatchObject([
      { told: 9, problem: null },
      { told: 3, problem: null },
    ]);
  });
});

describe("comparing", () => {
  const heldOf = (numbers: ReadonlyMap<string, number | string>): NonNullable<Target["held"]> => {
    return (levels) =>
      Promise.resolve(
        levels.map(({ place, idValue }): HeldLevel => {
          const number = numbers.get(`${place} ${idValue}`);
          return typeof number === "number" ? { number } : { problem: "NOT_STOCKED", message: "it is not there" };
        }),
      );
  };

  it("says how the target differs, and what differs is told again in the usual way", async () => {
    const settings = await world.keep();
    for (const sku of ["A", "B", "C"]) await world.sell(sku, -5);
    const shop = shelf();
    await world.work(settings, shop.target);
    const target = { ...shop.target, held: heldOf(shop.numbers) };
    shop.numbers.set("S1 B", 99).delete("S1 C");
    await world.begin("compare", settings);
    expect(await world.work(settings, target)).toBe("told all");
    const counts = { equal: 1, theirsChanged: 1, notStocked: 1 };
    const record = await world.record();
    expect(record).toMatchObject({ lastCompare: { levels: 3, counts }, run: null, compareTotal: 3 });
    expect(shop.numbers.get("S1 B")).toBe(5);
    expect(shop.told()).toHaveLength(5);
    // What is compared each day follows the compare, spread over the day.
    expect(record.comparedLevels).toBe(6);
    expect(await world.isDue()).toBe(false);
  });

  it("of a shadow says what would be told, and tells nothing", async () => {
    const settings = await world.keep({ mode: "shadow", compareEachDayPct: 0 });
    for (const sku of ["A", "B"]) await world.sell(sku, -5);
    const shop = shelf();
    shop.numbers.set("S1 A", 5).set("S1 B", 4);
    await world.work(settings, { ...shop.target, held: heldOf(shop.numbers) });
    expect(shop.told()).toEqual([]);
    expect(await world.record()).toMatchObject({ comparedCounts: { equal: 1, oursNewer: 1 }, pending: 0, run: null });
    expect(await world.isDue()).toBe(false);
  });

  it("leaves to a person what the target did not let itself be told because others had changed it", async () => {
    const settings = await world.keep({ compareEachDayPct: 0 });
    await world.sell("A", -5);
    const shop = shelf();
    await world.work(settings, shop.target);
    shop.numbers.set("S1 A", 1);
    const target: Target = {
      ...shop.target,
      held: heldOf(shop.numbers),
      tell: (levels, stopping) =>
        levels.every(({ mayOverwrite, told }) => mayOverwrite || shop.numbers.get("S1 A") === told)
          ? shop.target.tell(levels, stopping)
          : Promise.resolve(levels.map(() => ({ fate: "set-aside", code: "TARGET_CHANGED", message: "it has 1" }))),
    };
    for (const _ of [1, 2]) {
      await world.begin("compare", settings);
      await world.work(settings, target);
      expect(await world.record()).toMatchObject({ lastCompare: { counts: { theirsChanged: 1 } }, problems: 1 });
    }
    await world.database.pool.query("update channel_item set again = true");
    await world.work(settings, target);
    expect(shop.numbers.get("S1 A")).toBe(5);
    expect(await world.record()).toMatchObject({ problems: 0 });
  });
});

describe("a fault of this product", () => {
  it("fails the job, and the channel says so until it is told again", async () => {
    const settings = await world.keep();
    await world.sell("A", -5);
    const broken = { ...shelf().target, tell: () => Promise.reject(new TypeError("it is not a function")) };
    await expect(world.work(settings, broken)).rejects.toThrow("it is not a function");
    const { failingSince, lastError } = await world.record();
    expect(failingSince).not.toBeNull();
    expect(lastError).toBe("a fault of this product, not of the target: it is not a function");
  });
});
