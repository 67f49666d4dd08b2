// How far behind the channels are, as this process has seen it since it started: looked at every few seconds, kept for some hours. After a
// restart it begins anew; Prometheus keeps the same numbers for longer (docs/metrics.md).

import type { Database } from "@inventory-sync/db";
import { type ChannelSeen, channelsNow } from "@inventory-sync/operator";

const LOOK_EVERY_MS = 15_000;
const KEPT_MS = 6 * 3_600_000;
/** Confirmed a second is told over so long. */
const RATE_MS = 60_000;

/** A channel at one time. */
export type LagSeen = ReturnType<typeof lagOf>;

/** What was seen of the channels. */
export type Lag = ReturnType<typeof watchLag>;

/** Looks from now on. While the database is away nothing is seen. */
export function watchLag({ database }: { readonly database: Database }) {
  const seen = new Map<string, LagSeen[]>();
  const look = async (): Promise<void> => {
    const at = Date.now();
    const channels = await channelsNow(database);
    for (const gone of [...seen.keys()].filter((name) => !channels.some((each) => each.name === name)))
      seen.delete(gone);
    for (const channel of channels) {
      const kept = (seen.get(channel.name) ?? []).filter((each) => at - each.at < KEPT_MS);
      seen.set(channel.name, [...kept, lagOf(channel, at)]);
    }
  };
  const timer = setInterval(() => void look().catch(() => undefined), LOOK_EVERY_MS);
  timer.unref();
  void look().catch(() => undefined);
  return {
    /** Of one channel, oldest first. */
    of: (name: string): readonly LagSeen[] => seen.get(name) ?? [],
    stop: () => clearInterval(timer),
  };
}

/** A channel as it is now. */
export function lagOf({ pending, oldestPendingSeconds, published }: ChannelSeen, at = Date.now()) {
  return { at, pending, oldestPendingSeconds: oldestPendingSeconds ?? 0, published };
}

/** Levels confirmed a second in the last minute; undefined while it is not known. */
export function confirmedPerSecond(seen: readonly LagSeen[]): number | undefined {
  const last = seen.at(-1);
  const first = last && seen.find(({ at }) => at >= last.at - RATE_MS);
  if (first === undefined || last === undefined || last.at === first.at) return undefined;
  return Math.max(0, last.published - first.published) / ((last.at - first.at) / 1_000);
}
