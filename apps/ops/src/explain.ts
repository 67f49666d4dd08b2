// ops explain: why is this number what it is?
import { type Database, explainLevel, findLevelPlace, type LevelPlace } from "@inventory-sync/db";
import { timeZoneName } from "@inventory-sync/domain";
import { type Command, exitCodes, Failure, textOption, UsageError, withDatabase } from "./command.ts";
import { explanationText } from "./explanation-text.ts";

export const explain: Command = {
  name: "explain",
  usage: "FACILITY (SKU | TYPE:VALUE) [--zone ZONE]",
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

/** "UPCA:0123" is a type and a value; when there is no such product, or no colon, the whole is a SKU. */
async function placeOf(
  database: Database,
  { facilityId, product }: { readonly facilityId: string; readonly product: string },
): Promise<LevelPlace> {
  const colon = product.indexOf(":");
  const typed = { idType: product.slice(0, colon), idValue: product.slice(colon + 1) };
  const names = [...(colon > 0 ? [typed] : []), { idType: "SKU", idValue: product }];
  for (const name of names) {
    const place = await findLevelPlace(database, { facilityId, ...name });
    if (place === "facility") throw new Failure(`There is no facility ${facilityId}.`);
    if (place !== "product") return place;
  }
  throw new Failure(
    `There is no product ${product}. Write it as its SKU, or as TYPE:VALUE, such as UPCA:012345678905.`,
  );
}
