// Jobs whose worker died under them. A poison job kills each worker that takes it, and every job that worker had in hand is
// found stalled along with it. So a job that was found stalled twice is a suspect and runs alone (one at a time in a
// process; the others are deferred, that is not in hand): the innocent get through, and the one that kills again stands
// alone. Found stalled poisonStallsMax times, it is set aside with an alarm instead of killing for ever. Deferrals do not count.

import type { Job } from "bullmq";
import { poisonStallsMax, suspectStallsMin } from "../catalog.ts";
import type { Fate } from "./fates.ts";

const busyRetryMs = 200;

/** Runs the work of a job, alone if it is a suspect: deferred while another suspect runs, rejected as POISON when it is one. */
export type SuspectsAlone = (job: Job, work: () => Promise<Fate>) => Promise<Fate>;

/** One per worker. */
export function createSuspectsAlone(): SuspectsAlone {
  let suspectRuns = false;
  return async (job, work) => {
    const stalls = job.stalledCounter;
    if (stalls >= poisonStallsMax) {
      const message = `the worker died or hung ${stalls} times while it had this job; look at the job, then retry it`;
      return { fate: "rejected", code: "POISON", message };
    }
    if (stalls < suspectStallsMin) return work();
    const reason = "the worker died twice under this job; waiting to run it alone";
    if (suspectRuns) return { fate: "deferred", retryAfterMs: busyRetryMs, reason };
    suspectRuns = true;
    try {
      return await work();
    } finally {
      suspectRuns = false;
    }
  };
}
