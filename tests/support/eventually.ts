// Waiting for a fact instead of for a time.
import { setTimeout as delay } from "node:timers/promises";

const withinMsDefault = 30_000;
const everyMsDefault = 50;

/**
 * Calls `look` until it returns something truthy (and neither false nor undefined) without throwing; resolves with that.
 * Throws what the last look threw or saw once `withinMs` have passed.
 */
export async function eventually<T>(
  look: () => T | Promise<T>,
  limits: { readonly withinMs?: number; readonly everyMs?: number } = {},
): Promise<NonNullable<T>> {
  const { withinMs = withinMsDefault, everyMs = everyMsDefault } = limits;
  const deadline = Date.now() + withinMs;
  for (;;) {
    let last: unknown;
    try {
      const seen = await look();
      if (seen) return seen as NonNullable<T>;
      last = new Error(`it was still ${String(seen)}`);
    } catch (error) {
      last = error;
    }
    if (Date.now() >= deadline)
      throw new Error(`not so within ${withinMs} ms: ${last instanceof Error ? last.message : String(last)}`, {
        cause: last,
      });
    await delay(everyMs);
  }
}
