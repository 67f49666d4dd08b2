// ops alarms list: what rings and since when.
import { ringingAlarms } from "@inventory-sync/db";
import { type Command, exitCodes, withDatabase } from "./command.ts";
import { plural, table, timeWriter } from "./output.ts";

export const alarmsList: Command = {
  name: "alarms list",
  usage: "",
  summary: "lists the alarms that ring, the longest first, with what to do; exits 1 when any does",
  options: {},
  positionalsMax: 0,
  async run(run) {
    const alarms = await withDatabase(run, ringingAlarms);
    run.out.document({ alarms });
    if (alarms.length === 0) {
      run.out.say("No alarm rings.");
      return exitCodes.ok;
    }
    const time = timeWriter(run.addresses.timeZone);
    const rows = alarms.map((each) => [time(each.since), each.kind, each.facilityId ?? "–", each.key, each.runbook]);
    for (const line of table(["since", "alarm", "facility", "key", "runbook"], rows)) run.out.say(line);
    run.out.say("");
    for (const { kind, message } of alarms) run.out.say(`${kind}: ${message}`);
    run.out.say(`${plural(alarms.length, "alarm")} ringing.`);
    return exitCodes.found;
  },
};
