// Rejected rows of a reset, corrected one by one or as a whole file, and applied as a repair: a reset of its own. However they
// were corrected, they become a file in incoming/, in the form in which rejected rows are handed back: so a repair is archived and read
// as any other file is, and a worker holds what it claims against what is on record. docs/snapshot-files.md says what a repair is.
import { randomUUID } from "node:crypto";
import { type Database, fileForm, openReset, read } from "@inventory-sync/db";
import { isErrorColumn, type RejectedFields, rejectsCsv, shownShort, whyNotRepairable } from "@inventory-sync/domain";
import { z } from "zod";
import { Refusal } from "./refusals.ts";
import type { OpenedReset } from "./reset-runs.ts";
import { type Reset, readReset } from "./resets.ts";
import type { WithInbox } from "./sources.ts";

/** A request of very many rows is better made with the file. */
const ROWS_MAX = 1_000;
const VALUE_LENGTH_MAX = 1_000;

/** The rows that a repair is asked to apply: of each its line in the file of the reset, and what changes in it. */
export const repairBody = z.strictObject({
  rows: z
    .array(
      z.strictObject({
        line: z.int().positive(),
        /** By the names of the columns; what is not named stays as it is. */
        values: z.record(z.string(), z.string().max(VALUE_LENGTH_MAX)).default({}),
      }),
    )
    .min(1)
    .max(ROWS_MAX),
});

export type RepairRows = z.output<typeof repairBody>["rows"];

/** A rejected row that is still to be corrected, as it was tried last. */
export type RowToRepair = RejectedFields & {
  readonly facilityId: string | null;
  /** The repair in which it was rejected again. */
  readonly triedIn: string | null;
  /** A newer count is in force at its facility: corrected now it would be stale. */
  readonly isOvertaken: boolean;
};

/** The rejected rows of a reset that are still to be corrected. */
export interface RowsToRepair {
  /** The columns of its file; `isUsed` says that something was read from it. */
  readonly columns: readonly { readonly name: string; readonly isUsed: boolean }[];
  readonly rows: readonly RowToRepair[];
  /** How many there are, of which `rows` is a page. */
  readonly total: number;
}

/** Reads a page of the rows that are still to be corrected. @param lines only these */
export async function rowsToRepair(
  database: Database,
  resetId: string,
  page: { readonly lines?: readonly number[]; readonly skip: number; readonly limit: number },
): Promise<RowsToRepair> {
  const { columns, ignoredColumns } = await fileForm(database, resetId);
  type Found = RowToRepair & { readonly columns: readonly string[]; readonly total: number };
  const values = [resetId, page.lines ?? null, page.skip, page.limit];
  const found = await read<Found>(database.pool, "list_rows_to_repair", values);
  return {
    columns: columns.map((name) => ({ name, isUsed: !isErrorColumn(name) && !ignoredColumns.includes(name) })),
    rows: found.map(({ columns: own, total: _, ...row }) => ({
      ...row,
      fields: row.triedIn === null ? row.fields : columns.map((name) => row.fields[own.indexOf(name)] ?? ""),
    })),
    total: found[0]?.total ?? 0,
  };
}

export type RepairListed = Pick<Reset, "id" | "file" | "state" | "requestedBy" | "createdAt" | "rows" | "rejected"> & {
  /** Rows of facilities at which a newer count was in force by then. */
  readonly stale: number;
};

const REPAIRS_LISTED = 10;

/** The latest repairs of a reset, newest first. */
export function listRepairs(database: Database, resetId: string): Promise<RepairListed[]> {
  return read<RepairListed>(database.pool, "list_repairs", [resetId, REPAIRS_LISTED]);
}

/** Why no rows of this reset can be corrected, in words; undefined when they can. */
export const whyNotRepaired: (reset: Reset) => string | undefined = whyNotRepairable;

/**
 * Puts corrected rows of a reset into incoming/ and opens the repair over them; its state is `staging`.
 * @throws NotFound; Refusal when the reset cannot be repaired, or a row or column is not one of its own
 */
export async function openRepairOfRows(
  database: Database,
  withInbox: WithInbox,
  { resetId, rows, requestedBy }: { readonly resetId: string; readonly rows: RepairRows; readonly requestedBy: string },
): Promise<OpenedReset> {
  const reset = await readRepairable(database, resetId);
  const lines = rows.map(({ line }) => line);
  const open = await rowsToRepair(database, reset.id, { lines, skip: 0, limit: ROWS_MAX });
  const byLine = new Map(open.rows.map((row) => [row.line, row]));
  const columns = open.columns.map(({ name }) => name);
  const csv = rejectsCsv(await fileForm(database, reset.id), reset.id);
  const corrected = rows.map(({ line, values }, index) => {
    const row = byLine.get(line);
    if (lines.indexOf(line) !== index) throw new Refusal(`Line ${line} is named twice. Name each line once.`);
    if (!row)
      throw new Refusal(
        `Line ${line} of ${reset.file} is no rejected row, or is corrected already. The page of reset ${reset.id} has those that are still to be corrected.`,
      );
    return { ...row, fields: corrections(row.fields, columns, values) };
  });
  const content = [csv.columns, ...corrected.map(csv.cells)].map(csv.line);
  return openRepairOver(database, withInbox, { reset, content, requestedBy });
}

/** A row with what changes in it. One that had too many cells has as many as there are columns once it is corrected. */
function corrections(
  fields: readonly string[],
  columns: readonly string[],
  values: Readonly<Record<string, string>>,
): readonly string[] {
  const names = Object.keys(values);
  const unknown = names.find((name) => !columns.includes(name) || isErrorColumn(name));
  if (unknown !== undefined)
    throw new Refusal(`The file has no column ${shownShort(unknown, 60)}. Its columns are ${columns.join(", ")}.`);
  if (names.length === 0) return fields;
  return columns.map((name, index) => (Object.hasOwn(values, name) ? (values[name] ?? "") : (fields[index] ?? "")));
}

/**
 * Puts a corrected file of rejected rows into incoming/ and opens the repair over it.
 * @param resetId the reset that the file says it corrects
 * @throws NotFound; Refusal when that reset cannot be repaired
 */
export async function openRepairOfFile(
  database: Database,
  withInbox: WithInbox,
  given: { readonly resetId: string; readonly content: string; readonly requestedBy: string },
): Promise<OpenedReset> {
  const reset = await readRepairable(database, given.resetId);
  return openRepairOver(database, withInbox, { ...given, reset, content: [given.content] });
}

async function readRepairable(database: Database, resetId: string): Promise<Reset> {
  const reset = await readReset(database, resetId);
  const whyNot = whyNotRepaired(reset);
  if (whyNot !== undefined) throw new Refusal(whyNot);
  return reset;
}

const SHORT_ID_LENGTH = 8;
const BYTE_ORDER_MARK = "\ufeff";

/** The text says that it is UTF-8: the files of its source may be written otherwise. */
function* marked(content: Iterable<string>): Generator<string> {
  yield BYTE_ORDER_MARK;
  yield* content;
}

/** The file goes first: should nothing else come to pass, the next daily run finds it, and knows by its column what it is. */
async function openRepairOver(
  database: Database,
  withInbox: WithInbox,
  given: { readonly reset: Reset; readonly content: Iterable<string>; readonly requestedBy: string },
): Promise<OpenedReset> {
  const { reset, content, requestedBy } = given;
  const [of, own] = [reset.id, randomUUID()].map((id) => id.slice(0, SHORT_ID_LENGTH));
  const { modifiedAtMs, ...file } = await withInbox(
    (inbox) => inbox.writeIncoming(`repair-${of}-${own}.csv`, marked(content)),
    reset.source,
  );
  const waiting = { ...file, source: reset.source, modifiedAt: new Date(modifiedAtMs), isWhole: true };
  const { resetId, already } = await openReset(database, waiting, { requestedBy, repairOf: reset.id });
  return { resetId, generation: 0, file: file.name, already };
}
