// Whatever order changes, tellings, lost answers, deaths of workers and throttles come in, also with two workers, a target ends with what is
// on hand; one that is told deltas ends with it or with its level among those of unknown outcome, and no delta is ever taken twice.
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Target, TargetFailure, type Tells, type ToldFate } from "../src/channels/target.ts";
import { type ChannelWorld, channelWorld } from "./channel-world.ts";

let world: ChannelWorld;
beforeAll(async () => {
  world = await channelWorld();
});
afterAll(() => world?.close());

type Trouble =
  | "none"
  | "lost answer"
  | "throttled"
  | "away"
  | "refused"
  | "dies before"
  | "dies after"
  | "loses the lane";
const troubles: readonly Trouble[] = [
  "none",
  "lost answer",
  "throttled",
  "away",
  "refused",
  "dies before",
  "dies after",
  "loses the lane",
];
const step = fc.oneof(
  fc.record({
    do: fc.constant("sell" as const),
    sku: fc.constantFrom("P", "Q"),
    facility: fc.constantFrom("S1", "S2"),
    quantity: fc.integer({ min: -3, max: 3 }).filter((quantity) => quantity !== 0),
  }),
  fc.record({
    do: fc.constant("work" as const),
    trouble: fc.constantFrom(...troubles),
    workers: fc.constantFrom(1, 2),
  }),
  fc.constant({ do: "resync" as const }),
  fc.constant({ do: "lose lane" as const }),
);

/** A target in trouble. What it takes it takes, whether its answer arrives or not. */
function targetOf(tells: Tells, meanwhile: () => Promise<unknown>) {
  const has = new Map<string, number>();
  const troubles: Trouble[] = [];
  const target: Target = {
    batchMax: 2,
    callsAtOnceMax: 2,
    tell: async (levels): Promise<ToldFate[]> => {
      const trouble = troubles.shift() ?? "none";
      if (trouble === "dies before") throw new Error("the worker dies");
      if (trouble === "throttled" || trouble === "away" || (trouble === "refused" && levels.length > 1))
        throw new TargetFailure(trouble, trouble);
      for (const level of levels) {
        const key = `${level.place} ${level.idValue}`;
        const before = tells.isDelta ? (has.get(key) ?? 0) - (level.told ?? 0) : 0;
        has.set(key, before + level.onHand);
      }
      if (trouble === "lost answer") throw new TargetFailure("unknown", "the answer was lost");
      if (trouble === "dies after") throw new Error("the worker dies");
      // Frozen for so long that another worker took the channel and went through everything.
      if (trouble === "loses the lane") await meanwhile();
      return levels.map(() => ({ fate: "confirmed" }));
    },
    close: () => Promise.resolve(),
  };
  return { target, has, troubles };
}

const kinds = [
  ["absolute", {}],
  ["summed", { isSum: true }],
  ["delta", { isDelta: true }],
] as const satisfies readonly (readonly [string, Tells])[];

describe.each(kinds)("a target of a kind that is %s", (_name, tells: Tells) => {
  it("ends with what is on hand, or says of which level it is not known", async () => {
    const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000);
    console.info(`FUZZ_SEED=${seed}`);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 10 }), async (steps) => {
        await world.clear();
        const settings = await world.keep();
        const {
          target,
          has,
          troubles: coming,
        } = targetOf(tells, async () => {
          await world.tryNow();
          await world.work(settings, target, tells);
        });
        for (const each of steps) {
          if (each.do === "sell") await world.sell(each.sku, each.quantity, each.facility);
          else if (each.do === "resync") await world.begin("resync", settings);
          else if (each.do === "lose lane") await world.tryNow();
          else {
            coming.push(each.trouble);
            const working = Array.from({ length: each.workers }, () => world.work(settings, target, tells));
            await Promise.allSettled(working);
            await world.tryNow();
          }
        }
        coming.length = 0;
        expect(await world.work(settings, target, tells)).toBe("told all");
        await expectEqual(has, tells);
      }),
      { numRuns: 20, seed },
    );
  });
});

async function expectEqual(has: ReadonlyMap<string, number>, tells: Tells): Promise<void> {
  const items = await world.items();
  const sums = new Map<string, number>();
  for (const { sku, onHand } of items) sums.set(sku, (sums.get(sku) ?? 0) + onHand);
  for (const { facility, sku, onHand, problem, told, sent } of items) {
    const held = has.get(tells.isSum ? `* ${sku}` : `${facility} ${sku}`) ?? 0;
    const wanted = tells.isSum ? (sums.get(sku) ?? 0) : onHand;
    if (problem === "UNKNOWN_OUTCOME") {
      // Taken once or not at all: a person who looks can say which.
      expect(tells.isDelta).toBe(true);
      expect([told ?? 0, (told ?? 0) + (sent ?? 0)]).toContain(held);
    } else expect([sku, facility, problem, held, told]).toEqual([sku, facility, null, wanted, wanted]);
  }
  const { rows } = await world.database.pool.query("select 1 from level");
  expect(items).toHaveLength(rows.length);
}
