// ops resets list: the latest resets and how each went, with the facilities that wait for somebody.
import { latestResets, listAttention } from "@inventory-sync/db";
import { askedByWords } from "@inventory-sync/domain";
import { type Command, countOption, exitCodes, withDatabase } from "./command.ts";
import { table, timeWriter } from "./output.ts";

const LIMIT = { byDefault: 20, max: 1_000 };
const ATTENTION_SHOWN = 100;

export const resetsList: Command = {
  name: "resets list",
  usage: "[--limit N]",
  summary: "lists the latest resets, and the facilities that are held or failed; exits 1 when there are such",
  options: { limit: { type: "string" } },
  positionalsMax: 0,
  async run(run) {
    const limit = countOption(run, "limit", LIMIT);
    const [resets, attention] = await withDatabase(run, (database) =>
      Promise.all([latestResets(database, limit), listAttention(database, ATTENTION_SHOWN)]),
    );
    run.out.document({ resets, attention });
    const time = timeWriter(run.addresses.timeZone);
    if (resets.length === 0) run.out.say("No reset has run yet.");
    else {
      const rows = resets.map((reset) => [
        ...[reset.id, reset.file, reset.preview ? `${reset.state} (preview)` : reset.state, time(reset.asOf)],
        ...[`${reset.facilitiesDone} of ${reset.facilities}`, reset.rows, reset.rejected, reset.corrected],
        ...[askedByWords(reset.requestedBy), reset.outcome ?? ""],
      ]);
      const header = ["id", "file", "state", "true at", "facilities", "rows", "rejected", "corrected", "asked by", ""];
      for (const line of table(header, rows)) run.out.say(line);
    }
    if (attention.total === 0) return exitCodes.ok;
    run.out.say(`\n${attention.total} facilities need somebody:`);
    const waiting = attention.parts.map((part) => [
      ...[part.facilityId, part.state, part.resetId, `${part.unitsBefore} to ${part.unitsAfter} units`],
      (part.state === "held" ? part.heldBecause : part.error) ?? "",
    ]);
    for (const line of table(["facility", "state", "reset", "would change", "why"], waiting)) run.out.say(line);
    run.out.say("Look with: reset show ID. Decide with: reset approve ID FACILITY, or reset reject ID FACILITY.");
    return exitCodes.found;
  },
};
