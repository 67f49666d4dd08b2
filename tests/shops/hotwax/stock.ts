// Quantities on hand by facility, location and product, and what HotWax refuses.

/** A call or row that is refused, in HotWax's words. */
export class Refused extends Error {
  override readonly name = "Refused";
}

/** A quantity on hand. */
export interface Quantity {
  readonly facilityId: string;
  readonly idValue: string;
  readonly quantity: number;
}

/** The stock. */
export type Stock = ReturnType<typeof openStock>;

const LOCATION = "TLTLTLLL01";
const FIELDS = ["facilityId", "availableDelta", "idType", "idValue", "locationSeqId", "varianceReasonId"];
const REASONS = new Set(
  "MISMATCH NOT_IN_STOCK NO_VARIANCE_LOG REJ_RSN_DAMAGED POS_SALE VAR_DAMAGED VAR_LOST VAR_FOUND WORN_DISPLAY VAR_MANUAL".split(
    " ",
  ),
);

/** Opens a stock that knows these facilities and SKUs; of each level it has 0 until it is told otherwise. */
export function openStock({
  facilities,
  skus,
}: {
  readonly facilities: readonly string[];
  readonly skus: readonly string[];
}) {
  const levels = new Map<string, Quantity>();
  const levelOf = (facilityId: unknown, idValue: unknown, locationSeqId: unknown): Quantity => {
    if (!facilities.includes(String(facilityId)))
      throw new Refused(`Facility with external ID ${facilityId}: Not Found`);
    if (!skus.includes(String(idValue))) throw new Refused(`Product with SKU ${idValue}: Not Found`);
    if (locationSeqId !== LOCATION) throw new Refused(`there is no location ${locationSeqId} at ${facilityId}`);
    const level = { facilityId: String(facilityId), idValue: String(idValue), quantity: 0 };
    return levels.get(`${facilityId} ${idValue}`) ?? level;
  };
  const put = (level: Quantity) => void levels.set(`${level.facilityId} ${level.idValue}`, level);
  return {
    /** What a call of updateInventoryByIdentification does. @throws Refused */
    change: (given: Readonly<Record<string, unknown>>): void => {
      const missing = FIELDS.find((field) => given[field] === undefined);
      if (missing !== undefined) throw new Refused(`${missing} is required`);
      if (given.idType !== "SKU") throw new Refused(`idType ${given.idType} is not supported`);
      if (!REASONS.has(String(given.varianceReasonId))) throw new Refused(`no reason ${given.varianceReasonId}`);
      const level = levelOf(given.facilityId, given.idValue, given.locationSeqId);
      const quantity = level.quantity + Number(given.availableDelta);
      if (!Number.isInteger(quantity) || quantity < 0) throw new Refused(`the inventory cannot become ${quantity}`);
      put({ ...level, quantity });
    },
    /** What a row of a reset file does, whatever is reserved. @throws Refused */
    set: (row: Readonly<Record<string, string>>): void => {
      if (row.idtype !== "sku") throw new Refused(`idType ${row.idtype} is not supported`);
      const quantity = Number(row.quantity);
      if (row.quantity === "" || !Number.isInteger(quantity)) throw new Refused("quantity: Invalid Data");
      if (row.resetbyatp !== "false" || row.availableqty !== row.quantity) throw new Refused("this is no reset of QOH");
      put({ ...levelOf(row.facilityid, row.idvalue, row.locationseqid), quantity });
    },
    levels: (): Quantity[] => [...levels.values()],
    clear: (): void => levels.clear(),
  };
}
