// ops catalogue import: takes products with all of their identifications from a CSV file.
import { type CatalogueRow, importCatalogue } from "@inventory-sync/db";
import { FileRefused } from "@inventory-sync/domain";
import { readSnapshotRows } from "@inventory-sync/sftp";
import { type Command, exitCodes, Failure, UsageError, withDatabase } from "./command.ts";
import { table } from "./output.ts";

const COLUMNS = ["productId", "idType", "idValue"] as const;
const CONFLICTS_SHOWN_MAX = 50;

export const catalogueImport: Command = {
  name: "catalogue import",
  usage: "FILE.csv",
  summary: `takes products from a CSV file with the columns ${COLUMNS.join(",")}; exits 1 when rows contradict what stands`,
  options: {},
  positionalsMax: 1,
  async run(run) {
    const [file] = run.positionals;
    if (file === undefined) throw new UsageError("name the CSV file");
    const rows = await readCatalogue(file);
    const done = await withDatabase(run, (database) => importCatalogue(database, rows));
    run.out.document(done);
    const { products, identifications, unchanged, conflicts } = done;
    run.out.say(
      `${rows.length} rows: ${products} products and ${identifications} identifications added, ${unchanged} rows stood already.`,
    );
    if (conflicts.length === 0) return exitCodes.ok;
    run.out.say(`${conflicts.length} rows were not taken:`);
    const shown = conflicts
      .slice(0, CONFLICTS_SHOWN_MAX)
      .map((each) => [each.line, each.productId, each.idType, each.idValue, each.reason]);
    for (const line of table(["line", "productId", "idType", "idValue", "why"], shown)) run.out.say(line);
    if (conflicts.length > shown.length) run.out.say(`… and ${conflicts.length - shown.length} more`);
    return exitCodes.found;
  },
};

/** The rows of the file, unconverted except for blanks at their ends. @throws Failure when the file cannot be used as a whole */
async function readCatalogue(file: string): Promise<CatalogueRow[]> {
  try {
    const csv = await readSnapshotRows(file);
    const columns = await columnsOf(csv.header).catch(async (error: unknown) => {
      await csv.close();
      throw error;
    });
    const rows: CatalogueRow[] = [];
    for await (const batch of csv) {
      for (const [index, fields] of batch.rows.entries()) {
        const field = (name: (typeof COLUMNS)[number]) => (fields[columns[name]] ?? "").trim();
        rows.push({
          line: batch.lines[index] ?? 0,
          productId: field("productId"),
          idType: field("idType"),
          idValue: field("idValue"),
        });
      }
    }
    return rows;
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (error instanceof FileRefused || (error as NodeJS.ErrnoException).code !== undefined) {
      throw new Failure(`${file} cannot be imported; nothing was changed. ${(error as Error).message}`);
    }
    throw error;
  }
}

async function columnsOf(header: readonly string[]): Promise<Record<(typeof COLUMNS)[number], number>> {
  const plain = (name: string) => name.trim().toLowerCase().replaceAll("_", "");
  const found = COLUMNS.map((name) => {
    const places = header.flatMap((column, index) => (plain(column) === plain(name) ? [index] : []));
    const [place] = places;
    if (place === undefined || places.length > 1) {
      const fault = place === undefined ? "is missing" : "stands in the header twice";
      throw new Failure(`The column ${name} ${fault}; the header must be ${COLUMNS.join(",")}. Nothing was changed.`);
    }
    return [name, place] as const;
  });
  return Object.fromEntries(found) as Record<(typeof COLUMNS)[number], number>;
}
