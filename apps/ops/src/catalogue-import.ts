// ops catalogue import: takes products with all of their identifications from a CSV file.
import { importCatalogue, productKinds } from "@inventory-sync/db";
import { type Command, exitCodes, UsageError, withDatabase } from "./command.ts";
import { readCsvFile } from "./csv-file.ts";

const COLUMNS = ["productId", "idType", "idValue"] as const;
const CONFLICTS_SHOWN_MAX = 50;

export const catalogueImport: Command = {
  name: "catalogue import",
  usage: "FILE.csv",
  summary: `takes products from a CSV file with the columns ${COLUMNS.join(",")} and, if you like, kind (${productKinds.join(", ")}); exits 1 when rows contradict what stands`,
  positionalsMax: 1,
  async run(run) {
    const [file] = run.positionals;
    if (file === undefined) throw new UsageError("name the CSV file");
    const rows = await readCsvFile(file, { needed: COLUMNS, optional: ["kind"] });
    const done = await withDatabase(run, (database) => importCatalogue(database, rows));
    run.out.document(done);
    const { products, identifications, unchanged, kinds, conflicts } = done;
    run.out.say(
      `${rows.length} rows: ${products} products and ${identifications} identifications added, ${unchanged} rows stood already.`,
    );
    if (kinds > 0) run.out.say(`${kinds} products are of another kind than before.`);
    if (conflicts.length === 0) return exitCodes.ok;
    run.out.say(`${conflicts.length} rows were not taken:`);
    const shown = conflicts
      .slice(0, CONFLICTS_SHOWN_MAX)
      .map((each) => [each.line, each.productId, each.idType, each.idValue, each.reason]);
    run.out.table(["line", "productId", "idType", "idValue", "why"], shown);
    if (conflicts.length > shown.length) run.out.say(`… and ${conflicts.length - shown.length} more`);
    return exitCodes.found;
  },
};
