// Waiting for a fact instead of for a time.
import { setTimeout as delay } from "node:timers/promises";

/** Also where other tests have both processors. */
const withinMsDefault = 60_000;
/** Looks take processor time from what they wait for: after a second of waiting one in 150 ms is enough. */
const everyMsMin = 50;
const everyMsMax = 400;
const everyShare = 0.15;

/**
 * Calls `look` until it returns something truthy (and neither false nor undefined) without throwing; resolves with that.
 * Throws what the last look threw or saw once `withinMs` have passed.
 */
export async function eventually<T>(
  look: () => T | Promise<T>,
  limits: { readonly withinMs?: number; readonly everyMs?: number } = {},
): Promise<NonNullable<T>> {
  const { withinMs = withinMsDefault, everyMs } = limits;
  const startedAt = Date.now();
  const deadline = startedAt + withinMs;
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
    const pause = Math.min(everyMsMax, Math.max(everyMsMin, (Date.now() - startedAt) * everyShare));
    await delay(everyMs ?? pause);
  }
}
