// The stock of the simulated Shopify shop: items, their levels at locations, and what orders do to them. A level's numbers are Shopify's:
// on hand is available + committed + reserved + damaged + safety stock + quality control, and is computed.

/** A level: an item at a location. */
export interface Level {
  readonly number: number;
  isActive: boolean;
  available: number;
  committed: number;
  reserved: number;
  damaged: number;
  safety_stock: number;
  quality_control: number;
  incoming: number;
  updatedAt: string;
}

/** An item: one variant of a product, and its stock. */
export interface Item {
  readonly id: number;
  sku: string | null;
  barcode: string | null;
  tracked: boolean;
  readonly isBundle: boolean;
  /** By location. */
  readonly levels: Map<number, Level>;
  /** What searches and totals know of it: they lag. */
  indexed: { readonly sku: string | null; readonly total: number };
  changedAt: number;
}

/** An item as a test puts it there; `at` is what is available where. */
export interface GivenItem {
  readonly id: number;
  readonly sku?: string | null;
  readonly barcode?: string | null;
  readonly tracked?: boolean;
  readonly isBundle?: boolean;
  readonly at?: Readonly<Record<string, number>>;
}

/** What of a level is a quantity by a name of Shopify's. */
export const quantityNames = [
  "available",
  "committed",
  "reserved",
  "damaged",
  "safety_stock",
  "quality_control",
  "incoming",
] as const;

const INDEX_LAG_MS = 3_000;
const FIRST_LEVEL = 143_000_000;

export interface Stock {
  readonly locations: readonly number[];
  readonly items: Map<number, Item>;
  /** All items by their id, the smallest first. */
  ordered(): readonly Item[];
  put(given: GivenItem): void;
  /** The level of an item, made when it was never stocked there. */
  stockAt(item: Item, location: number): Level;
  /** A level was changed: notes when, and tells it. */
  touch(item: Item, location: number): void;
  /** Who is told of each change. */
  watch(onChange: (item: Item, location: number, level: Level) => void): void;
  /** A person or another program sets what is on hand. */
  setOnHand(item: Item, location: number, quantity: number): void;
  /** A web order: what was available is committed. */
  order(item: Item, location: number, quantity: number): void;
  /** It is sent: what was committed is gone. */
  fulfil(item: Item, location: number, quantity: number): void;
  /** What searches and totals know of an item now. */
  indexOf(item: Item): Item["indexed"];
  bySku(sku: string): Item;
}

/** On hand as Shopify has it. */
export function onHandOf(level: Level): number {
  const { available, committed, reserved, damaged, safety_stock, quality_control } = level;
  return available + committed + reserved + damaged + safety_stock + quality_control;
}

/** @param now the shop's clock, ms */
export function openStock(locations: readonly number[], now: () => number): Stock {
  const items = new Map<number, Item>();
  let levels = 0;
  let ordered: readonly Item[] | undefined;
  let onChange: Parameters<Stock["watch"]>[0] = () => undefined;
  const levelOf = (item: Item, location: number): Level => {
    const level = item.levels.get(location);
    if (level === undefined) throw new Error(`item ${item.id} is not stocked at ${location}`);
    return level;
  };
  const touch = (item: Item, location: number): void => {
    const level = levelOf(item, location);
    item.changedAt = now();
    level.updatedAt = new Date(now()).toISOString();
    onChange(item, location, level);
  };
  const stockAt = (item: Item, location: number): Level => {
    const there = item.levels.get(location);
    if (there) return there;
    levels += 1;
    const nothing = { available: 0, committed: 0, reserved: 0, damaged: 0, safety_stock: 0, quality_control: 0 };
    const level = { ...nothing, incoming: 0, number: FIRST_LEVEL + levels, isActive: true, updatedAt: "" };
    item.levels.set(location, level);
    touch(item, location);
    return level;
  };
  return {
    locations,
    items,
    ordered: () => {
      ordered ??= [...items.values()].sort((one, other) => one.id - other.id);
      return ordered;
    },
    stockAt,
    touch,
    watch: (watcher) => {
      onChange = watcher;
    },
    put: ({ id, sku = null, barcode = null, tracked = true, isBundle = false, at = {} }) => {
      const indexed = { sku, total: 0 };
      const item = { id, sku, barcode, tracked, isBundle, levels: new Map(), indexed, changedAt: now() };
      for (const [location, available] of Object.entries(at)) stockAt(item, Number(location)).available = available;
      item.indexed = { sku, total: totalOf(item) };
      items.set(id, item);
      ordered = undefined;
    },
    setOnHand: (item, location, quantity) => {
      const level = levelOf(item, location);
      level.available += quantity - onHandOf(level);
      touch(item, location);
    },
    order: (item, location, quantity) => {
      const level = levelOf(item, location);
      level.available -= quantity;
      level.committed += quantity;
      touch(item, location);
    },
    fulfil: (item, location, quantity) => {
      const level = levelOf(item, location);
      level.committed -= quantity;
      touch(item, location);
    },
    indexOf: (item) => {
      if (now() - item.changedAt >= INDEX_LAG_MS) item.indexed = { sku: item.sku, total: totalOf(item) };
      return item.indexed;
    },
    bySku: (sku) => {
      const item = [...items.values()].find((each) => each.sku === sku);
      if (item === undefined) throw new Error(`there is no item ${sku}`);
      return item;
    },
  };
}

function totalOf(item: Item): number {
  return [...item.levels.values()].reduce((sum, { available }) => sum + available, 0);
}
