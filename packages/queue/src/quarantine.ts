// Jobs whose worker died under them. A poison job kills each worker that takes it, and every job that worker had in hand is
// found stalled along with it. So a job that was found stalled twice is a suspect and runs alone (one at a time in a
// process; the others are deferred, that is not in hand): the innocent get through, and the one that kills again stands
// alone. Found stalled poisonStallsMax times, it is set aside with an alarm instead of killing for ever. Deferrals do not count.

import { Deferred, Rejected } from "@inventory-sync/domain";
import type { Job } from "bullmq";
import { poisonStallsMax, suspectStallsMin } from "./catalog.ts";

const busyRetryMs = 200;

export interface Quarantine {
  /** Runs the work, alone if the job is a suspect. Throws Deferred while another suspect runs, Rejected("POISON") for poison. */
  around<T>(job: Job, work: () => Promise<T>): Promise<T>;
}

/** One per worker. */
export function createQuarantine(): Quarantine {
  let suspectRuns = false;
  return {
    async around(job, work) {
      const stalls = job.stalledCounter;
      if (stalls >= poisonStallsMax) {
        const what = `the worker died or hung ${stalls} times while it had this job; look at the job, then retry it`;
        throw new Rejected("POISON", what);
      }
      if (stalls < suspectStallsMin) return work();
      if (suspectRuns) throw new Deferred(busyRetryMs, "the worker died twice under this job; waiting to run it alone");
      suspectRuns = true;
      try {
        return await work();
      } finally {
        suspectRuns = false;
      }
    },
  };
}
