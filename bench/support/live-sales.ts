// Stores that sell: a steady stream of single sales through ingest, each of them watched until it is on hand.
import { clientKey } from "./clients.ts";
import { type Retailer, saleOf, wireSale } from "./events.ts";
import { openLoad } from "./http-load.ts";
import { type Probe, watchProbes } from "./probes.ts";
import type { Installation } from "./stand.ts";

const connections = 16;

/** How much is sold. */
export interface Selling {
  readonly port: number;
  readonly retailer: Retailer;
  readonly perSecond: number;
  /** Begins the event ids. */
  readonly name: string;
  /** The number of the first sale: the stores sell in turn. Default 0. */
  readonly from?: number;
}

/** Sells for so many seconds, and then until all sales are on hand. */
export async function sellFor(on: Installation, seconds: number, selling: Selling): Promise<readonly Probe[]> {
  const { port, retailer, perSecond, name, from = 0 } = selling;
  const probes = await watchProbes(on.databaseUrl);
  try {
    await openLoad(
      { port, path: "/v1/events", key: clientKey },
      {
        ...{ connections, perSecond, seconds },
        body: (n) => JSON.stringify(wireSale(name, from + n, retailer)),
        onSent: (n, dueAt) => {
          const { facilityId, eventId } = saleOf(name, from + n, retailer);
          probes.sent(facilityId, eventId, dueAt);
        },
      },
    );
    return await probes.finish();
  } finally {
    await probes.stop();
  }
}

/** Sells until the work is done, a second at a time. Gives the sales of that time. */
export async function sellDuring(
  on: Installation,
  work: Promise<unknown>,
  selling: Selling,
): Promise<readonly Probe[]> {
  let done = false;
  const settled = work.finally(() => {
    done = true;
  });
  // It is awaited below; until then a failure must not end the process.
  settled.catch(() => undefined);
  const sold: Probe[] = [];
  for (let turn = 0; !done; turn += 1) {
    const from = turn * selling.perSecond;
    sold.push(...(await sellFor(on, 1, { ...selling, name: `${selling.name}-${turn}`, from })));
  }
  await settled;
  return sold;
}
