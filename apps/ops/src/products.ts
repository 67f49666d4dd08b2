// ops products add: one product made known by hand. Many come with: catalogue import.
import { addingProduct, makeProductKnown, productToAdd } from "@inventory-sync/operator";
import { type Command, checked, exitCodes, productNamed, UsageError, withDatabase } from "./command.ts";
import { audited } from "./operator.ts";

export const productsAdd: Command = {
  name: "products add",
  usage: "PRODUCT [--id TYPE:VALUE …]",
  summary:
    "makes a product known, or gives further ids to one that is; what failed for it is retried with jobs retry --error UNKNOWN_PRODUCT",
  options: { id: { type: "string", multiple: true } },
  positionalsMax: 1,
  async run(run) {
    const [product] = run.positionals;
    if (product === undefined) throw new UsageError("name the product by its SKU, or as TYPE:VALUE");
    const others = Array.isArray(run.options.id) ? run.options.id.map(String) : [];
    const untyped = others.find((each) => !(each.indexOf(":") > 0));
    if (untyped !== undefined) throw new UsageError(`--id ${untyped} has no type; write UPCA:012345678905`);
    const asked = checked(productToAdd, { ...productNamed(product), otherIds: others.map(productNamed) });
    const act = { what: addingProduct.what, target: addingProduct.target(asked), outcome: addingProduct.outcome };
    const done = await withDatabase(run, (database) => audited(database, act, () => makeProductKnown(database, asked)));
    run.out.document(done);
    run.out.say(`${done.idType} ${done.idValue}: ${addingProduct.outcome(done)}.`);
    return exitCodes.ok;
  },
};
