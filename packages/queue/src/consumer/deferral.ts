// When a deferred job comes back.

import type { Job } from "bullmq";

const deferralGrowth = 1.5;
const deferralTimesMax = 5;
/** A wait that is longer to begin with is one for a known time, such as for a file to stand still: it does not grow. */
const grownMsMax = 5_000;
const jitterShare = 0.2;

/** How often this job was deferred: starts that ended neither in a failed attempt nor in a dead worker. */
export function deferralsOf(job: Job): number {
  return Math.max(0, job.attemptsStarted - 1 - job.attemptsMade - job.stalledCounter);
}

/**
 * Wait before a deferred job's next try, ms: soon at first, so that it follows at once after the lock that it waited for, then
 * less often. Grows from `firstMs` to five times that, give or take a fifth (50 ms become 250 ms).
 */
export function deferralMs(firstMs: number, deferrals: number): number {
  const grown = firstMs * Math.min(deferralTimesMax, deferralGrowth ** deferrals);
  const wait = Math.max(firstMs, Math.min(grownMsMax, grown));
  return Math.max(1, Math.round(wait * (1 - jitterShare + 2 * jitterShare * Math.random())));
}
