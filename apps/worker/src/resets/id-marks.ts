// Flow 2, step 4: rows of one product under different ids of its. A row that names its product by another id than the first row of the
// file did is marked in its location, so that the database can tell such rows from the same row sent twice.
import type { Catalogue } from "@inventory-sync/db";
import type { ColumnMapping } from "@inventory-sync/domain";

/** What stands between a location and the mark; no id has it. Statements settle_duplicate_rows and count_merged_rows know it, too. */
const MARK = "\u0001";

type IdsOfType = ReadonlyMap<string, number>;

/** Marks rows by the ids that name their products. */
export type IdMarks = ReturnType<typeof idMarks>;

/** Makes the marks of a file. Products that are reached by one id only, in most catalogues all, cost a look at a byte. */
export function idMarks({ products }: Catalogue, { fixedIdType, otherIds }: ColumnMapping) {
  const isOneType = fixedIdType !== null && !otherIds;
  const types = [...products].flatMap(([type, ids]) => (!isOneType || type === fixedIdType ? [ids] : []));
  const idCounts = countIds(types);
  const known = new Map<number, { readonly ofType: IdsOfType; readonly idValue: string }[]>();
  let isUsed = false;
  return {
    /** Whether any row was marked. */
    get isUsed() {
      return isUsed;
    },
    /** What is put behind the location of a row; "" for a product's first id in the file. */
    mark(product: number, ofType: IdsOfType, idValue: string): string {
      if ((idCounts[product] ?? 0) < 2) return "";
      const ids = known.get(product) ?? [];
      let at = ids.findIndex((each) => each.ofType === ofType && each.idValue === idValue);
      if (at === -1) {
        // A text of its own: what was cut from a chunk of the file would keep all of the chunk alive.
        at = ids.push({ ofType, idValue: Buffer.from(idValue, "utf8").toString("utf8") }) - 1;
        known.set(product, ids);
      }
      if (at === 0) return "";
      isUsed = true;
      return `${MARK}${at}`;
    },
  };
}

/** How many ids reach each product, up to 2. */
function countIds(types: readonly IdsOfType[]): Uint8Array {
  let max = 0;
  for (const ids of types) for (const product of ids.values()) max = Math.max(max, product);
  const counts = new Uint8Array(max + 1);
  for (const ids of types)
    for (const product of ids.values()) counts[product] = Math.min(2, (counts[product] ?? 0) + 1);
  return counts;
}
