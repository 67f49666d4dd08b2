// One run of a handler over one job: its payload checked, its log lines in order, alone if its worker died under it before.
//
// A poison job kills each worker that takes it, and every job that worker had in flight is found stalled along with it. So a job
// that was found stalled twice is a suspect and runs alone (one at a time in a process; the others are deferred, that is not in
// flight): the innocent get through, and the one that kills again stands alone. Found stalled poisonStallsMax times, it is set
// aside with an alarm instead of killing for ever. Deferrals do not count.

import { Rejected } from "@inventory-sync/domain";
import type { Job } from "bullmq";
import {
  eventsPayloadVersion,
  type JobPayloads,
  payloads,
  poisonStallsMax,
  type QueueName,
  suspectStallsMin,
} from "../catalog.ts";
import type { QueueLog } from "../connection.ts";
import { messageOf } from "../errors.ts";
import { done, type Fate, fateOfError, type Handler } from "./fates.ts";

const suspectRetryMs = 200;
const faultsToldMax = 3;

/** Makes the runner of one worker: it runs the handler once over a job and says how that ended; it never throws. */
export function createRunner<Name extends QueueName>(queue: Name, handler: Handler<Name>, log: QueueLog) {
  let suspectRuns = false;

  const run = async (job: Job): Promise<Fate> => {
    // Written one after the other: two at once can collide on the PostgreSQL backend.
    let written: Promise<void> = Promise.resolve();
    const fate = await handler({
      payload: readPayload(queue, job.data),
      jobId: job.id ?? "",
      attempt: job.attemptsMade + 1,
      attemptsMax: job.opts.attempts ?? 1,
      log(line) {
        written = written.then(() => addLine(job, line, log));
      },
      progress: (value) => job.updateProgress(value),
    }).finally(() => written);
    return fate.fate === "done" && !isJson(fate.result, log) ? done() : fate;
  };

  return async (job: Job): Promise<Fate> => {
    const stalls = job.stalledCounter;
    if (stalls >= poisonStallsMax) {
      const message = `the worker died or hung ${stalls} times while it had this job; look at the job, then retry it`;
      return { fate: "rejected", code: "POISON", message };
    }
    const isSuspect = stalls >= suspectStallsMin;
    if (isSuspect && suspectRuns) {
      const reason = "the worker died twice under this job; waiting to run it alone";
      return { fate: "deferred", retryAfterMs: suspectRetryMs, reason };
    }
    suspectRuns ||= isSuspect;
    try {
      return await run(job);
    } catch (error) {
      return fateOfError(error);
    } finally {
      if (isSuspect) suspectRuns = false;
    }
  };
}

/** Throws Rejected where the payload is none: added by hand, or emptied because Redis evicted the job. */
function readPayload<Name extends QueueName>(queue: Name, data: unknown): JobPayloads[Name] {
  const isOurs = queue === "events" && (data as { v?: unknown } | undefined)?.v === eventsPayloadVersion;
  if (isOurs) return data as JobPayloads[Name];
  const parsed = payloads[queue].safeParse(data);
  if (parsed.success) return parsed.data as JobPayloads[Name];
  const faults = parsed.error.issues
    .slice(0, faultsToldMax)
    .map(({ path, message }) => `${path.join(".") || "payload"}: ${message}`);
  const message = `this job does not carry what a job of ${queue} carries (${faults.join("; ")})`;
  throw new Rejected("BAD_PAYLOAD", message);
}

/** Adds a line to the job's log on the board; never throws. */
export async function addLine(job: Job, line: string, log: QueueLog): Promise<void> {
  try {
    await job.log(line);
  } catch (error) {
    log.debug({ jobId: job.id, line, reason: messageOf(error) }, "could not add to a job's log");
  }
}

/** Says whether JSON can carry the result. One that it cannot must not fail a job whose work is committed. */
function isJson(result: object, log: QueueLog): boolean {
  try {
    JSON.stringify(result);
    return true;
  } catch (error) {
    log.error({ reason: messageOf(error) }, "the result of a job cannot be shown");
    return false;
  }
}
