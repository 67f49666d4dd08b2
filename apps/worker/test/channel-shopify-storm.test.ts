// The kind `shopify` in a storm: four calls at once, levels that change all the time, and faults of every sort at random. The seed of a run
// that fails is in its name.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Fault } from "../../../tests/shops/shopify/faults.ts";
import type { Written } from "../../../tests/shops/shopify/set-quantities.ts";
import type { Shop } from "../../../tests/shops/start-shop.ts";
import { TargetFailure } from "../src/channels/target.ts";
import { levelOf, NORTH, openShopify, type ShopLevel, SOUTH, startShopify, tellOnce } from "./shopify-parts.ts";

const ITEMS = 40;
const CALLS = 4;
const ROUNDS = 12;
const CALM_ROUNDS_MAX = 30;

const sorts: readonly Omit<Fault, "on">[] = [
  ...([{ what: "cut" }, { what: "drop" }, { what: "half" }, { what: "empty" }, { what: "internal" }] as const),
  ...([
    { what: "late", ms: 60 },
    { what: "late", ms: 5 },
    { what: "hang", ms: 20 },
    { what: "drip", ms: 30 },
  ] as const),
  ...([{ what: "status", status: 502 }, { what: "status", status: 504, isDone: true }, { what: "revoke" }] as const),
];
const places: readonly Fault["on"][] = ["set", "set", "set", "read", "activate", "token"];

/** Numbers from 0 to 1 that a seed gives again. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Ours {
  readonly id: number;
  now: number;
  told: number | null;
}

let shop: Shop;
beforeAll(async () => {
  shop = await startShopify();
});
afterAll(() => shop?.kill());

describe("a storm", () => {
  it.each([1, 2, 3, 4])(
    "of seed %i ends with the shop's numbers as ours, and none older after a newer",
    async (seed) => {
      const random = randomOf(seed);
      const pick = <Each>(all: readonly Each[]): Each => all[Math.floor(random() * all.length)] as Each;
      const levels = Array.from({ length: ITEMS }, (_, at): Ours => ({ id: seed * 100 + at, now: 500, told: null }));
      // Some are not stocked yet where they are told.
      const items = levels.map(({ id }, at) => ({ id, sku: `S${id}`, at: { [at % 4 === 0 ? SOUTH : NORTH]: 500 } }));
      await shop.control("items", items);
      await shop.control("keys", { areHonoured: seed % 2 === 0 });
      const { target } = openShopify(shop);
      const tell = async (some: readonly Ours[]) => {
        const sent = some.map(({ id, now, told }) => levelOf(id, now, { told }));
        const fates = await tellOnce(target, sent).catch((error: unknown) => {
          if (!(error instanceof TargetFailure)) throw error;
          return undefined;
        });
        for (const [at, fate] of fates?.entries() ?? []) {
          expect(fate).toMatchObject({ fate: "confirmed" });
          const ours = some[at];
          if (ours) ours.told = sent[at]?.available ?? null;
        }
      };
      const round = () =>
        Promise.all(
          Array.from({ length: CALLS }, (_, call) => tell(levels.filter((_level, at) => at % CALLS === call))),
        );
      await round();
      for (let at = 0; at < ROUNDS; at += 1) {
        for (let faults = Math.floor(random() * 4); faults > 0; faults -= 1)
          await shop.control("fault", { on: pick(places), ...pick(sorts) });
        for (const level of levels) if (random() < 0.4) level.now -= 1 + Math.floor(random() * 5);
        await round();
      }
      for (let at = 0; at < CALM_ROUNDS_MAX && levels.some(({ now, told }) => now !== told); at += 1) await round();
      // What was late has come by now.
      await new Promise((done) => setTimeout(done, 80));
      const inShop = new Map(
        (await shop.control<ShopLevel[]>("levels"))
          .filter(({ location }) => location === NORTH)
          .map(({ id, onHand }) => [id, onHand]),
      );
      expect(levels.map(({ id }) => inShop.get(id))).toEqual(levels.map(({ now }) => now));
      const written = await shop.control<Written[]>("written");
      for (const { id } of levels) {
        const numbers = written.filter(({ item }) => item === id).map(({ quantity }) => quantity);
        expect(numbers).toEqual([...numbers].sort((one, other) => other - one));
      }
      await target.close();
    },
  );
});
