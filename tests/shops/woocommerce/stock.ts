// What a product of the simulated WooCommerce shop is, and what a change does to its stock.

/** A thing with stock, as it is kept. */
export interface Variation {
  readonly id: number;
  readonly sku: string;
  readonly manage_stock?: boolean;
  readonly backorders?: "no" | "notify" | "yes";
  stock_quantity?: number | null;
  stock_status?: string;
}

export interface Product extends Variation {
  readonly type?: string;
  readonly variations?: Variation[];
}

export interface Change {
  readonly id: number;
  readonly stock_quantity?: number;
  readonly stock_status?: string;
}

/** How this shop is set up, and what its plugins do. */
export interface Rules {
  /** The filter woocommerce_rest_batch_items_limit. */
  readonly batchMax?: number;
  /** The option woocommerce_manage_stock is off. */
  readonly managesNothing?: boolean;
  /** A plugin keeps stock_status from following the number. */
  readonly keepsStatus?: boolean;
  /** The option woocommerce_notify_no_stock_amount. */
  readonly noStockAmount?: number;
  /** Ids at which a plugin throws, which is an error of the item; dies, which is the end of the request; or puts one more. */
  readonly refuses?: readonly number[];
  readonly dies?: readonly number[];
  readonly adds?: readonly number[];
  /** The length of each description, which every answer has. */
  readonly descriptionCharacters?: number;
  /** Products that a batch's answer leaves out; the others come in the other direction. */
  readonly leavesOut?: readonly number[];
}

/** Changes a thing as a save does: a number counts only where stock is managed, and the status follows it. */
export function change(thing: Variation, wanted: Change, rules: Rules): void {
  if (wanted.stock_status !== undefined) thing.stock_status = wanted.stock_status;
  if (thing.manage_stock !== true || rules.managesNothing) {
    thing.stock_quantity = null;
    return;
  }
  if (wanted.stock_quantity !== undefined)
    thing.stock_quantity = Math.trunc(wanted.stock_quantity) + (rules.adds?.includes(thing.id) ? 1 : 0);
  if (rules.keepsStatus) return;
  const isAbove = (thing.stock_quantity ?? 0) > (rules.noStockAmount ?? 0);
  thing.stock_status = isAbove ? "instock" : (thing.backorders ?? "no") === "no" ? "outofstock" : "onbackorder";
}

/** A thing as the API shows it. A variation without a SKU shows its parent's, and "parent" where that has the stock. */
export function shown(thing: Product, parent: Product | undefined, rules: Rules): Record<string, unknown> {
  const own = thing.manage_stock === true && !rules.managesNothing;
  const manages = own || (parent?.manage_stock === true ? "parent" : false);
  return {
    id: thing.id,
    sku: thing.sku === "" ? (parent?.sku ?? "") : thing.sku,
    type: thing.type ?? (parent === undefined ? "simple" : "variation"),
    description: "x".repeat(rules.descriptionCharacters ?? 0),
    manage_stock: manages,
    stock_quantity: manages === "parent" ? (parent?.stock_quantity ?? null) : (thing.stock_quantity ?? null),
    stock_status: thing.stock_status ?? "instock",
    backorders: thing.backorders ?? "no",
    backorders_allowed: (thing.backorders ?? "no") !== "no",
  };
}
