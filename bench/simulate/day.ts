// The day of a chain, as arithmetic: how much each store sells when, and what. Everything that chance decides comes from one seed.
//
// Stores differ in size and products in how often they sell, so sales are not spread evenly: a store's day is the mean times a
// log-normal factor, and a product's rank follows Zipf's law. The hours are those of a shop that is open for fourteen, whose busiest
// hour has an eighth of the day.
import type { Random } from "../../tests/faults/random.ts";

/** What is simulated. */
export interface Chain {
  readonly stores: number;
  readonly products: number;
  /** How many of the products each store has. */
  readonly listed: number;
  /** Lines that a store sells on a usual day, on average. */
  readonly linesPerStore: number;
}

/** One receipt: of which store, at which minute of the day, and the products by their number, one unit each. */
export interface Receipt {
  readonly store: number;
  readonly minute: number;
  readonly products: readonly number[];
}

/** Lines of a receipt, on average. */
export const linesPerReceipt = 2.2;
/** The share of the day's receipts in each of its 24 hours, in percent. */
const hours = [0, 0, 0, 0, 0, 0, 0, 1, 4, 6, 8, 9, 10, 9, 8, 8, 9, 12, 9, 4, 2, 1, 0, 0];
const minutesADay = 24 * 60;
const storeSpread = 0.5;

/** How many receipts each store will have, by its number. Their sum is near to what the chain's mean says. */
function receiptsByStore({ stores, linesPerStore }: Chain, random: Random): number[] {
  const factors = Array.from({ length: stores }, () => Math.exp(storeSpread * normal(random)));
  const mean = factors.reduce((sum, each) => sum + each, 0) / stores;
  return factors.map((factor) => Math.round((factor / mean) * (linesPerStore / linesPerReceipt)));
}

/** The receipts of the day in the order in which they come. Holds those of one minute at a time. */
export function* receiptsOf(chain: Chain, random: Random): Generator<readonly Receipt[]> {
  const byStore = receiptsByStore(chain, random);
  for (let minute = 0; minute < minutesADay; minute += 1) {
    const share = (hours[Math.floor(minute / 60)] ?? 0) / 100 / 60;
    const now = byStore.flatMap((receipts, store) =>
      Array.from({ length: chanceOf(receipts * share, random) }, () => receiptOf(chain, { store, minute, random })),
    );
    yield random.shuffled(now);
  }
}

function receiptOf(
  chain: Chain,
  { store, minute, random }: { store: number; minute: number; random: Random },
): Receipt {
  // 1 to 4 lines, 2.2 on average.
  const lines = random.pick([1, 1, 2, 3, 4]);
  const products = Array.from({ length: lines }, () => productAt(chain, store, rankOf(chain.listed, random)));
  return { store, minute, products };
}

/** The number of the store's product of this rank: each store lists a stretch of the catalogue, so that neighbours share most of theirs. */
export const productAt = (
  { products, listed }: Pick<Chain, "products" | "listed">,
  store: number,
  rank: number,
): number => (listed >= products ? rank : (store * 97 + rank) % products);

/** Zipf with exponent 1, by its continuous inverse. */
const rankOf = (listed: number, random: Random): number =>
  Math.min(listed, Math.floor((listed + 1) ** random.next())) - 1;

/** A whole number whose mean is the given one: the part behind the point is decided by chance. */
const chanceOf = (mean: number, random: Random): number => Math.floor(mean) + (random.chance(mean % 1) ? 1 : 0);

/** Box–Muller. */
const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
