// How far a reset is, for people and for the watchdog: told now and then, while facility after facility is done. Nobody waits
// for it, and the last word is the reset's own job's.
import { touchProgress } from "@inventory-sync/db";
import { resetJobId } from "@inventory-sync/queue";
import type { ResetParts } from "./parts.ts";

const TELL_MS = 500;
const toldAt = new WeakMap<ResetParts, number>();

/** Tells how far the reset is, unless it was told just now. Returns at once. */
export function tellProgress(
  parts: ResetParts,
  wanted: { readonly resetId: string; readonly generation: number },
): void {
  const now = performance.now();
  if (now - (toldAt.get(parts) ?? Number.NEGATIVE_INFINITY) < TELL_MS) return;
  toldAt.set(parts, now);
  tell(parts, wanted).catch((error: unknown) => parts.log.debug({ err: error }, "progress could not be told"));
}

async function tell({ database, queues }: ResetParts, wanted: { resetId: string; generation: number }): Promise<void> {
  const progress = await touchProgress(database, wanted.resetId);
  await queues.updateResetProgress(resetJobId(wanted.resetId, wanted.generation), progress);
}
