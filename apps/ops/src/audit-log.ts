// ops audit-log: who did what to which job and reset, on the board and at the command line.
import { listActions } from "@inventory-sync/db";
import { type Command, countOption, exitCodes, textOption, UsageError, withDatabase } from "./command.ts";
import { table, timeWriter } from "./output.ts";

const LIMIT = { byDefault: 50, max: 1_000 };

export const auditLog: Command = {
  name: "audit-log",
  usage: "[--limit N] [--before ID]",
  summary: "lists who did what on the board and at the command line, newest first",
  options: { limit: { type: "string" }, before: { type: "string" } },
  positionalsMax: 0,
  async run(run) {
    const limit = countOption(run, "limit", LIMIT);
    const before = textOption(run, "before");
    if (before !== undefined && !/^\d{1,18}$/.test(before)) throw new UsageError("--before is an id of this list");
    const { actions, next } = await withDatabase(run, (database) => listActions(database, { before, limit }));
    run.out.document({ actions, next: next ?? null });
    if (actions.length === 0) {
      run.out.say("Nobody has done anything yet.");
      return exitCodes.ok;
    }
    const time = timeWriter(run.addresses.timeZone);
    const rows = actions.map((each) => [
      ...[each.id, time(each.at), each.who, each.role ?? "–", each.what, each.target],
      ...[each.outcome ?? "never told", each.address ?? "–"],
    ]);
    const header = ["id", "at", "who", "role", "what", "to what", "outcome", "from"];
    for (const line of table(header, rows)) run.out.say(line);
    if (next !== undefined) run.out.say(`Older ones: --before ${next}`);
    return exitCodes.ok;
  },
};
