// Flow 1, step 3: whether stores of two subsidiaries come under one name. Numbers and codes of stores are unique within one subsidiary
// only: a store 1 of each of two countries, named by number, would have one stock between them.
import type { PrismNote, PrismReading } from "@inventory-sync/domain";

/** Facilities remembered at most; of those that come later nothing is noticed. */
const FACILITIES_MAX = 20_000;

/** Looks at the stores that documents name, and gives what is odd about them. */
export type SubsidiaryWatch = (reading: PrismReading) => PrismNote[];

/** Remembers what this process has seen: so it is an indication, told with each document until stores are named otherwise. */
export function watchSubsidiaries(): SubsidiaryWatch {
  const first = new Map<string, string>();
  return ({ subsidiaries }) =>
    subsidiaries.flatMap(({ facilityId, subsidiary }) => {
      const known = first.get(facilityId);
      if (known === undefined && first.size < FACILITIES_MAX) first.set(facilityId, subsidiary);
      if (known === undefined || known === subsidiary) return [];
      const reason =
        `store ${facilityId} was of subsidiary ${known} before, and is of subsidiary ${subsidiary} here: their stock is kept as one. ` +
        `Where these are two stores, set PRISM_STORE_FIELD=subsidiary+number`;
      return [{ code: "MIXED_SUBSIDIARIES", reason }];
    });
}
