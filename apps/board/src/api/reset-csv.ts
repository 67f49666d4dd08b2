// The long lists of a reset as CSV, sent page by page.
import { csvLine, findReset, type ResetList, rejectsOfReset, variancesOfReset } from "@inventory-sync/db";
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
    await sendCsv(response, `rejects-${resetId}.csv`, await rejectsOfReset(database, resetId));
  },
};

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
    await sendCsv(response, `variances-${resetId}.csv`, variancesOfReset(database, resetId));
  },
};

async function sendCsv(response: Response, name: string, { columns, pages }: ResetList): Promise<void> {
  response.set({
    "content-type": CSV,
    "content-disposition": `attachment; filename="${name}"`,
    "cache-control": "no-store",
  });
  response.write(csvLine(columns));
  for await (const page of pages()) {
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
