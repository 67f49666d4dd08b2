// Flow 2, before any of it: the first rows of a local file as they would be read by a mapping, and why others would not. Changes nothing;
// it is what an operator looks at while building the mapping of a source.
import { open } from "node:fs/promises";
import {
  type ColumnMapping,
  countsNothing,
  createRowReader,
  doubtsOf,
  type Encoding,
  FileRefused,
  type FormSettings,
  isRejection,
  type MappedField,
  mappedFields,
  type NearMiss,
  nearMisses,
  proposedEncoding,
  type RefusalCode,
  type RowReader,
  type RowRejection,
  rejection,
  type SnapshotMapping,
  type SnapshotRow,
} from "@inventory-sync/domain";
import { sourceForm } from "./pieces.ts";
import { readSnapshotRows, type SnapshotRows } from "./rows.ts";
import { unreadableNote } from "./unreadable.ts";

/** One row of a file: as it stands there, and what it would be. */
export interface PreviewedRow {
  readonly line: number;
  readonly fields: readonly string[];
  /** What it counts; null when it is rejected or counts nothing. */
  readonly row: SnapshotRow | null;
  readonly rejected: RowRejection | null;
  /** Why it would be left out without being rejected. */
  readonly leftOut: "nothing" | "not-stocked" | null;
}

/** The beginning of a file as a mapping reads it. */
export interface FilePreview {
  /** Why the file would be refused whole, as far as its beginning shows; null when it would not. */
  readonly refused: { readonly code: RefusalCode; readonly message: string } | null;
  /** The encoding to try where it is not UTF-8. */
  readonly proposedEncoding: Encoding | null;
  readonly delimiter: string | null;
  /** All columns with what each is read for; null for one that is ignored. */
  readonly columns: readonly { readonly name: string; readonly field: MappedField | null }[];
  readonly nearMisses: readonly NearMiss[];
  readonly doubts: readonly string[];
  readonly rows: readonly PreviewedRow[];
  /** The cells of a few rows as they stand, also of a file that would be refused for its header: what its columns are can be seen by them. */
  readonly samples: readonly (readonly string[])[];
}

interface Previewing {
  /** What holds where the mapping says nothing. */
  readonly settings: FormSettings;
  readonly rowsMax?: number;
  readonly nowMs: number;
}

const ROWS_MAX = 20;
const SAMPLES = 5;
const LOOKED_AT_BYTES = 4_096;

/** Reads the beginning of a local file by a mapping. A refusal of the file is part of the answer, with what was found up to there. */
export async function previewFile(
  path: string,
  mapping: SnapshotMapping,
  { settings, rowsMax = ROWS_MAX, nowMs }: Previewing,
): Promise<FilePreview> {
  const { form, columns: columnsOf } = sourceForm(settings, mapping);
  const { header, delimiter } = mapping;
  let found: FilePreview = {
    ...{ refused: null, proposedEncoding: null, delimiter: delimiter ?? null, columns: [] },
    ...{ nearMisses: [], doubts: [], rows: [], samples: [] },
  };
  let rows: SnapshotRows | undefined;
  try {
    const isRead = (names: readonly string[]) => whereMapped(() => form.columnsRead(names));
    rows = await readSnapshotRows(path, { ...form, columnsRead: isRead });
    const columns = rows.header.map((name) => ({ name: name.trim(), field: null }));
    found = { ...found, delimiter: rows.delimiter, columns, nearMisses: header ? nearMisses(rows.header) : [] };
    let mapped: ColumnMapping;
    try {
      mapped = columnsOf(rows.header);
    } catch (error) {
      found = { ...found, samples: await firstFields(rows) };
      throw error;
    }
    found = { ...found, columns: columns.map(({ name }, index) => ({ name, field: fieldAt(mapped, index) })) };
    const read: PreviewedRow[] = [];
    found = { ...found, rows: read };
    await readFirst(rows, mapped, createRowReader(mapped, nowMs), rowsMax, read);
    const doubts = doubtsOf(
      mapped,
      read.map(({ fields }) => fields),
    );
    if (rows.unreadable) doubts.push(unreadableNote(rows.unreadable));
    found = { ...found, doubts, samples: read.slice(0, SAMPLES).map(({ fields }) => fields) };
    return rows.unreadable ? { ...found, proposedEncoding: proposedEncoding(rows.unreadable.bytes) } : found;
  } catch (error) {
    if (!(error instanceof FileRefused)) throw error;
    const isUnreadable = error.code === "UNREADABLE_ENCODING";
    const proposed = isUnreadable ? proposedEncoding(await beginning(path)) : null;
    return { ...found, refused: { code: error.code, message: error.message }, proposedEncoding: proposed };
  } finally {
    await rows?.close();
  }
}

/** The columns that are read; none where the header cannot be mapped, so that its columns are shown all the same. */
function whereMapped(read: () => ReadonlySet<number>): ReadonlySet<number> {
  try {
    return read();
  } catch (error) {
    if (error instanceof FileRefused) return new Set();
    throw error;
  }
}

async function firstFields(rows: SnapshotRows): Promise<readonly (readonly string[])[]> {
  for await (const batch of rows) if (batch.rows.length > 0) return batch.rows.slice(0, SAMPLES);
  return [];
}

async function readFirst(
  rows: SnapshotRows,
  mapped: ColumnMapping,
  readRow: RowReader,
  rowsMax: number,
  into: PreviewedRow[],
): Promise<void> {
  for await (const batch of rows) {
    const { lines, badQuotes } = batch;
    for (const [index, fields] of batch.rows.entries()) {
      if (into.length >= rowsMax) return;
      const line = lines[index] ?? 0;
      const leftOut = countsNothing(fields, mapped) ?? null;
      const read = badQuotes?.has(line) ? rejection("BAD_QUOTE") : readRow(fields);
      const isBad = isRejection(read);
      into.push({
        line,
        fields,
        leftOut,
        row: leftOut !== null || isBad ? null : read,
        rejected: leftOut === null && isBad ? read : null,
      });
    }
  }
}

function fieldAt(mapped: ColumnMapping, index: number): MappedField | null {
  return mappedFields.find((field) => (mapped[field] ?? -1) === index) ?? null;
}

async function beginning(path: string): Promise<Buffer> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(LOOKED_AT_BYTES), 0, LOOKED_AT_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
