// An Adobe Commerce shop with several sources: as much of its Web API as stock needs. It behaves as the published code does
// (https://github.com/magento/inventory: Inventory/Model/SourceItem, InventoryApi/Test/Api, and
// https://github.com/magento/magento2: lib/internal/Magento/Framework/Webapi).
import { faultyShop, type Reply } from "../faults.ts";
import { type Call, serveShop, shopSettings } from "../serve.ts";
import { listed, type Row } from "./search.ts";

interface SourceItem {
  readonly sku: string;
  readonly source_code: string;
  readonly quantity: number;
  readonly status: number;
}

/** How this shop is set up. */
interface Rules {
  /** "Enable Input Limits": entities of one call, and rows of one page. */
  readonly inputMax?: number;
  readonly pageMax?: number;
  /** So many saves meet another one and lose. */
  deadlocks?: number;
}

const { token } = shopSettings<{ token: string }>();
const QUANTITY_MAX = 99_999_999.9999;
let products: { id: number; sku: string; type_id: string }[] = [];
let sources: { source_code: string; enabled: boolean }[] = [];
let rules: Rules = {};
const items = new Map<string, SourceItem & { source_item_id: number }>();

const error = (status: number, message: string, parameters?: Record<string, unknown>, errors?: unknown[]): Reply => ({
  status,
  body: { message, ...(errors && { errors }), ...(parameters && { parameters }) },
});

function reply({ method, path, headers, body }: Call): Reply {
  const { pathname, searchParams } = new URL(path, "http://shop");
  const [, resource] = /^\/rest\/(?:all\/|default\/)?V1\/(.+)$/.exec(pathname) ?? [];
  const lists: Record<string, readonly Row[]> = {
    products,
    "inventory/sources": sources,
    "inventory/source-items": [...items.values()].map((each) => ({ ...each })),
  };
  const list = lists[resource ?? ""];
  if (resource === undefined || list === undefined) return error(404, "Request does not match any route.");
  if (headers.authorization !== `Bearer ${token}`)
    return error(401, "The consumer isn't authorized to access %resources.", {
      resources: "Magento_InventoryApi::source",
    });
  if (method === "POST") return save((JSON.parse(body) as { sourceItems: SourceItem[] }).sourceItems);
  const pageSize = Number(searchParams.get("searchCriteria[pageSize]"));
  if (rules.pageMax !== undefined && pageSize > rules.pageMax)
    return error(400, "Maximum SearchCriteria pageSize is %max", { max: rules.pageMax });
  return { status: 200, body: listed(list, searchParams) };
}

/** All of them, or none: the first thing that is wrong is what the message says, and not of which item. */
function save(given: readonly SourceItem[]): Reply {
  if (rules.inputMax !== undefined && given.length > rules.inputMax)
    return error(400, 'Maximum items of type "%type" is %max', {
      type: "Magento\\InventoryApi\\Api\\Data\\SourceItemInterface",
      max: rules.inputMax,
    });
  if (given.length === 0) return error(400, "Input data is empty");
  const errors = given.flatMap(faultsOf);
  const [first] = errors;
  if (first !== undefined)
    return error(
      400,
      `Validation Failed: ${first.message.replace("%field", first.parameters.field)}`,
      undefined,
      errors,
    );
  const isKnown = ({ source_code }: SourceItem) => sources.some((source) => source.source_code === source_code);
  const isSaved = given.every((each) => isKnown(each) && Math.abs(each.quantity) <= QUANTITY_MAX);
  if (!isSaved || (rules.deadlocks ?? 0) > 0) {
    rules.deadlocks = (rules.deadlocks ?? 0) - 1;
    return error(400, "Could not save Source Item");
  }
  for (const { sku, source_code, quantity, status } of given) {
    const key = `${sku.toLowerCase()} ${source_code}`;
    const before = items.get(key);
    const rounded = Math.round(quantity * 10_000) / 10_000;
    const source_item_id = before?.source_item_id ?? items.size + 1;
    items.set(key, { source_item_id, sku: before?.sku ?? sku, source_code, quantity: rounded, status });
  }
  return { status: 200, body: [] };
}

function faultsOf({ sku, source_code, quantity, status }: SourceItem) {
  const fault = (isWrong: boolean, message: string, field: string) =>
    isWrong ? [{ message, parameters: { field } }] : [];
  return [
    ...fault(sku.trim() === "", '"%field" can not be empty.', "sku"),
    ...fault(sku !== sku.trim(), '"%field" can not contain leading or trailing spaces.', "sku"),
    ...fault(source_code.trim() === "", '"%field" can not be empty.', "source_code"),
    ...fault(/\s/.test(source_code), '"%field" can not contain whitespaces.', "source_code"),
    ...fault(typeof quantity !== "number", '"%field" should be numeric.', "quantity"),
    ...fault(![0, 1].includes(status), '"%field" should a known status.', "status"),
  ];
}

const shop = faultyShop(reply);

serveShop({
  handle: shop.handle,
  controls: {
    ...shop.controls,
    /** What it sells and from where, in place of what was before, with nothing in stock. */
    catalogue: (given) => {
      const { skus, types = {}, codes } = given as { skus: string[]; types?: Record<string, string>; codes: string[] };
      // Of ids there are always some that are gone.
      products = skus.map((sku, at) => ({ id: at * 3 + 1, sku, type_id: types[sku] ?? "simple" }));
      sources = codes.map((source_code) => ({ source_code, enabled: true }));
      items.clear();
    },
    rules: (given) => {
      rules = given as Rules;
    },
    /** Numbers and statuses by SKU and source. */
    stock: () =>
      Object.fromEntries(
        [...items.values()].map(({ sku, source_code, quantity, status }) => [
          `${sku} ${source_code}`,
          [quantity, status],
        ]),
      ),
  },
});
