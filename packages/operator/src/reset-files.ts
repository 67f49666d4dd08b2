// The long lists of a reset as rows for a spreadsheet, read page by page so that a million rows fit in memory: its rejected rows, every
// correction with its explanation, and the products that it leaves out and that have stock all the same (R7, ABSENT_ROWS=keep): what a shop
// goes on selling though nobody has counted it. The board and the command line write the same.
import { type Database, fileForm, read } from "@inventory-sync/db";
import { csvCell, type RejectedFields, rejectsCsv } from "@inventory-sync/domain";
import { z } from "zod";
import { levelId, only, type PageAsked, type PageFound, pageOfRows, time } from "./asking.ts";
import type { LargeCorrection } from "./corrections.ts";
import { readReset } from "./resets.ts";

/** A list of a reset: its columns, its rows in pages, and how a line of either is written. */
export interface ResetList {
  readonly columns: readonly string[];
  pages(): AsyncGenerator<readonly (readonly string[])[]>;
  line(cells: readonly string[]): string;
}

/** Rows of such a list that are read at once. */
const PAGE_ROWS = 2_000;

/** The rejected rows, in the form in which they are handed back to be corrected. @param resetId of a reset that exists */
export async function rejectsOfReset(database: Database, resetId: string): Promise<ResetList> {
  const { columns, cells, line } = rejectsCsv(await fileForm(database, resetId), resetId);
  const pageAfter = (last: RejectedFields | undefined) =>
    read<RejectedFields>(database.pool, "list_rejected_rows", [resetId, last?.line ?? -1, PAGE_ROWS]);
  return { columns, pages: () => pages(pageAfter, cells), line };
}

type Variance = Omit<LargeCorrection, "isFirst"> & {
  readonly facility: number;
  readonly product: number;
  readonly preview: boolean;
  /** The product's other names, as "UPCA:012345678905 ALU:X1". */
  readonly otherIds: string;
  readonly corrected: number;
  readonly unexplained: number;
};

const VARIANCE_COLUMNS =
  "facilityId,idType,idValue,before,counted,lateSales,shipments,after,corrected,unexplained,explanation,state,otherIds";

/** Every correction with its explanation; of held facilities and previews, what would be. @param resetId of a reset that exists */
export function variancesOfReset(database: Database, resetId: string): ResetList {
  const pageAfter = (last: Variance | undefined) =>
    read<Variance>(database.pool, "list_variances", [resetId, last?.facility ?? 0, last?.product ?? 0, PAGE_ROWS]);
  return { columns: VARIANCE_COLUMNS.split(","), pages: () => pages(pageAfter, varianceCells), line: csvLine };
}

/** What is to be known of corrections that are not in force. */
const REMARKS: Readonly<Record<string, string>> = {
  preview: " (a preview: nothing was changed)",
  held: " (held: nothing is changed until an operator approves)",
  rejected: " (rejected: nothing was changed)",
  reverted: " (was applied, and reverted)",
};

function varianceCells(row: Variance): string[] {
  const { facilityId, idType, idValue, before, counted, lateSales, shipments, after, corrected, unexplained } = row;
  const sum = `counted ${counted}, sold or returned since ${lateSales}, shipped and not yet acknowledged ${shipments}: ${after} instead of ${before}`;
  const state = row.preview ? "preview" : row.state;
  const numbers = [before, counted, lateSales, shipments, after, corrected, unexplained].map(String);
  return [facilityId, idType, idValue, ...numbers, `${sum}${REMARKS[state] ?? ""}`, state, row.otherIds];
}

export const absentSchema = z.object({
  ...levelId,
  /** Units that it stands at now. */
  onHand: z.number(),
  /** The time of the last count that listed it; null for none. */
  countedAt: time.nullable(),
  updatedAt: time,
  /** Of the store's part: of one that is held, the count is not in force. */
  state: z.enum(["applied", "held"]),
});

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
  { after, limit }: PageAsked<AbsentPlace>,
): Promise<PageFound<Absent, AbsentPlace>> {
  const { id } = await readReset(database, resetId);
  const { shown, last } = pageOfRows(await absentRows(database, id, { after, limit: limit + 1 }), limit);
  return { items: shown.map((row) => only(absentSchema, row)), next: last && only(absentPlace, last) };
}

/** All of them, page by page. @param resetId of a reset that exists */
export function absentOfReset(database: Database, resetId: string): ResetList {
  const pageAfter = (after: AbsentRow | undefined) => absentRows(database, resetId, { after, limit: PAGE_ROWS });
  const columns = absentSchema.keyof().options;
  const cells = (row: AbsentRow) => columns.map((column) => String(row[column] ?? ""));
  return { columns, pages: () => pages(pageAfter, cells), line: csvLine };
}

function absentRows(
  database: Database,
  resetId: string,
  { after, limit }: PageAsked<AbsentPlace>,
): Promise<AbsentRow[]> {
  return read(database.pool, "list_absent", [resetId, after?.facility ?? 0, after?.product ?? 0, limit]);
}

/** The pages of a list as cells. @param pageAfter the page of PAGE_ROWS rows behind a row, or the first one */
async function* pages<Row>(pageAfter: (last: Row | undefined) => Promise<Row[]>, cells: (row: Row) => string[]) {
  let last: Row | undefined;
  for (;;) {
    const page = await pageAfter(last);
    if (page.length > 0) yield page.map(cells);
    if (page.length < PAGE_ROWS) return;
    last = page.at(-1);
  }
}

/**
 * One line of CSV with every cell quoted where needed and guarded against being run as a formula: ids come from outside,
 * and a cell that begins with = is run by the spreadsheet that opens the file.
 */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}
