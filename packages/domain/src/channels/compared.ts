// What comparing a channel's target with us finds (C8 of docs/channels).
import type { ChannelProblem } from "./problems.ts";

/** Every class of a level that was compared, with what it means. */
export const comparedClasses = {
  equal: "as they are here",
  oursNewer: "have changed here and are told next",
  theirsChanged: "have a number that this channel did not tell",
  lowered: "have been lowered by orders or shipments there",
  unmapped: "are not in the target, or there several times",
  untracked: "are not counted by the target",
  notStocked: "are not stocked at this place by the target",
  other: "could not be read",
} as const;

export type ComparedClass = keyof typeof comparedClasses;
export const comparedClassNames = Object.keys(comparedClasses) as ComparedClass[];

/** A level as it is here, as the target was told it, and as the target has it. */
export interface ComparedLevel {
  readonly now: number;
  /** Null when it was never told. */
  readonly told: number | null;
  /** It is told next in any case. */
  readonly isPending: boolean;
  /** What is ordered or shipped in the target lowers its number by itself. */
  readonly lowersItself: boolean;
  readonly held: { readonly number: number } | { readonly problem: ChannelProblem };
}

const OF_PROBLEMS: Readonly<Partial<Record<ChannelProblem, ComparedClass>>> = {
  UNMAPPED_PRODUCT: "unmapped",
  UNMAPPED_FACILITY: "unmapped",
  DUPLICATE_TARGET: "unmapped",
  UNTRACKED: "untracked",
  BUNDLE: "untracked",
  NOT_STOCKED: "notStocked",
};

/** The class of one level. What is under way here is not held against the target. */
export function comparedClass({ now, told, isPending, lowersItself, held }: ComparedLevel): ComparedClass {
  if ("problem" in held) return OF_PROBLEMS[held.problem] ?? "other";
  if (held.number === now) return "equal";
  if (isPending || told === null || held.number === told) return "oursNewer";
  return lowersItself && held.number < told ? "lowered" : "theirsChanged";
}
