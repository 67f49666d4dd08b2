// The CSV files that operators hand to the command line: read as snapshots are (delimiters, quotes, byte order marks, .gz), by the
// names of their columns.
import { FileRefused } from "@inventory-sync/domain";
import { readSnapshotRows } from "@inventory-sync/sftp";
import { Failure } from "./command.ts";

/** One row: where it stands in its file, counted from 1, and its cells by the names of the columns, without blanks at their ends. */
export type CsvRow<Column extends string> = { readonly line: number } & Readonly<Record<Column, string>>;

/**
 * All rows of a file. A column that may be missing is empty then.
 * @throws Failure when the file cannot be used as a whole
 */
export async function readCsvFile<Column extends string>(
  file: string,
  columns: { readonly needed: readonly Column[]; readonly optional?: readonly Column[] },
): Promise<CsvRow<Column>[]> {
  const { needed, optional = [] } = columns;
  const rows: CsvRow<Column>[] = [];
  try {
    const csv = await readSnapshotRows(file);
    try {
      const places = [...needed, ...optional].map((name) => [name, placeOf(name, csv.header, needed)] as const);
      for await (const { rows: found, lines } of csv) {
        for (const [index, fields] of found.entries()) {
          const cells = places.map(([name, place]) => [name, place === undefined ? "" : (fields[place]?.trim() ?? "")]);
          rows.push({ line: lines[index] ?? 0, ...(Object.fromEntries(cells) as Record<Column, string>) });
        }
      }
    } finally {
      await csv.close();
    }
  } catch (error) {
    if (!(error instanceof FileRefused) && (error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new Failure(`${file} cannot be imported; nothing was changed. ${(error as Error).message}`);
  }
  return rows;
}

/** Where a column is. @throws Failure when it is there twice, or not at all though it is needed */
function placeOf(name: string, header: readonly string[], needed: readonly string[]): number | undefined {
  const plain = (column: string) => column.trim().toLowerCase().replaceAll("_", "");
  const [place, second] = header.flatMap((column, index) => (plain(column) === plain(name) ? [index] : []));
  if (second === undefined && (place !== undefined || !needed.includes(name))) return place;
  const fault = place === undefined ? "is missing" : "stands in the header twice";
  throw new Failure(`The column ${name} ${fault}; the header must be ${needed.join(",")}. Nothing was changed.`);
}
