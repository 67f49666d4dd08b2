// What HotWax has of a level, and what this channel keeps with the level besides that number (`target` of its fates).
import type { ToldLevel } from "@inventory-sync/domain";
import { z } from "zod";

/** On hand as HotWax can hold it: whole units, and not below 0. */
export function heldNumber({ onHand }: Pick<ToldLevel, "onHand">): number {
  return Math.max(0, Math.floor(onHand));
}

const keptShape = z.object({
  /** HotWax's facility that was told, or is told by the row. */
  place: z.string(),
  /** Its row in a reset file that HotWax may still take; `writtenAt` by the worker's clock, in milliseconds. */
  row: z.object({ file: z.string(), number: z.number(), writtenAt: z.number() }).optional(),
});

export type Kept = z.output<typeof keptShape>;

/** As text, for the fate of a level. */
export function keptText(kept: Kept): string {
  return JSON.stringify(kept);
}

/** What was kept with a level; undefined where it has not been told yet. */
export function keptOf(target: string | null): Kept | undefined {
  return target === null ? undefined : keptShape.parse(JSON.parse(target));
}
