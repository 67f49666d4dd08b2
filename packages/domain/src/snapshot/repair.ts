// Flow 2, step 4: a repair: rejected rows of a reset, corrected and sent again. It is known by a column whose name holds the reset's id and whose cells
// hold the line that each row had there. It carries that reset's time, changes only what its rows name, and is no whole count: so
// what it claims is held against what is on record before it is believed.
import { FileRefused } from "./faults.ts";

const COLUMN = "lineOfReset";
const PLAIN_COLUMN = COLUMN.toLowerCase();
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const UUID_LENGTH = 36;
const NAME_LENGTH_MAX = 100;

/** The column by which a repair is known. */
export interface RepairColumn {
  readonly index: number;
  /** The reset whose rejected rows these are. */
  readonly resetId: string;
}

/** The name of the column that holds the lines which rows had in this reset. */
export function repairColumnName(resetId: string): string {
  return `${COLUMN} ${resetId}`;
}

/** Says whether a header cell is such a column, whatever stands behind its first word. */
export function isRepairColumn(name: string): boolean {
  return name.trim().slice(0, COLUMN.length).toLowerCase() === PLAIN_COLUMN;
}

/**
 * The column by which a header says that its file is a repair, or null.
 * @throws FileRefused BAD_REPAIR when it names no reset, or there are two
 */
export function repairColumn(columns: readonly string[]): RepairColumn | null {
  const [index, second] = columns.flatMap((name, at) => (isRepairColumn(name) ? [at] : []));
  if (index === undefined) return null;
  if (second !== undefined)
    throw new FileRefused(
      "BAD_REPAIR",
      `Columns ${index + 1} and ${second + 1} both begin with ${COLUMN}: rejected rows of two resets are in one file. Send those of each reset as a file of its own.`,
    );
  const name = (columns[index] ?? "").trim();
  const resetId = name.slice(-UUID_LENGTH).toLowerCase();
  if (name.length <= NAME_LENGTH_MAX && UUID.test(resetId)) return { index, resetId };
  throw new FileRefused(
    "BAD_REPAIR",
    `Column ${index + 1} begins with ${COLUMN} but does not end with the id of a reset. Leave its name as it was in the file of rejected rows, or remove the column to send a whole count.`,
  );
}

/** A line as a cell of that column has it; undefined when it holds none. */
export function lineInCell(cell: string | undefined): number | undefined {
  const text = cell?.trim() ?? "";
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/** What is on record of the reset whose rows a repair corrects. */
export interface RepairOrigin {
  readonly id: string;
  readonly file: string;
  readonly state: string;
  readonly preview: boolean;
  readonly repairOf: string | null;
  readonly finishedAt: Date | string | null;
  readonly rejected: number;
}

/** Why rejected rows of this reset cannot be corrected as such, in a sentence with what to do; undefined when they can. */
export function whyNotRepairable(origin: RepairOrigin): string | undefined {
  const { id, file, repairOf, rejected } = origin;
  const reset = `Reset ${id} of ${file}`;
  if (origin.preview)
    return `${reset} was a preview, which counts nothing. Run the file, then correct the rows of that reset.`;
  if (repairOf !== null) return `${reset} is a repair itself. Correct its rows as rows of reset ${repairOf}.`;
  if (origin.finishedAt === null) return `${reset} is still running. Correct its rows when it has ended.`;
  if (origin.state === "reverted")
    return `${reset} was reverted, so its counts are not in force. Send the whole file again.`;
  return rejected === 0 ? `${reset} has no rejected rows, so there is nothing to correct.` : undefined;
}
