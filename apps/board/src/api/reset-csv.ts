// The long lists of a reset as CSV, sent page by page. Every cell is made safe for spreadsheets: ids come from outside, and
// a cell that begins with = is run as a formula by whoever opens the file.
import { eachRejectedRow, eachVariance, findReset, rejectedFieldsMax, resetReport } from "@inventory-sync/db";
import { guardCell, ROW_CODES, type RowCode } from "@inventory-sync/domain";
import type { Response } from "express";
import { pathResetId, unknownReset } from "../asked.ts";
import type { Endpoint } from "../endpoint.ts";

const CSV = "text/csv; charset=utf-8";

/** GET /api/resets/{id}/rejects.csv */
export const getRejectsCsv: Endpoint = {
  method: "get",
  path: "/api/resets/{id}/rejects.csv",
  access: "viewer",
  summary: "The rejected rows of a reset with code, cause and fix, followed by their own fields",
  answers: { 200: { description: "CSV", type: "text/csv" } },
  async handle({ database }, request, response) {
    const resetId = pathResetId(request);
    if (!(await findReset(database, resetId))) throw unknownReset();
    const [{ columns }, fields] = await Promise.all([
      resetReport(database, resetId),
      rejectedFieldsMax(database, resetId),
    ]);
    const own = Array.from(
      { length: Math.max(columns.length, fields) },
      (_, index) => columns[index] ?? `column${index + 1}`,
    );
    await sendCsv(
      response,
      `rejects-${resetId}.csv`,
      ["line", "facilityId", "code", "cause", "fix", "reason", ...own],
      async function* () {
        for await (const page of eachRejectedRow(database, resetId)) {
          yield page.map((row) => {
            const known = ROW_CODES[row.code as RowCode];
            return [
              String(row.line),
              row.facilityId ?? "",
              row.code,
              known?.cause ?? "",
              known?.fix ?? "",
              row.reason,
              ...row.fields,
            ];
          });
        }
      },
    );
  },
};

const VARIANCE_COLUMNS = [
  ...["facilityId", "idType", "idValue", "before", "counted", "lateSales", "shipments", "after", "corrected"],
  ...["unexplained", "explanation", "state", "otherIds"],
];

/** GET /api/resets/{id}/variances.csv */
export const getVariancesCsv: Endpoint = {
  method: "get",
  path: "/api/resets/{id}/variances.csv",
  access: "viewer",
  summary: "Every correction of a reset with its explanation; of held facilities and previews, what would be",
  answers: { 200: { description: "CSV", type: "text/csv" } },
  async handle({ database }, request, response) {
    const resetId = pathResetId(request);
    if (!(await findReset(database, resetId))) throw unknownReset();
    await sendCsv(response, `variances-${resetId}.csv`, VARIANCE_COLUMNS, async function* () {
      for await (const page of eachVariance(database, resetId)) {
        yield page.map((row) => {
          const [before, counted, late, shipped, after, corrected, unexplained] = [
            ...[row.before, row.counted, row.late_sales, row.shipments, row.after, row.corrected, row.unexplained],
          ].map(plain);
          const sum = `counted ${counted}, sold or returned since ${late}, shipped and not yet acknowledged ${shipped}: ${after} instead of ${before}`;
          const figures = [before, counted, late, shipped, after, corrected, unexplained].map((figure) => figure ?? "");
          const state = row.preview ? "preview" : row.state;
          const names = [row.facility_id, row.id_type, row.id_value];
          return [...names, ...figures, `${sum}${REMARKS[state] ?? ""}`, state, row.other_ids];
        });
      }
    });
  },
};

/** What is to be known of corrections that are not in force. */
const REMARKS: Readonly<Record<string, string>> = {
  preview: " (a preview: nothing was changed)",
  held: " (held: nothing is changed until somebody approves)",
  rejected: " (rejected: nothing was changed)",
  reverted: " (was applied, and reverted)",
};

type Rows = () => AsyncGenerator<readonly (readonly string[])[]>;

async function sendCsv(response: Response, name: string, header: readonly string[], rows: Rows): Promise<void> {
  response.set({
    "content-type": CSV,
    "content-disposition": `attachment; filename="${name}"`,
    "cache-control": "no-store",
  });
  response.write(csvLine(header));
  for await (const page of rows()) {
    const isTaken = response.write(page.map(csvLine).join(""));
    if (response.destroyed) return;
    if (!isTaken) await drained(response);
  }
  response.end();
}

/** Resolves when more may be written, or when whoever asked has gone. */
function drained(response: Response): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.once("drain", done).once("close", done);
  });
}

/** One line of CSV with every cell quoted where needed and guarded against being run as a formula. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map(cell).join(",")}\r\n`;
}

function cell(text: string): string {
  const safe = guardCell(text);
  return /[",\r\n\t;]/.test(safe) || safe.trim() !== safe ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** "93.0000" as people write it. */
function plain(decimal: string): string {
  return decimal.includes(".") ? decimal.replace(/\.?0+$/, "") : decimal;
}
