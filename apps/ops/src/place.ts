// Which facility and which product the words of a command name.
import { type Database, facilityNumber, findLevelPlace, type LevelPlace } from "@inventory-sync/db";
import { Failure } from "./command.ts";

/** facility.id of a facility's outside id. @throws Failure when there is none */
export async function facilityOf(database: Database, facilityId: string): Promise<number> {
  const facility = await facilityNumber(database, facilityId);
  if (facility === undefined) throw unknownFacility(facilityId);
  return facility;
}

function unknownFacility(facilityId: string): Failure {
  return new Failure(`There is no facility ${facilityId}. npm run ops -- facilities lists them.`);
}

/**
 * The level that two words name. "UPCA:0123" is a type and a value; when there is no such product, or no colon, the whole
 * is a SKU. @throws Failure when there is no such facility or product
 */
export async function placeOf(
  database: Database,
  { facilityId, product }: { readonly facilityId: string; readonly product: string },
): Promise<LevelPlace> {
  const colon = product.indexOf(":");
  const typed = { idType: product.slice(0, colon), idValue: product.slice(colon + 1) };
  const names = [...(colon > 0 ? [typed] : []), { idType: "SKU", idValue: product }];
  for (const name of names) {
    const place = await findLevelPlace(database, { facilityId, ...name });
    if (place === "facility") throw unknownFacility(facilityId);
    if (place !== "product") return place;
  }
  throw new Failure(
    `There is no product ${product}. Write it as its SKU, or as TYPE:VALUE, such as UPCA:012345678905.`,
  );
}
