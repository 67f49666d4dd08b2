// Flow 2, staging: what adds up while the rows of a file are read, what is noticed of them (points that may stand between thousands, new stores
// whose ids are those of others but for their spelling), and what the reset keeps of it.
import type { RowReject, StagedRow } from "@inventory-sync/db";
import {
  type ColumnMapping,
  lookKey,
  MISFITS_KEPT_MAX,
  PointsInQuantities,
  type RowCode,
  type RowTimes,
  showable,
  tooManyBadRows,
} from "@inventory-sync/domain";
import { type SnapshotRows, unreadableNote } from "@inventory-sync/sftp";

/** What was not staged. */
export interface Tally {
  rejects: RowReject[];
  /** Rows with another number of cells than the header, the first of which are among the rejects; and what is wrong with the first. */
  misfits: number;
  firstMisfit: string;
  skipped: number;
  /** Rows that are none: empty ones, and the header again. */
  nothing: number;
  /** What an operator should know of the file. */
  doubts: readonly string[];
  /** Of the rows that were staged, where the file has a column for their times. */
  times: RowTimes;
}

/** Before the first row. */
export function emptyTally(): Tally {
  return {
    rejects: [],
    misfits: 0,
    firstMisfit: "",
    skipped: 0,
    nothing: 0,
    doubts: [],
    times: { newest: "", without: 0 },
  };
}

/**
 * Keeps a rejected row. A file that does not fit its header has a million rejects that say one thing: they must not fill the memory, nor the sender's folder.
 * @param rows read so far @throws FileRefused TOO_MANY_BAD_ROWS
 */
export function keep(reject: RowReject, tally: Tally, rows: number): void {
  if (reject.code === "WRONG_COLUMN_COUNT") {
    tally.misfits += 1;
    if (tally.misfits === 1) tally.firstMisfit = `line ${reject.line}: ${reject.reason}`;
    if (tally.misfits > MISFITS_KEPT_MAX) return;
  }
  tally.rejects.push(reject);
  const { rejects } = tally;
  const all = () => rejects.map(({ code }) => code as RowCode);
  const refused = tooManyBadRows(rows, { length: rejects.length, all });
  if (refused) throw refused;
}

/** Notes the times of staged rows. All are written alike, so that the newest is the last in the order of texts. */
export function seeTimes(staged: readonly Pick<StagedRow, "asOf">[], { times }: Tally): void {
  for (const { asOf } of staged) {
    if (asOf === null) times.without += 1;
    else if (asOf > times.newest) times.newest = asOf;
  }
}

/** Rows that were rejected and are counted only. */
export function unkeptOf({ misfits }: Tally): number {
  return Math.max(0, misfits - MISFITS_KEPT_MAX);
}

/** What the reset keeps of how its file was read. */
export function reportOf<Merged>({
  mapping: { columns, ignoredColumns },
  rows,
  note,
  doubts,
  merged,
}: {
  readonly mapping: ColumnMapping;
  readonly rows: SnapshotRows;
  readonly note: string | null;
  readonly doubts: readonly string[];
  readonly merged: Merged | undefined;
}) {
  const all = rows.unreadable ? [...doubts, unreadableNote(rows.unreadable)] : doubts;
  const told = { ...(note !== null && { note }), ...(all.length > 0 && { doubts: all }), ...(merged && { merged }) };
  return { columns, ignoredColumns, delimiter: rows.delimiter, ...told };
}

const NAMED_MAX = 5;

/** What is noticed of one file. */
export class FileNotes {
  readonly quantities = new PointsInQuantities();
  readonly #alike: string[] = [];
  #byKey: Map<string, string> | undefined;

  /** Is told of stores before they are made. @param known all that there are */
  newFacilities(ids: readonly string[], known: Iterable<string>): void {
    this.#byKey ??= new Map([...known].map((id) => [lookKey(id), id]));
    for (const id of ids) {
      const key = lookKey(id);
      const other = key === "" ? undefined : this.#byKey.get(key);
      if (other === undefined) this.#byKey.set(key, id);
      else if (this.#alike.length <= NAMED_MAX) this.#alike.push(`${showable(id)} beside ${showable(other)}`);
    }
  }

  /** What is to be said of the file. @param rows that it has */
  doubts(rows: number): string[] {
    const points = this.quantities.doubt(rows);
    return [...(points === undefined ? [] : [points]), ...(this.#alike.length === 0 ? [] : [alikeText(this.#alike)])];
  }
}

function alikeText(alike: readonly string[]): string {
  const named = `${alike.slice(0, NAMED_MAX).join(", ")}${alike.length > NAMED_MAX ? ", …" : ""}`;
  return `Stores were made whose ids are those of others but for case, blanks, dashes, leading zeros or letters that look like digits: ${named}. If two of them are one store, each has a part of its count: make them one on the page Names, correct the export, and send the file again.`;
}
