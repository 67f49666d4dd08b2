// The shop's own webhooks, topic inventory_levels/update: they tell what is available and not on hand, tell our own writes like everybody's, and
// say what was so when they were built. They come twice, late and in another order, and a retry says again what it said first.
import { createHmac, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Item, Level } from "./stock.ts";

/** Who is told, and how badly. */
export interface Subscription {
  readonly url: string;
  /** From a change to the building of what is told of it. */
  readonly delayMs?: number;
  /** Each is sent so many times: the same event under the same ids. */
  readonly copies?: number;
  /** So many wait for each other, and the last one is sent first. */
  readonly reverses?: number;
  readonly version?: string;
}

const TRIES_MAX = 8;
const RETRY_MS = 50;
const ANSWER_MS_MAX = 5_000;

/** Sends webhooks once there is a subscription. @param secret the app's, by which they are signed; `now` the shop's clock, ms */
export function openWebhooks(
  secret: string,
  now: () => number,
): {
  /** @param to nobody is told when it is null */
  subscribe(to: Subscription | null): void;
  changed(item: Item, location: number, level: Level): void;
} {
  let subscription: Subscription | null = null;
  let waiting: (() => Promise<void>)[] = [];

  const changed = async (item: Item, location: number, level: Level): Promise<void> => {
    if (!subscription) return;
    const to = subscription;
    const triggeredAt = new Date(now()).toISOString();
    // With no delay it is built in the same turn: a second change cannot come between.
    if (to.delayMs) await sleep(to.delayMs);
    const body = JSON.stringify({
      inventory_item_id: item.id,
      location_id: location,
      available: level.available,
      updated_at: level.updatedAt,
      admin_graphql_api_id: `gid://shopify/InventoryLevel/${level.number}?inventory_item_id=${item.id}`,
    });
    const headers = headersOf(body, { secret, triggeredAt, version: to.version ?? "2026-04" });
    const copies = Array.from({ length: to.copies ?? 1 }, () => () => deliver(to.url, body, headers));
    waiting.push(...copies);
    if (waiting.length < (to.reverses ?? 1)) return;
    const sending = waiting.toReversed();
    waiting = [];
    for (const send of sending) await send();
  };
  return {
    subscribe: (to) => {
      subscription = to;
    },
    changed: (...of) => void changed(...of),
  };
}

function headersOf(
  body: string,
  { secret, triggeredAt, version }: Readonly<Record<"secret" | "triggeredAt" | "version", string>>,
): Record<string, string> {
  return {
    "content-type": "application/json",
    "x-shopify-topic": "inventory_levels/update",
    "x-shopify-hmac-sha256": createHmac("sha256", secret).update(body).digest("base64"),
    "x-shopify-shop-domain": "simulated.myshopify.com",
    "x-shopify-api-version": version,
    "x-shopify-webhook-id": randomUUID(),
    "x-shopify-event-id": randomUUID(),
    "x-shopify-triggered-at": triggeredAt,
  };
}

/** Until it is taken, with the body that was built first. */
async function deliver(url: string, body: string, headers: Readonly<Record<string, string>>): Promise<void> {
  for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    const isTaken = await fetch(url, { method: "POST", headers, body, signal }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isTaken) return;
    await sleep(RETRY_MS * tries);
  }
}
