// The shops of a first month: what they sell in a day, the count that they send at night, and what goes wrong there. All of it follows
// from a seed.
export const dayHours = 24;
export const hourMs = 3_600_000;
const CLOSING_MS_MAX = 60_000;

/** Sells through its own events, with SKUs, or through Prism's documents, with ALUs. */
interface Shop {
  readonly id: string;
  /** Prism's number of it, where it sells through Prism. */
  readonly number?: number;
}

export const shops: readonly Shop[] = [{ id: "S002" }, { id: "S003" }, { id: "5", number: 5 }, { id: "6", number: 6 }];
/** Opens in the course of the month. */
export const opening: Shop = { id: "1", number: 1 };

const products = [...Array.from({ length: 19 }, (_, index) => `00${7001 + index}`), "CAFÉ"];
const FIRST_STOCK = 200;

interface Row {
  store: string;
  idType: string;
  idValue: string;
  qty: number;
  /** As it stands in the file: nobody reads it. */
  desc: string;
}

type Sale = { idType: string; idValue: string; quantity: number };

type Event = { eventId: string; facilityId: string; beforeMs: number; lines: Sale[] };

/** What happens on one day. Times are in ms before the day's count. */
export interface Day {
  readonly events: Event[];
  /** Those that come in a request of their own. */
  readonly later: Event[];
  readonly documents: {
    sid: string;
    store_number: number;
    beforeMs: number;
    items: ({ item_pos: number } & Record<string, unknown>)[];
  }[];
  rows: Row[];
  encoding: "utf8" | "latin1";
  /** A column more, and what stands in it. */
  extra?: { readonly name: string; readonly cell: string };
  /** Where the file has no stamp in its name: how long before the count it says that it was modified. */
  modifiedBeforeMs?: number;
  /** A batch that its sender repeats and repeats. */
  refused?: object[];
}

export type Month = ReturnType<typeof createMonth>;

/** The shops, their shelves and a source of chance. @param seed a whole number */
export function createMonth(seed: number) {
  const random = randomOf(seed);
  const below = (count: number): number => Math.floor(random() * count);
  const open: Shop[] = [];
  const shelves = new Map<string, number>();
  let serial = 0;
  const idTypeOf = (shop: Shop) => (shop.number === undefined ? "SKU" : "ALU");
  const next = (): string => {
    serial += 1;
    return `${seed}${String(serial).padStart(8, "0")}`;
  };
  /** One of these, by chance. */
  const oneOf = <T>(all: readonly T[]): T => all[below(all.length)] as T;
  const month = {
    below,
    next,
    of: oneOf,
    opens(shop: Shop): void {
      open.push(shop);
      for (const product of products) shelves.set(`${shop.id} ${product}`, FIRST_STOCK + below(FIRST_STOCK));
    },
    /** Sells at one shop, and adds what its till sends. */
    sells(day: Day, shop: Shop, { product = oneOf(products), beforeMs = 1_000 + below(CLOSING_MS_MAX) } = {}): void {
      const key = `${shop.id} ${product}`;
      const quantity = 1 + below(2);
      shelves.set(key, (shelves.get(key) ?? 0) - quantity);
      if (shop.number === undefined) {
        const lines = [{ idType: "SKU", idValue: product, quantity }];
        day.events.push({ eventId: `R-${next()}`, facilityId: shop.id, beforeMs, lines });
      } else {
        const items = [{ item_pos: 1, item_type: 1, quantity, alu: product }];
        day.documents.push({ sid: next(), store_number: shop.number, beforeMs, items });
      }
    },
    /** A day on which nothing goes wrong. */
    day(): Day {
      const day: Day = { events: [], later: [], documents: [], rows: [], encoding: "utf8" };
      for (const shop of open) for (let sale = 0; sale < 3; sale += 1) month.sells(day, shop);
      return day;
    },
    /** Counts what is on the shelves at the end of the day. */
    counts(day: Day): void {
      day.rows = open.flatMap((shop) =>
        products.map((product) => {
          const qty = shelves.get(`${shop.id} ${product}`) ?? 0;
          return { store: shop.id, idType: idTypeOf(shop), idValue: product, qty, desc: "plain" };
        }),
      );
    },
  };
  for (const shop of shops) month.opens(shop);
  return month;
}

/** Events of a day as /v1/events takes them. @param nowMs when the day is counted, in ms since 1970 */
export function wireEvents(events: readonly Event[], nowMs: number): object[] {
  return events.map(({ beforeMs, ...event }) => ({
    ...event,
    ...{ type: "sale", occurredAt: new Date(nowMs - beforeMs).toISOString() },
  }));
}

/** The documents of a day as Prism gives them. */
export function wireDocuments({ documents }: Day, nowMs: number): object[] {
  return documents.map(({ beforeMs, ...document }) => ({
    ...{ status: 4, is_held: false, receipt_type: 0, ...document },
    invoice_posted_date: new Date(nowMs - beforeMs).toISOString(),
  }));
}

/** The count of a day as its file. */
export function countFile({ rows, encoding, extra, modifiedBeforeMs }: Day, nowMs: number) {
  const columns = ["store", "idType", "idValue", "qty", "desc", ...(extra ? [extra.name] : [])];
  const cells = rows.map((row) => [...Object.values(row), ...(extra ? [extra.cell] : [])]);
  const content = Buffer.from([columns, ...cells].map((line) => `${line.join(",")}\n`).join(""), encoding);
  const stamp = new Date(nowMs).toISOString().replace(/\.\d+|[-:]/g, "");
  const isStamped = modifiedBeforeMs === undefined;
  const modifiedAt = isStamped ? undefined : new Date(nowMs - modifiedBeforeMs);
  return { name: isStamped ? `stock-${stamp}.csv` : "stock.csv", content, modifiedAt };
}

/** A generator of numbers from 0 to below 1 that gives the same ones for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
