// When a deferred job comes back: soon at first, so that it follows at once after the lock it waited for, then less often.

import type { Job } from "bullmq";

const growth = 1.5;
const timesMax = 5;
const jitterShare = 0.2;

/** How often this job was deferred: starts that ended neither in a failed attempt nor in a dead worker. */
export function deferralsOf(job: Job): number {
  return Math.max(0, job.attemptsStarted - 1 - job.attemptsMade - job.stalledCounter);
}

/** Wait before the next try, ms: grows from `firstMs` to five times that, give or take a fifth (50 ms become 250 ms). */
export function deferralMs(firstMs: number, deferrals: number): number {
  const wait = firstMs * Math.min(timesMax, growth ** Math.min(deferrals, 10));
  return Math.max(1, Math.round(wait * (1 - jitterShare + 2 * jitterShare * Math.random())));
}
