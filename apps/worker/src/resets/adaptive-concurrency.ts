// Flow 2, step 6, beside flow 1: while sales come in, facility resets leave a processor to them. Two at once fill two cores: at night
// that halves the time of a reset, by day it would make every sale wait for its turn.
import { availableParallelism } from "node:os";
import type { Consumer } from "@inventory-sync/queue";

/** So long after the last sale all processors are the resets' again. */
const QUIET_MS = 1_000;

/** Told of sales, it sets how many facility resets run at once. @param most facility resets at once when nothing is sold; with sales one less than there are cores, but one at least */
export function adaptiveConcurrency(
  facilities: Pick<Consumer, "limit">,
  {
    most,
    cores = availableParallelism(),
    quietMs = QUIET_MS,
  }: { readonly most: number; readonly cores?: number; readonly quietMs?: number },
) {
  const least = Math.max(1, Math.min(most, cores - 1));
  let soldAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  const widen = (): void => {
    const wait = soldAt + quietMs - performance.now();
    if (wait > 0) {
      timer = setTimeout(widen, wait);
      return;
    }
    timer = undefined;
    facilities.limit(most);
  };
  return {
    onSales: (): void => {
      if (least === most) return;
      soldAt = performance.now();
      if (timer !== undefined) return;
      facilities.limit(least);
      timer = setTimeout(widen, quietMs);
    },
    stop: () => clearTimeout(timer),
  };
}
