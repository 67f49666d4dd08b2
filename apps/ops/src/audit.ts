// ops audit: is every level the sum of its movements (R1)?
import { auditLevels } from "@inventory-sync/db";
import { type Command, exitCodes, withDatabase } from "./command.ts";
import { table } from "./output.ts";

export const audit: Command = {
  name: "audit",
  usage: "",
  summary: "checks every level against its movements; exits 1 with the differences",
  options: {},
  positionalsMax: 0,
  async run(run) {
    const progress = run.out.progress("facilities checked");
    const report = await withDatabase(run, (database) => auditLevels(database, progress.at)).finally(progress.end);
    run.out.document(report);
    const looked = `${report.levels} levels and ${report.movements} movements of ${report.facilities} facilities`;
    if (report.differences === 0) {
      run.out.say(`${looked}: every level is the sum of its movements.`);
      return exitCodes.ok;
    }
    run.out.say(`${looked}: ${report.differences} levels differ from their movements.`);
    const rows = report.listed.map((each) => [
      each.facilityId,
      each.idType,
      each.idValue,
      each.onHand ?? "no level",
      each.effects ?? "no movement",
    ]);
    for (const line of table(["facility", "id type", "id value", "on hand", "sum of effects"], rows)) run.out.say(line);
    if (report.listed.length < report.differences)
      run.out.say(`… and ${report.differences - report.listed.length} more`);
    return exitCodes.found;
  },
};
