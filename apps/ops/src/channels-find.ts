// ops channels find: what each channel believes of a product.
import { findInChannels } from "@inventory-sync/operator";
import { type Command, exitCodes, Failure, UsageError, withDatabase } from "./command.ts";

export const channelsFind: Command = {
  name: "channels find",
  usage: "ID",
  summary: "tells what each channel was told of a product, store by store, and whether something newer waits",
  positionalsMax: 1,
  async run(run) {
    const text = (run.positionals[0] ?? "").trim();
    if (text === "") throw new UsageError("name the product by one of its ids, or a part of one");
    const items = await withDatabase(run, (database) => findInChannels(database, text));
    run.out.document({ items });
    if (items.length === 0) throw new Failure(`No product has "${text}" in one of its ids.`);
    const rows = items.flatMap(({ idType, idValue, levels }) =>
      levels.map((each) => [
        ...[`${idType} ${idValue}`, each.channel, each.facilityId, each.onHand, each.toldOnHand ?? "never"],
        ...[run.time(each.toldAt), each.code ?? (each.isWaiting ? "is told next" : "as it is here")],
      ]),
    );
    run.out.table(["product", "channel", "store", "on hand", "told", "when", "how it stands"], rows);
    if (rows.length === 0) run.out.say("No channel is told of a store that has it.");
    return exitCodes.ok;
  },
};
