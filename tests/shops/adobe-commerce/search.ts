// Search criteria as the simulated Adobe Commerce shop reads them: groups of which all hold, filters of which one does; a page past the last one
// is the last one again; `fields` leaves the rest out.

export type Row = Readonly<Record<string, unknown>>;

const PAGE_SIZE = 20;

/** A page of rows by the search criteria of a query. */
export function listed(rows: readonly Row[], query: URLSearchParams): Row {
  const groups = groupsIn(query);
  const sortBy = query.get("searchCriteria[sortOrders][0][field]");
  const wanted = rows
    .filter((row) => groups.every((filters) => filters.some((filter) => holds(row, filter))))
    .sort((one, other) => (sortBy === null ? 0 : Number(fieldOf(one, sortBy)) - Number(fieldOf(other, sortBy))));
  const pageSize = Number(query.get("searchCriteria[pageSize]") ?? PAGE_SIZE);
  const last = Math.max(1, Math.ceil(wanted.length / pageSize));
  const page = Math.min(last, Number(query.get("searchCriteria[currentPage]") ?? 1));
  const fields = /^items\[([\w,]+)\],total_count$/.exec(query.get("fields") ?? "")?.[1]?.split(",");
  const items = wanted
    .slice((page - 1) * pageSize, page * pageSize)
    .map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => fields?.includes(name) ?? true)));
  return { items, total_count: wanted.length };
}

interface Filter {
  readonly field: string;
  readonly value: string;
  readonly condition: string;
}

function groupsIn(query: URLSearchParams): Filter[][] {
  const groups: Filter[][] = [];
  for (const [name, field] of query) {
    const [, base, group] = /^(searchCriteria\[filter_groups\]\[(\d+)\]\[filters\]\[\d+\])\[field\]$/.exec(name) ?? [];
    if (base === undefined) continue;
    const filters = groups[Number(group)] ?? [];
    groups[Number(group)] = filters;
    const condition = query.get(`${base}[condition_type]`) ?? "eq";
    filters.push({ field, value: query.get(`${base}[value]`) ?? "", condition });
  }
  return groups;
}

/** As MySQL compares texts: without regard to case. */
function holds(row: Row, { field, value, condition }: Filter): boolean {
  const has = String(fieldOf(row, field)).toLowerCase();
  if (condition === "gt") return Number(has) > Number(value);
  const wanted = condition === "in" ? value.split(",") : [value];
  return wanted.some((each) => each.toLowerCase() === has);
}

/** Of a product `id` is the field `entity_id`. */
function fieldOf(row: Row, field: string): unknown {
  return row[field] ?? (field === "entity_id" ? row.id : undefined);
}
