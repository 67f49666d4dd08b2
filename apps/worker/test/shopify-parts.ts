// A simulated Shopify shop and a channel that tells it, for the tests of the kind: what the lane does with it, in a few lines.
import { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { channelSettings } from "@inventory-sync/domain";
import { createLog } from "@inventory-sync/runtime";
import { type Shop, startShop } from "../../../tests/shops/start-shop.ts";
import { shopify } from "../src/channels/shopify/shopify.ts";
import {
  type FailedFate,
  type LevelToTell,
  type Target,
  TargetFailure,
  type ToldFate,
} from "../src/channels/target.ts";

export const [NORTH, SOUTH] = [101, 102];
const CLIENT = { clientId: "client", clientSecret: "a-client-secret-of-a-test" };

/** A level of the shop, as its control tells it. */
export interface ShopLevel {
  readonly id: number;
  readonly sku: string;
  readonly location: number;
  readonly available: number;
  readonly committed: number;
  readonly onHand: number;
  readonly isActive: boolean;
}

/** What waits between two tries at most; the lane waits longer. */
const TRY_MS_MAX = 500;
const TRIES_MAX = 8;

export function startShopify(): Promise<Shop> {
  process.env.SHOPIFY_TEST_SECRET = CLIENT.clientSecret;
  return startShop("shopify/main", { locations: [NORTH, SOUTH], accessToken: "shpat_standing", ...CLIENT });
}

export interface OpenShopify {
  readonly target: Target;
  readonly logged: string[];
}

/** Opens a channel as CHANNELS_FILE would; settings may be changed. */
export function openShopify(shop: Shop, changed: Readonly<Record<string, unknown>> = {}): OpenShopify {
  const logged: string[] = [];
  const destination = new Writable({
    write: (line, _encoding, done) => {
      logged.push(String(line));
      done();
    },
  });
  const log = createLog({ name: "test", settings: { level: "debug", format: "json" }, destination });
  const reading = shopify.read(
    channelSettings.parse({
      ...{ name: "shop", kind: "shopify", shop: "simulated", baseUrl: shop.url, allowPrivateAddresses: true },
      ...{ clientId: CLIENT.clientId, clientSecret: { env: "SHOPIFY_TEST_SECRET" } },
      ...{ facilities: { S1: String(NORTH), S2: `gid://shopify/Location/${SOUTH}` }, products: { idType: "SKU" } },
      ...changed,
    }),
  );
  if ("faults" in reading) throw new Error(reading.faults.map(({ detail }) => detail).join(" "));
  return { target: reading.open({ log }), logged };
}

/** A level of an item as it is told: `told` is what the shop confirmed last. */
export function levelOf(id: number, available: number, more: Partial<LevelToTell> = {}): LevelToTell {
  const target = `gid://shopify/InventoryItem/${id}`;
  return {
    ...{ facilityId: "S1", idType: "SKU", idValue: `SKU-${id}`, onHand: available, available, asOf: null },
    ...{ updatedAt: new Date().toISOString(), sequence: 1, place: String(NORTH), target, told: null },
    mayOverwrite: false,
    ...more,
  };
}

const never = new AbortController().signal;

/** Tells levels once. */
export function tellOnce(target: Target, levels: readonly LevelToTell[]): Promise<readonly (ToldFate | FailedFate)[]> {
  return target.tell(levels, never);
}

/** Tells levels until the shop takes them, each time as they are then. @returns the fates, and why tries failed */
export async function tellUntilTaken(
  target: Target,
  read: (attempt: number) => readonly LevelToTell[],
): Promise<{ fates: readonly (ToldFate | FailedFate)[]; failures: TargetFailure[] }> {
  const failures: TargetFailure[] = [];
  for (let attempt = 0; attempt < TRIES_MAX; attempt += 1) {
    try {
      return { fates: await tellOnce(target, read(attempt)), failures };
    } catch (error) {
      if (!(error instanceof TargetFailure)) throw error;
      failures.push(error);
      await sleep(Math.min(TRY_MS_MAX, error.retryAfterMs ?? 0));
    }
  }
  throw new Error(`not taken in ${TRIES_MAX} tries: ${failures.map(({ message }) => message).join("; ")}`);
}

/** What a shop has on hand of an item, by its id. */
export async function onHandOf(shop: Shop, id: number, location = NORTH): Promise<number | undefined> {
  const levels = await shop.control<ShopLevel[]>("levels");
  return levels.find((level) => level.id === id && level.location === location)?.onHand;
}
