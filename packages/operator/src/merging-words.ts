// The words of making two names one, wherever it is offered: what it is, what it would do, what it did.
import type { MergeFigures, MergeKind } from "@inventory-sync/db";
import { plural } from "@inventory-sync/domain";

/** A name of a store, or of a product. */
export type NameSide = { readonly facilityId: string } | { readonly idType: string; readonly idValue: string };

/** A name in words: "store 001", "product SKU 7001". */
export function sideWords(side: NameSide): string {
  return "facilityId" in side ? `store ${side.facilityId}` : `product ${side.idType} ${side.idValue}`;
}

interface Pair {
  readonly from: NameSide;
  readonly into: NameSide;
}

/** The words of making two names one. */
export const mergingNames = {
  what: "make two names one",
  target: ({ from, into }: Pair) => `${sideWords(from)} into ${sideWords(into)}`,
  says: "The history of the first name stands under the second one, whose levels become what they would be had it been one name from the start: of two counts the newer one is in force, and what both sold since then counts. What comes under the first name from then on counts for the second. It can be undone.",
  outcome: (figures: MergeFigures) =>
    `${plural(figures.levels, "level")}: ${figures.unitsFrom} and ${figures.unitsInto} units became ${figures.unitsAfter}`,
} as const;

/** The words of separating them again. */
export const undoingMerge = {
  what: "undo making two names one",
  target: (id: string) => `merge ${id}`,
  says: "Each name has its own history and its own levels again. What came under the first name meanwhile goes to it; counts of that time stay with the second.",
  outcome: ({ levels, units, given }: { readonly levels: number; readonly units: number; readonly given: number }) =>
    `${plural(levels, "level")} given back with ${units} units, ${plural(given, "line")} of the meantime among them`,
} as const;

/** What making two names one would do, in sentences. */
export function mergeWould({ kind, from, into }: Pair & { readonly kind: MergeKind }, figures: MergeFigures): string {
  const { levels, unitsFrom, unitsInto, unitsAfter, counted, movements, twins, largest } = figures;
  const [one, other] = [sideWords(from), sideWords(into)];
  const units = (count: number) => plural(count, "unit");
  const has = `${capital(one)} has ${plural(levels, kind === "facility" ? "product" : "level")} with ${units(unitsFrom)} in all`;
  const sentences = [
    `${has}; ${other} has ${units(unitsInto)} of ${levels === 1 ? "it" : "them"}. Together they become ${units(unitsAfter)}.`,
    `${plural(movements, "line")} of ${one} would stand under ${other}.`,
  ];
  if (counted > 0) sentences.push(`${plural(counted, "level")} would take the count of ${one}, which is newer.`);
  if (twins > 0) sentences.push(`${plural(twins, "line")} came under both names and would count once.`);
  const changed = largest.filter((level) => level.after !== level.into).slice(0, EXAMPLES_MAX);
  if (changed.length > 0) {
    const named = changed.map(({ facilityId, idType, idValue, from: before, into: beside, after }) => {
      const which = kind === "facility" ? `${idType} ${idValue}` : `store ${facilityId}`;
      return `${which} (${before} and ${beside} become ${after})`;
    });
    sentences.push(`Most changes: ${named.join("; ")}.`);
  }
  return sentences.join(" ");
}

const EXAMPLES_MAX = 3;

/** A text that begins a sentence. */
export function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
