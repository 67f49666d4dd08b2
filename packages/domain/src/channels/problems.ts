// Why a channel has set a level aside (C6 of docs/channels), with what to do about it.

/** Every code, with what it means and what mends it. The target's own words come before it, where there are any. */
export const channelProblems = {
  UNMAPPED_PRODUCT:
    "The target does not know this product, or we know no id of the channel's type for it. Add the id to the catalogue, or the product to the target.",
  UNMAPPED_FACILITY:
    "The target has no place for this facility. Name one in the channel's `facilities`, or leave the facility out.",
  DUPLICATE_TARGET: "The target has this id several times. Leave it one, or tell the two apart there.",
  UNTRACKED: "The target does not count the stock of this product. Switch counting on there.",
  NOT_STOCKED: "The target does not stock this product at this place. Stock it there.",
  BUNDLE: "The target makes up the stock of this product from others. It is told of those instead.",
  REFUSED: "The target refused it. Correct what it says, then have it tried again.",
  TARGET_CHANGED:
    "Another program or a person has changed the number in the target since it was told. Decide who may, then have it tried again.",
  UNKNOWN_OUTCOME:
    "The answer was lost, so it is not known whether the target took it. Look there, then settle it as applied or not applied.",
} as const;

export type ChannelProblem = keyof typeof channelProblems;
export const channelProblemCodes = Object.keys(channelProblems) as ChannelProblem[];

/** How a channel stands, in the words of its API. */
export type ChannelState = "live" | "paused" | "shadow" | "off" | "failing" | "disabled";

/** The state that follows from what is on record of a channel. */
export function channelState(channel: {
  readonly mode: string;
  readonly pausedAt: unknown;
  readonly disabledAt: unknown;
  readonly failingSince: unknown;
  /** A worker cannot open it. */
  readonly closedSince: unknown;
}): ChannelState {
  if (channel.mode === "off") return "off";
  if (channel.disabledAt !== null) return "disabled";
  if (channel.pausedAt !== null) return "paused";
  if (channel.failingSince !== null || channel.closedSince !== null) return "failing";
  return channel.mode === "shadow" ? "shadow" : "live";
}
