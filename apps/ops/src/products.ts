// ops products add: one product made known by hand. ops catalogue import: products with all of their identifications from a CSV file.
import { importCatalogue, productKinds } from "@inventory-sync/db";
import { addingProduct, makeProductKnown, productToAdd } from "@inventory-sync/operator";
import { type Command, checked, exitCodes, productNamed, UsageError } from "./command.ts";
import { readCsvFile } from "./csv-file.ts";

const productsAdd: Command = {
  name: "products add",
  usage: "PRODUCT [--id TYPE:VALUE …]",
  summary:
    "makes a product known, or gives further ids to one that is; what failed for it is retried with jobs retry --error UNKNOWN_PRODUCT",
  async run(run) {
    const product = run.word("name the product by its SKU, or as TYPE:VALUE");
    const others = run.texts("id") ?? [];
    const untyped = others.find((each) => !(each.indexOf(":") > 0));
    if (untyped !== undefined) throw new UsageError(`--id ${untyped} has no type; write UPCA:012345678905`);
    const asked = checked(productToAdd, { ...productNamed(product), otherIds: others.map(productNamed) });
    const act = { ...addingProduct, target: addingProduct.target(asked) };
    const done = await run.audited(act, (database) => makeProductKnown(database, asked));
    return run.done(done, `${done.idType} ${done.idValue}: ${addingProduct.outcome(done)}.`);
  },
};

const COLUMNS = ["productId", "idType", "idValue"] as const;
const CONFLICTS_SHOWN_MAX = 50;

const catalogueImport: Command = {
  name: "catalogue import",
  usage: "FILE.csv",
  summary: `takes products from a CSV file with the columns ${COLUMNS.join(",")} and, if you like, kind (${productKinds.join(", ")}); exits 1 when rows contradict what stands`,
  async run(run) {
    const file = run.word("name the CSV file");
    const rows = await readCsvFile(file, { needed: COLUMNS, optional: ["kind"] });
    const done = await run.withDatabase((database) => importCatalogue(database, rows));
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

export const productCommands: readonly Command[] = [productsAdd, catalogueImport];
