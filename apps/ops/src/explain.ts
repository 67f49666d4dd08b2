// ops explain: why is this number what it is?
import { explainLevel } from "@inventory-sync/db";
import { timeZoneName } from "@inventory-sync/domain";
import { type Command, exitCodes, Failure, textOption, UsageError, withDatabase } from "./command.ts";
import { explanationText } from "./explanation-text.ts";
import { placeOf } from "./place.ts";

export const explain: Command = {
  name: "explain",
  usage: "FACILITY PRODUCT [--zone ZONE]",
  summary: "says why one number is what it is: the count it rests on, and everything since, in lines that add up",
  options: { zone: { type: "string" } },
  positionalsMax: 2,
  async run(run) {
    const [facilityId, product] = run.positionals;
    if (facilityId === undefined || product === undefined) throw new UsageError("name the facility and the product");
    const zone = textOption(run, "zone") ?? run.addresses.timeZone;
    if (!timeZoneName.safeParse(zone).success)
      throw new UsageError(`--zone ${zone} is no time zone; an example is America/New_York`);
    const explanation = await withDatabase(run, async (database) => {
      const place = await placeOf(database, { facilityId, product });
      const found = await explainLevel(database, place);
      if (found) return found;
      const name = `${place.idType} ${place.idValue}`;
      throw new Failure(`Facility ${facilityId} has never had ${name}: neither a movement nor a count of it.`);
    });
    run.out.document(explanation);
    for (const line of explanationText(explanation, zone)) run.out.say(line);
    return exitCodes.ok;
  },
};
