// The products that a count leaves out and that have stock all the same (R7, ABSENT_ROWS=keep): what a shop goes on selling though nobody has
// counted it. The board and the command line show the same.
import { type Database, read } from "@inventory-sync/db";
import { z } from "zod";
import { pageOfRows } from "./page.ts";
import { csvLine, PAGE_ROWS, pages, type ResetList } from "./reset-files.ts";
import { readReset } from "./resets.ts";

export const absentSchema = z.object({
  facilityId: z.string(),
  idType: z.string(),
  idValue: z.string(),
  /** Units that it stands at now. */
  onHand: z.number(),
  /** The time of the last count that listed it; null for none. */
  countedAt: z.iso.datetime().nullable(),
  updatedAt: z.iso.datetime(),
  /** Of the store's part: of one that is held, the count is not in force. */
  state: z.enum(["applied", "held"]),
});

/** A product with stock that a count does not list. */
export type Absent = z.infer<typeof absentSchema>;

/** Where a page begins: after this facility.id and product.id. */
export const absentPlace = z.object({ facility: z.int32().min(0), product: z.int32().min(0) });
type AbsentPlace = z.infer<typeof absentPlace>;

type AbsentRow = Absent & AbsentPlace;

/**
 * A page of the products with stock that a reset's count does not list, by store and product; `next` is undefined at the end. Stores that have a
 * newer count by now have none: theirs is told there. @throws NotFound when there is no such reset
 */
export async function listAbsent(
  database: Database,
  resetId: string,
  { after, limit }: { readonly after?: AbsentPlace | undefined; readonly limit: number },
): Promise<{ readonly items: Absent[]; readonly next: AbsentPlace | undefined }> {
  const { id } = await readReset(database, resetId);
  const rows = await absentRows(database, id, { after, limit: limit + 1 });
  const { shown, last } = pageOfRows(rows, limit);
  return { items: shown.map(({ facility: _, product: __, ...each }) => each), next: last && absentPlace.parse(last) };
}

const COLUMNS = ["facilityId", "idType", "idValue", "onHand", "countedAt", "updatedAt", "state"] as const;

/** All of them, page by page. @param resetId of a reset that exists */
export function absentOfReset(database: Database, resetId: string): ResetList {
  const pageAfter = (last: AbsentRow | undefined) => absentRows(database, resetId, { after: last, limit: PAGE_ROWS });
  const cells = (row: AbsentRow) => COLUMNS.map((column) => String(row[column] ?? ""));
  return { columns: COLUMNS, pages: () => pages(pageAfter, cells), line: csvLine };
}

function absentRows(
  database: Database,
  resetId: string,
  { after, limit }: { readonly after: AbsentPlace | undefined; readonly limit: number },
): Promise<AbsentRow[]> {
  return read<AbsentRow>(database.pool, "list_absent", [resetId, after?.facility ?? 0, after?.product ?? 0, limit]);
}
