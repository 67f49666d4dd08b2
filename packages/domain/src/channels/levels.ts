// A level as a channel is told it (C1 of docs/channels).
import { own } from "../values.ts";
import type { ChannelSettings } from "./settings.ts";

/** A level as it is told: quantities as JSON numbers, times as ISO text in UTC. */
export interface ToldLevel {
  readonly facilityId: string;
  readonly idType: string;
  readonly idValue: string;
  readonly onHand: number;
  /** What the target may sell: whole units on hand less the safety stock, never below 0. */
  readonly available: number;
  readonly asOf: string | null;
  readonly updatedAt: string;
  /** Grows with each change of the level: of two tellings the one with the larger number is the newer. */
  readonly sequence: number;
}

/** A level as the database gives it: decimals and sequences are texts. */
export interface KeptLevel extends Pick<ToldLevel, "facilityId" | "idType" | "idValue"> {
  readonly onHand: string;
  readonly asOf: Date | null;
  readonly updatedAt: Date;
  readonly sequence: string;
}

/** A level as a channel of these settings is told it. */
export function toldLevel(level: KeptLevel, settings: Pick<ChannelSettings, "safetyStock">): ToldLevel {
  const { facilityId, idType, idValue, asOf, updatedAt } = level;
  const onHand = Number(level.onHand);
  return {
    ...{ facilityId, idType, idValue, onHand },
    available: Math.max(0, Math.floor(onHand - safetyOf(settings, level))),
    asOf: asOf?.toISOString() ?? null,
    updatedAt: updatedAt.toISOString(),
    sequence: Number(level.sequence),
  };
}

/** The safety stock of a product at a facility: the product's, else the facility's, else the channel's. */
function safetyOf(
  { safetyStock }: Pick<ChannelSettings, "safetyStock">,
  level: { facilityId: string; idValue: string },
): number {
  const { products, facilities } = safetyStock;
  return own(products, level.idValue) ?? own(facilities, level.facilityId) ?? safetyStock.default;
}
