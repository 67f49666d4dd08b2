// A page of a list, of which one row more was read than is shown: whether it is there says whether there is a next page.

/** The rows that are shown, and the last of them where a next page follows. */
export function pageOfRows<Row>(rows: Row[], limit: number): { readonly shown: Row[]; readonly last: Row | undefined } {
  const shown = rows.slice(0, limit);
  return { shown, last: rows.length > limit ? shown.at(-1) : undefined };
}
