// What became of the stores of a reset, in words and counts: said once, so that the overview, the list, the reset's page and the
// command line agree after each decision.
import { partStates, plural, quantityText } from "@inventory-sync/domain";
import type { FacilityPart, Reset } from "./resets.ts";

/** What became of a store's part, as people read it; of a preview that has compared it, what would. */
export type PartWord = FacilityPart["state"] | "would-be-applied" | "would-be-held";

/** The word of a part. */
export function partWord(
  { state, heldBecause, finishedAt }: Pick<FacilityPart, "state" | "heldBecause" | "finishedAt">,
  { preview }: Pick<Reset, "preview">,
): PartWord {
  if (!preview || state !== "pending" || finishedAt === null) return state;
  return heldBecause === null ? "would-be-applied" : "would-be-held";
}

/** The parts that the figures of a reset sum up: what is in force, and of a preview what would be. */
export function partsInForce<Part extends Pick<FacilityPart, "state" | "heldBecause" | "finishedAt">>(
  parts: readonly Part[],
  reset: Pick<Reset, "preview">,
): Part[] {
  return parts.filter((part) => ["applied", "would-be-applied"].includes(partWord(part, reset)));
}

/** Why a guard holds a part, or would; null where none does. */
export function whyHeld({ heldBecause }: Pick<FacilityPart, "heldBecause">): string | null {
  return heldBecause?.replace(/^would be held: /, "") ?? null;
}

/** What has ended before what has not. */
const TOLD = [...partStates].sort((one, other) => Number(isOpen(one)) - Number(isOpen(other)));

function isOpen(word: string): boolean {
  return word === "reconciling" || word === "pending";
}

type Counted = Pick<
  Reset,
  "preview" | "finishedAt" | "facilities" | "facilitiesHeld" | "facilitiesFailed" | "facilityCounts"
>;

interface Count {
  readonly count: number;
  readonly word: string;
}

function counts(reset: Counted): Count[] {
  const { facilitiesHeld: held, facilitiesFailed: failed } = reset;
  if (!reset.preview || reset.finishedAt === null) return countsByState(reset.facilityCounts);
  return [
    { word: "would be held", count: held },
    { word: "failed", count: failed },
    { word: "would be applied", count: reset.facilities - held - failed },
  ].filter(({ count }) => count > 0);
}

function countsByState(of: Reset["facilityCounts"]): Count[] {
  const each = TOLD.map((state) => ({ word: state === "pending" ? "waiting" : state, count: of[state] ?? 0 }));
  return each.filter(({ count }) => count > 0);
}

function listOf(each: readonly Count[]): string {
  return each.map(({ count, word }) => `${quantityText(count)} ${word}`).join(", ");
}

/** "37 applied, 2 rejected, 1 reverted": how many stores ended how. */
export function countsText(of: Reset["facilityCounts"]): string {
  return listOf(countsByState(of));
}

/** "37 applied, 2 rejected, 1 reverted"; of a preview "3 would be held, 37 would be applied"; "no stores" where it reached none. */
export function storesText(reset: Counted): string {
  const each = counts(reset);
  const [only] = each;
  if (only === undefined) return "no stores";
  return each.length === 1 ? `${plural(only.count, "store")} ${only.word}` : listOf(each);
}

/** What became of rows that name one product by several of its ids, and what to do where that is wrong. */
export function mergedText({ how, rows, products, examples }: NonNullable<Reset["merged"]>): string {
  const became =
    how === "add"
      ? "were added up. Where they are one count said twice, set SNAPSHOT_DUPLICATE_IDS=agree"
      : "count once, because they agree. Where they are partial counts, set SNAPSHOT_DUPLICATE_IDS=add";
  const more = products > examples.length ? ", …" : "";
  return `${plural(rows, "row")} of ${plural(products, "product")} under different ids of theirs ${became}: ${examples.join("; ")}${more}`;
}
