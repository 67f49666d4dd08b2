// The words of decisions about a reset, said once for the API, the console and the command line: what each will do, what it did, and
// why there is nothing to decide.
import type { ReconcileOptions } from "@inventory-sync/db";
import { plural, quantityText } from "@inventory-sync/domain";
import type { FacilityPart, Reset } from "./resets.ts";

/** What can be decided about a held facility. */
export type Verdict = "approve" | "reject";

/** What reverting one facility's part undid: levels, those of them whose on hand changed, and units. */
export interface Reverted {
  readonly facilityId: string;
  readonly levels: number;
  readonly corrected: number;
  readonly units: number;
}

/** Why there is nothing to approve or reject: what the part is instead, and who made it so. */
export function whyNotHeld(
  { facilityId, state, decidedBy, decidedAt, error }: FacilityPart,
  { preview }: Reset,
): string {
  const when = decidedAt === null ? "" : ` at ${decidedAt}`;
  const who = decidedBy === null ? "" : ` by ${decidedBy}${when}`;
  if (preview) return `Store ${facilityId} is not held: this was a preview, which changes nothing.`;
  switch (state) {
    case "applied":
      return decidedBy === null
        ? `Store ${facilityId} is applied; no guard held it.`
        : `Store ${facilityId} is not held any more: it was approved${who} and is applied.`;
    case "rejected":
      return `Store ${facilityId} is not held any more: it was rejected${who}.`;
    case "reverted":
      return `Store ${facilityId} is not held: it was applied, and reverted${who}.`;
    case "stale":
      return `Store ${facilityId} is not held: its counts were older than those in force (stale), so nothing changed.`;
    case "failed":
      return `Store ${facilityId} is not held: it failed${error === null ? "" : ` (${error})`}.`;
    default:
      return `Store ${facilityId} is not held: it is ${state}, still to be done.`;
  }
}

/** Why there is nothing to revert: of one facility's part, or of the whole reset. */
export function whyNothingToRevert({ state, finishedAt }: Reset, part?: FacilityPart): string {
  if (part) return `Store ${part.facilityId} is ${part.state} in this reset; only what is applied can be reverted.`;
  return finishedAt === null
    ? `This reset is still ${state}: wait for its end, or revert a store that it has applied already.`
    : "No store is applied in this reset, so there is nothing to revert.";
}

/** What a decision about parts of a reset will do, said before it is done; and what it did. */
export interface DecisionWords {
  /** The question. */
  readonly title: string;
  /** The consequence in units and products. */
  readonly would: string;
  /** What else has to be known. */
  readonly notes: string;
  /** What the button that does it says. */
  readonly verb: string;
  readonly did: string;
  /** It cannot be taken back easily. */
  readonly isDanger: boolean;
}

/** What is decided about, as far as it is told before. */
export type Decidable = Pick<
  FacilityPart,
  "facilityId" | "corrected" | "unitsBefore" | "unitsAfter" | "listed" | "stale" | "absent" | "unitsKept"
> &
  Partial<Pick<FacilityPart, "absentRows">>;

/** ABSENT_ROWS as this process has it: of parts whose reset has not kept what holds for it. */
type AbsentRows = Pick<ReconcileOptions, "absentRows">;

/** Puts a decision into words. @param parts those that it is about: held ones, or applied ones to be reverted */
export function decisionWords(
  act: Verdict | "revert",
  parts: readonly Decidable[],
  { absentRows }: AbsentRows,
): DecisionWords {
  if (act === "revert") return revertWords(parts);
  const [only] = parts.length === 1 ? parts : [];
  const where = only?.facilityId ?? plural(parts.length, "store");
  const which = only ? `the count of ${where}` : parts.length === 2 ? "both" : `all ${parts.length}`;
  const [it, is] = only ? (["it", "is"] as const) : (["they", "are"] as const);
  const corrected = totalOf(parts, "corrected");
  const all = quantityText(totalOf(parts, "unitsBefore") + totalOf(parts, "unitsKept"));
  if (act === "approve") {
    const { kept } = listed(parts, absentRows);
    const rest =
      kept > 0 ? `; ${plural(kept, "other keeps", "others keep")} ${quantityText(totalOf(parts, "unitsKept"))}` : "";
    return {
      title: `Approve ${which}?`,
      would: `Approving will correct ${plural(corrected, "product")} at ${where}. ${listedText(parts, { absentRows })}`,
      notes: `These figures are as of when ${it} ${only ? "was" : "were"} held; sales since then stay counted. ${only ? "It" : "Each"} can be reverted while it is the store's latest reset.`,
      verb: `Approve ${only ? where : parts.length}: correct ${plural(corrected, "product")}, ${fromTo(parts)}${rest}`,
      did: `${where} ${only ? "was" : "were"} approved and ${is} applied.`,
      isDanger: false,
    };
  }
  return {
    title: `Reject ${which}?`,
    would: `Rejecting will change nothing at ${where}: all ${all} units stay, and ${plural(corrected, "correction")} will not be made. ${listedText(parts, { absentRows }, "was")}`,
    notes: `${only ? "It" : "They"} cannot be approved afterwards: the rows are thrown away. A later file counts the ${only ? "store" : "stores"} again.`,
    verb: `Reject ${only ? where : parts.length}: change nothing, ${all} units stay`,
    did: `${where} ${only ? "was" : "were"} rejected; the stock stays.`,
    isDanger: true,
  };
}

function revertWords(parts: readonly Decidable[]): DecisionWords {
  const [only] = parts.length === 1 ? parts : [];
  const where = only?.facilityId ?? plural(parts.length, "store");
  const corrections = plural(totalOf(parts, "corrected"), "correction");
  const [before, after] = [totalOf(parts, "unitsBefore"), totalOf(parts, "unitsAfter")].map(quantityText);
  return {
    title: `Revert ${where}?`,
    would: `Reverting will take back ${corrections} at ${where}, ${after} → ${before} units as they were then.`,
    notes:
      "Sales since the reset stay counted, and those that only its count had are applied again. Stock is based on the previous count again. To have this count again, send its file once more.",
    verb: `Revert: take back ${corrections} at ${where}`,
    did: "It was reverted.",
    isDanger: true,
  };
}

/** How many products there are, how many of them a count is about, and how many stay as they are; undefined where it was not noted. */
function listed(parts: readonly Decidable[], usual: "keep" | "zero") {
  const isKnown = parts.every((part) => part.listed !== null);
  const [absent, stale] = [totalOf(parts, "absent"), totalOf(parts, "stale")];
  const current = totalOf(parts, "listed") - stale;
  const zeroes = parts.filter(({ absentRows }) => (absentRows ?? usual) === "zero");
  const zeroed = totalOf(zeroes, "absent");
  return { isKnown, products: current + stale + absent, current, kept: isKnown ? stale + absent - zeroed : 0, zeroed };
}

/**
 * What a count is about, and what it leaves alone: "152 of 300 products are listed: 5,001 → 5,018 units. The other 148 keep their
 * 5,122 units."
 * @param tense `was`: only what is listed, without what it would become
 */
export function listedText(
  parts: readonly Decidable[],
  { absentRows }: AbsentRows,
  tense: "is" | "was" = "is",
): string {
  const { isKnown, products, current, kept, zeroed } = listed(parts, absentRows);
  const units = tense === "is" ? `: ${fromTo(parts)}` : "";
  if (!isKnown) return `Listed${units}.`;
  const all = products === 1 ? "Its one product is listed" : `All ${quantityText(products)} products are listed`;
  const some = `${quantityText(current)} of ${plural(products, "product")} ${current === 1 ? "is" : "are"} listed`;
  const their = kept === 1 ? "its" : "their";
  const keeping = `${their} ${quantityText(totalOf(parts, "unitsKept"))} units`;
  const become = zeroed === 1 ? "becomes" : "become";
  const both = `Of the others ${quantityText(zeroed)} ${become} 0 and ${quantityText(kept)} ${kept === 1 ? "keeps" : "keep"} ${keeping}.`;
  const either = [
    zeroed > 0 && `The other ${zeroed === 1 ? "one" : quantityText(zeroed)} ${become} 0.`,
    kept > 0 && `The other ${kept === 1 ? "one keeps" : `${quantityText(kept)} keep`} ${keeping}.`,
  ].filter((each) => each !== false);
  const others = zeroed > 0 && kept > 0 ? [both] : either;
  const unlisted = totalOf(parts, "unitsKept");
  // A repair is about the products that it names, whatever else the store has.
  if (kept === 0 && zeroed === 0 && unlisted !== 0 && tense === "is")
    return `${plural(current, "product")} listed${units}. All others keep their ${quantityText(unlisted)} units.`;
  return [`${current === products ? all : some}${units}.`, ...(tense === "is" ? others : [])].join(" ");
}

function fromTo(parts: readonly Decidable[]): string {
  return `${quantityText(totalOf(parts, "unitsBefore"))} → ${quantityText(totalOf(parts, "unitsAfter"))} units`;
}

/** The sum of a figure over parts, to the four decimals that quantities have. */
function totalOf(
  parts: readonly Decidable[],
  figure: "corrected" | "unitsBefore" | "unitsAfter" | "unitsKept" | "listed" | "stale" | "absent",
): number {
  return Math.round(parts.reduce((total, part) => total + (part[figure] ?? 0), 0) * 1e4) / 1e4;
}

/** What a decision about one store came to: "applied: 1 product corrected, 97 → 7 units". */
export function decidedText(part: FacilityPart): string {
  const { state, corrected, unitsBefore, unitsKept, decidedBecause } = part;
  const did =
    state === "rejected"
      ? `rejected: ${quantityText(unitsBefore + (unitsKept ?? 0))} units stay`
      : `${state}: ${plural(corrected, "product")} corrected, ${fromTo([part])}`;
  return withReason(did, decidedBecause);
}

/** What a decision came to, with the reason that was noted. */
export function withReason(did: string, reason: string | null | undefined): string {
  return reason == null ? did : `${did}; reason: ${reason}`;
}

/** What a revert came to. */
export function revertedText(undone: readonly Reverted[]): string {
  const changed = undone.reduce((sum, each) => sum + each.corrected, 0);
  return `reverted at ${plural(undone.length, "store")}, ${plural(changed, "level")} changed`;
}
