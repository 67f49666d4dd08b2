// Which store's stock a line of a Retail Pro Prism document changes, and how that store is named (flow 1, step 3).
import { isOutsideId, OUTSIDE_ID_WANTED } from "./ids.ts";
import { type PrismRecord, textOf } from "./prism-fields.ts";

/**
 * How stores are named: by Prism's own id of the store, by number or by code, alone or behind the number of their subsidiary, as in
 * "2-1". Numbers and codes alone are unique within one subsidiary only.
 */
export const prismStoreFields = ["uid", "subsidiary+number", "subsidiary+code", "number", "code"] as const;

/** One way to name stores. */
export type PrismStoreField = (typeof prismStoreFields)[number];

/** The store, by its name here and with its subsidiary's number where Prism says it; or what is missing, and how to get it. */
export type PrismStore =
  | { readonly facilityId: string; readonly subsidiary: string | undefined }
  | { readonly field: string; readonly fault: string };

/**
 * The store whose stock the line changes: the one that fulfils it where the line names one, else the one that sold it. What a line does
 * not say of the fulfilling store is taken from the selling store only where both have one number (and subsidiary): guessing would take
 * the stock from the wrong store.
 */
export function storeOf(item: PrismRecord, document: PrismRecord, named: PrismStoreField): PrismStore {
  const sold = (name: string) => textOf(item, name) ?? textOf(document, name);
  if (named === "uid") return checked(textOf(item, "fulfill_store_sid") ?? sold("store_uid"), "store_uid", undefined);

  const soldAt = sold("store_number");
  const soldBy = sold("subsidiary_number");
  const fulfilledAt = textOf(item, "fulfill_store_no");
  const fulfilledBy = textOf(item, "fulfill_store_sbs_no");
  const isElsewhere = fulfilledAt !== undefined && fulfilledAt !== soldAt;
  const subsidiary = fulfilledBy ?? (isElsewhere ? undefined : soldBy);
  const byCode = named.endsWith("code");
  const prefix = named.startsWith("subsidiary");
  if (prefix && isElsewhere && fulfilledBy === undefined) return otherStore("fulfill_store_sbs_no", fulfilledAt);
  if (prefix && subsidiary === undefined) {
    return {
      field: "subsidiary_number",
      fault: `is missing, and stores are named by ${named}; ask Prism for the column`,
    };
  }
  const isOther = isElsewhere || (fulfilledBy !== undefined && soldBy !== undefined && fulfilledBy !== soldBy);
  const fulfillCode = textOf(item, "fulfill_store_code");
  if (byCode && isOther && fulfillCode === undefined && fulfilledAt !== undefined) {
    return otherStore("fulfill_store_code", fulfilledAt);
  }
  const own = byCode ? (fulfillCode ?? sold("store_code")) : (fulfilledAt ?? soldAt);
  const name = prefix && own !== undefined ? `${subsidiary}-${own}` : own;
  return checked(name, byCode ? "store_code" : "store_number", subsidiary);
}

function otherStore(field: string, fulfilledAt: string): PrismStore {
  const fault =
    `is missing, and the line is fulfilled by store number ${fulfilledAt}, which did not sell it; ask Prism for the column, ` +
    "or name stores in another way (PRISM_STORE_FIELD)";
  return { field, fault };
}

function checked(facilityId: string | undefined, field: string, subsidiary: string | undefined): PrismStore {
  if (facilityId === undefined)
    return { field, fault: "is missing, and so is the fulfilling store: nothing says which stock changes" };
  return isOutsideId(facilityId) ? { facilityId, subsidiary } : { field, fault: OUTSIDE_ID_WANTED };
}
