// Alarms jobs-failed and poison-job: jobs that stay failed until somebody has mended their cause and retries them. A refused
// file also leaves a failed job, but it has an alarm of its own, and nothing of it is to be retried.
import { type FailedJobs, jobsFailed, poisonJob, refusalCodes } from "@inventory-sync/domain";
import type { FailedCause } from "@inventory-sync/queue";
import type { Watch } from "./watch.ts";

/** Of so many failed jobs in one queue no more are looked at: their causes are known by then. */
const LOOKED_MAX = 5_000;

const refusals = new Set<string>(refusalCodes);

/** Counts failed jobs by cause. Where not all were looked at, causes that were not seen are not over for that. */
export const watchFailedJobs: Watch = async ({ queues, config }) => {
  if (!queues.isConnected()) throw new Error("the queue server cannot be reached");
  const { causes, looked, total } = await queues.failedCauses({ lookedMax: LOOKED_MAX });
  const timeZone = config.RESET_TIME_ZONE;
  const told = causes.filter(({ queue, cause }) => queue !== "resets" || !refusals.has(cause));
  const isAll = looked >= total;
  return {
    judged: isAll ? ["jobs-failed", "poison-job"] : [],
    causes: told.map((each) => {
      const failed = failedJobs(each, isAll);
      return each.cause === "POISON" ? poisonJob(failed, timeZone) : jobsFailed(failed, timeZone);
    }),
  };
};

function failedJobs(found: FailedCause, isAll: boolean): FailedJobs {
  const { queue, cause, count, firstAt, lastAt, exampleId, exampleName, exampleMessage } = found;
  return {
    ...{ queue, cause, count, isAll, firstAt: new Date(firstAt), lastAt: new Date(lastAt) },
    example: { id: exampleId, name: exampleName, message: exampleMessage },
  };
}
