// How an alarm about a held store ended: what was decided about its count, in words.
import { plural, quantityText, sentence } from "./words.ts";

/** One facility's part of a reset, once it is not held any more. */
export interface HoldEnd {
  readonly state: string;
  /** An operator; of a count that a newer one has overtaken "reset" and the newer one's id. */
  readonly decidedBy: string | null;
  /** The reason noted with the decision. */
  readonly decidedBecause: string | null;
  readonly corrected: number;
  readonly unitsBefore: number;
  readonly unitsAfter: number;
}

/** "Approved by olga: 12 products corrected, 120 → 98 units (half of it moved)." @param end undefined when there is no such part any more */
export function holdEndedBy(end: HoldEnd | undefined): string {
  const { state, decidedBy, decidedBecause } = end ?? { state: "", decidedBy: null, decidedBecause: null };
  const because = decidedBecause === null ? "" : ` (“${decidedBecause}”)`;
  if (end && state === "applied")
    return `Approved by ${decidedBy}${because}: ${plural(end.corrected, "product")} corrected, ${quantityText(end.unitsBefore)} → ${quantityText(end.unitsAfter)} units.`;
  if (state === "rejected" && decidedBy?.startsWith("reset "))
    return `Not needed any more: a newer count of the store was applied (${decidedBy}).`;
  if (state === "rejected") return `Rejected by ${decidedBy}${because}: its stock stayed as it was.`;
  return state === "" ? "The store is not part of that reset any more." : sentence(`It is not held any more: ${state}`);
}
