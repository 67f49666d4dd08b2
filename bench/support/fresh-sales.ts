// Sales each of which is the first of its level, so that its confirmation by a channel is told from others'.
import { clientKey } from "./clients.ts";
import { facilityName, skuOf, wireSale } from "./events.ts";
import { openLoad } from "./http-load.ts";
import { confirmedBy, tookOf, watchProbes } from "./probes.ts";
import type { Installation } from "./stand.ts";

const connections = 16;
/** Of more, a part is watched: looking for each of them again and again would take more of the machine than what is measured. */
const watchedPerSecondMax = 100;

/** What is sold, and how fast. */
export interface FreshSales {
  readonly ingestPort: number;
  readonly perSecond: number;
  readonly seconds: number;
  /** For which as much is sold before and not watched: a process that was just started compiles its code meanwhile. */
  readonly warmUpSeconds?: number;
  readonly facilities: number;
  /** Products from this number on have no level yet. */
  readonly firstProduct: number;
  /** Begins the event ids. */
  readonly name: string;
  /** Of confirmations only those of this channel. */
  readonly channel?: string;
}

/** Milliseconds from POST until a sale was on hand, and until it was confirmed: of each sale, or at a high rate of a part of them. */
export async function sellFresh(
  on: Installation,
  { ingestPort, perSecond, seconds, warmUpSeconds = 0, facilities, firstProduct, name, channel }: FreshSales,
): Promise<{ readonly onHand: readonly number[]; readonly confirmed: readonly number[] }> {
  const post = { port: ingestPort, path: "/v1/events", key: clientKey };
  const probes = await Promise.all([watchProbes(on.databaseUrl), watchProbes(on.databaseUrl, confirmedBy(channel))]);
  const placeOf = (n: number) => facilityName(n % facilities);
  const body = (n: number): string => {
    const lines = [{ sku: skuOf(firstProduct + Math.floor(n / facilities)), quantity: 1 }];
    return JSON.stringify({ ...wireSale(name, n, { facilities, products: 1 }), facilityId: placeOf(n), lines });
  };
  const watchedEvery = Math.max(1, Math.round(perSecond / watchedPerSecondMax));
  const onSent = (n: number, dueAt: number): void => {
    if (n < warmUpSeconds * perSecond || n % watchedEvery > 0) return;
    for (const each of probes) each.sent(placeOf(n), `${name}-${n}`, dueAt);
  };
  try {
    await openLoad(post, { perSecond, seconds: warmUpSeconds + seconds, connections, body, onSent });
    const [onHand = [], confirmed = []] = await Promise.all(probes.map(async (each) => tookOf(await each.finish())));
    return { onHand, confirmed };
  } finally {
    for (const each of probes) await each.stop();
  }
}
