// The long lists of a reset as rows for a spreadsheet, page by page: its rejected rows, and every correction with its
// explanation. Board and command line write the same.
import { csvCell, ROW_CODES, type RowCode, withoutTrailingZeros } from "@inventory-sync/domain";
import type { Database } from "../database.ts";
import { resetReport } from "../resets/report.ts";
import { eachRejectedRow, eachVariance, rejectedFieldsMax, type VarianceView } from "./reset-rows.ts";

/** A list of a reset: its columns, and its rows in pages. */
export interface ResetList {
  readonly columns: readonly string[];
  pages(): AsyncGenerator<readonly (readonly string[])[]>;
}

/** The rejected rows with code, cause and fix, followed by their own fields. @param resetId of a reset that exists */
export async function rejectsOfReset(database: Database, resetId: string): Promise<ResetList> {
  const [{ columns }, fields] = await Promise.all([
    resetReport(database, resetId),
    rejectedFieldsMax(database, resetId),
  ]);
  const length = Math.max(columns.length, fields);
  const own = Array.from({ length }, (_, index) => columns[index] ?? `column${index + 1}`);
  return {
    columns: ["line", "facilityId", "code", "cause", "fix", "reason", ...own],
    async *pages() {
      for await (const page of eachRejectedRow(database, resetId)) {
        yield page.map((row) => {
          const known = ROW_CODES[row.code as RowCode];
          const why = [row.code, known?.cause ?? "", known?.fix ?? "", row.reason];
          return [String(row.line), row.facilityId ?? "", ...why, ...row.fields];
        });
      }
    },
  };
}

/** Every correction with its explanation; of held facilities and previews, what would be. @param resetId of a reset that exists */
export function variancesOfReset(database: Database, resetId: string): ResetList {
  return {
    columns: [
      ...["facilityId", "idType", "idValue", "before", "counted", "lateSales", "shipments", "after", "corrected"],
      ...["unexplained", "explanation", "state", "otherIds"],
    ],
    async *pages() {
      for await (const page of eachVariance(database, resetId)) yield page.map(varianceCells);
    },
  };
}

/** What is to be known of corrections that are not in force. */
const REMARKS: Readonly<Record<string, string>> = {
  preview: " (a preview: nothing was changed)",
  held: " (held: nothing is changed until somebody approves)",
  rejected: " (rejected: nothing was changed)",
  reverted: " (was applied, and reverted)",
};

function varianceCells(row: VarianceView): string[] {
  const [before = "", counted = "", late = "", shipped = "", after = "", corrected = "", unexplained = ""] = [
    ...[row.before, row.counted, row.late_sales, row.shipments, row.after, row.corrected, row.unexplained],
  ].map(plain);
  const sum = `counted ${counted}, sold or returned since ${late}, shipped and not yet acknowledged ${shipped}: ${after} instead of ${before}`;
  const state = row.preview ? "preview" : row.state;
  return [
    ...[row.facility_id, row.id_type, row.id_value, before, counted, late, shipped, after, corrected, unexplained],
    ...[`${sum}${REMARKS[state] ?? ""}`, state, row.other_ids],
  ];
}

/** "93.0000" as people write it. */
function plain(decimal: string): string {
  const [whole = "", fraction = ""] = decimal.split(".");
  const shown = withoutTrailingZeros(fraction);
  return shown === "" ? whole : `${whole}.${shown}`;
}

/**
 * One line of CSV with every cell quoted where needed and guarded against being run as a formula: ids come from outside,
 * and a cell that begins with = is run by whoever opens the file in a spreadsheet.
 */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}
