// What the shop shows of its stock: objects whose functions are the fields, as GraphQL's default resolver calls them.
import { GraphQLError } from "graphql";
import { type Item, type Level, onHandOf, quantityNames, type Stock } from "./stock.ts";

const DEPTH_MAX = 25_000;
const PAGE_MAX = 250;

/** The number in a global id of a type, whatever follows it; undefined for the id of another type. */
export function numberIn(gid: string, type: string): number | undefined {
  const [, found, number] = /^gid:\/\/shopify\/(\w+)\/(\d{1,16})(?:\?.{0,100})?$/.exec(gid) ?? [];
  if (number === undefined)
    throw new GraphQLError(`Invalid global id '${gid}'`, { extensions: { code: "argumentLiteralsIncompatible" } });
  return found === type ? Number(number) : undefined;
}

/** Everything that can be asked for. */
export function viewsOf(stock: Stock) {
  const location = (number: number) => ({
    __typename: "Location",
    id: `gid://shopify/Location/${number}`,
    name: `Location ${number}`,
    isActive: true,
  });
  const level = (owner: Item, at: number, there: Level) => ({
    __typename: "InventoryLevel",
    id: `gid://shopify/InventoryLevel/${there.number}?inventory_item_id=${owner.id}`,
    isActive: () => there.isActive,
    updatedAt: () => there.updatedAt,
    item: () => item(owner),
    location: location(at),
    quantities: ({ names }: { names: string[] }) =>
      names.map((name) => ({
        name,
        quantity: quantityOf(there, name),
        // Shopify says when what is available changed, and never when what is on hand did.
        updatedAt: name === "on_hand" ? null : there.updatedAt,
      })),
  });
  const levelsOf = (owner: Item, { includeInactive, ...page }: Page & { includeInactive: boolean }) =>
    connection(
      [...owner.levels].filter(([, each]) => each.isActive || includeInactive),
      page,
      { orderOf: ([, each]) => each.number, view: ([at, each]) => level(owner, at, each) },
    );
  const variant = (owner: Item): object => ({
    __typename: "ProductVariant",
    id: `gid://shopify/ProductVariant/${owner.id}`,
    sku: owner.sku,
    barcode: owner.barcode,
    requiresComponents: owner.isBundle,
    inventoryQuantity: () => [...owner.levels.values()].reduce((sum, { available }) => sum + available, 0),
    inventoryItem: () => item(owner),
    product: {
      id: `gid://shopify/Product/${owner.id}`,
      title: `Product ${owner.id}`,
      totalInventory: () => stock.indexOf(owner).total,
      tracksInventory: owner.tracked,
    },
  });
  const item = (owner: Item): object => ({
    __typename: "InventoryItem",
    id: `gid://shopify/InventoryItem/${owner.id}`,
    sku: owner.sku,
    tracked: owner.tracked,
    requiresShipping: true,
    duplicateSkuCount: () =>
      [...stock.items.values()].filter(({ id, sku }) => sku !== null && sku === owner.sku && id !== owner.id).length,
    variant: () => variant(owner),
    inventoryLevel: ({ locationId, includeInactive }: { locationId: string; includeInactive: boolean }) => {
      const at = numberIn(locationId, "Location");
      const there = at === undefined ? undefined : owner.levels.get(at);
      return there && at !== undefined && (there.isActive || includeInactive) ? level(owner, at, there) : null;
    },
    inventoryLevels: (page: Page & { includeInactive: boolean }) => levelsOf(owner, page),
  });
  const node = ({ id }: { id: string }): object | null => {
    const number = numberIn(id, "InventoryItem") ?? numberIn(id, "ProductVariant");
    const owner = number === undefined ? undefined : stock.items.get(number);
    if (owner) return id.includes("/ProductVariant/") ? variant(owner) : item(owner);
    const at = numberIn(id, "Location");
    return at !== undefined && stock.locations.includes(at) ? location(at) : null;
  };
  const all = (view: (owner: Item) => object, { query, ...page }: Page & { query?: string | null }) =>
    connection(search(stock, query ?? ""), page, { orderOf: ({ id }) => id, view });
  return {
    item,
    location,
    level,
    queries: {
      node,
      nodes: ({ ids }: { ids: string[] }) => ids.map((id) => node({ id })),
      shop: { id: "gid://shopify/Shop/1", name: "Simulated", resourceLimits: { locationLimit: 200 } },
      locations: (page: Page) => connection(stock.locations, page, { orderOf: (at) => at, view: location }),
      inventoryItem: ({ id }: { id: string }) => (numberIn(id, "InventoryItem") === undefined ? null : node({ id })),
      inventoryItems: (page: Page & { query?: string }) => all(item, page),
      productVariants: (page: Page & { query?: string }) => all(variant, page),
      inventoryLevel: ({ id }: { id: string }) => {
        const owner = stock.items.get(Number(/inventory_item_id=(\d{1,16})$/.exec(id)?.[1]));
        const [at, there] =
          [...(owner?.levels ?? [])].find(([, each]) => each.number === numberIn(id, "InventoryLevel")) ?? [];
        return owner && at !== undefined && there ? level(owner, at, there) : null;
      },
    },
  };
}
export type Views = ReturnType<typeof viewsOf>;

function quantityOf(level: Level, name: string): number {
  if (name === "on_hand") return onHandOf(level);
  const known = quantityNames.find((each) => each === name);
  if (known === undefined)
    throw new GraphQLError(`The quantity name ${name} is invalid.`, { extensions: { code: "BAD_REQUEST" } });
  return level[known];
}

interface Page {
  readonly first?: number | null;
  readonly after?: string | null;
  readonly reverse?: boolean;
}

/** A page of what was found, which stands in its order. */
function connection<Each>(
  found: readonly Each[],
  { first, after }: Page,
  { orderOf, view }: { orderOf(each: Each): number; view(each: Each): object },
): object {
  if (typeof first !== "number" || first < 0 || first > PAGE_MAX)
    throw new GraphQLError(`you must provide first, from 0 to ${PAGE_MAX}`, { extensions: { code: "BAD_REQUEST" } });
  const last = Number(Buffer.from(after ?? "", "base64"));
  const next = after ? found.findIndex((each) => orderOf(each) > last) : 0;
  const from = next < 0 ? found.length : next;
  // Who pages deeper has to ask from an id on.
  if (from >= DEPTH_MAX) throw new GraphQLError("Pagination ends here.", { extensions: { code: "BAD_REQUEST" } });
  const page = found.slice(from, from + first);
  const cursorOf = (each: Each | undefined) =>
    each === undefined ? null : Buffer.from(`${orderOf(each)}`).toString("base64");
  return {
    nodes: page.map(view),
    pageInfo: {
      hasNextPage: from + first < found.length,
      hasPreviousPage: from > 0,
      startCursor: cursorOf(page[0]),
      endCursor: cursorOf(page.at(-1)),
    },
  };
}

/** A search: from an id on, or by the SKU that the index knows, which lags. */
function search(stock: Stock, query: string): readonly Item[] {
  const all = stock.ordered();
  const beyond = /^id:>(\d{1,16})$/.exec(query)?.[1];
  if (beyond !== undefined) {
    const from = all.findIndex(({ id }) => id > Number(beyond));
    return from < 0 ? [] : all.slice(from);
  }
  const sku = /^sku:(\S{1,255})$/.exec(query)?.[1]?.toLowerCase();
  return sku === undefined ? all : all.filter((item) => stock.indexOf(item).sku?.toLowerCase() === sku);
}
