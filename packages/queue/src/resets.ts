// Flow 2's way into the queue: scheduled runs, resets, and one child job per facility. What has to be done stands in the
// database; a job here only wakes somebody to do it, so adding one twice is harmless and a finished one may be made anew.

import type { Queue } from "bullmq";
import { type JobPayloads, jobOptions, type QueueName } from "./catalog.ts";
import type { QueueConnection } from "./connection.ts";
import { within } from "./deadline.ts";
import { facilityResetJobId, resetJobId, runJobId } from "./job-ids.ts";
import type { QueueLog } from "./log.ts";
import { messageOf } from "./outage.ts";
import { reviveFailed } from "./revive.ts";
import { QueueUnavailable } from "./unavailable.ts";

/** Children per add: one add is one stretch in which Redis serves nobody else. */
const childrenPerAddMax = 500;
const callDeadlineMs = 5_000;
const retryAfterS = 5;

export interface ResetProgress {
  rowsStaged: number;
  facilitiesDone: number;
  facilities: number;
}

interface ResetJob {
  resetId: string;
  generation: number;
  label: string;
}

export interface ResetProducer {
  /** Wakes the scheduled run `runKey` ("2026-11-23T04:00[Europe/Berlin]"). Returns the job id. Throws QueueUnavailable. */
  addResetRun(runKey: string): Promise<string>;
  /** Wakes one generation of a reset. `label` (file name or id) is what people read as the job's name. Returns the job id. */
  addReset(reset: ResetJob): Promise<string>;
  /**
   * Adds the job of this generation where there is none: the queue was away when it should have been told, or has lost it.
   * A job that stands there, in whatever state, is left as it is. Returns whether it was added. Throws QueueUnavailable.
   */
  ensureReset(reset: ResetJob): Promise<boolean>;
  /**
   * Adds one child per facility to the reset job that runs the caller's handler, which then throws WaitForChildren. Give it
   * only facilities that are still to be done: a child that failed in this generation is retried. Throws QueueUnavailable.
   */
  addFacilityResets(reset: {
    resetJobId: string;
    resetId: string;
    generation: number;
    facilityIds: readonly string[];
  }): Promise<void>;
  /** Shows on the reset's job how far it is. A missing job or server is no error: progress is for people. */
  updateResetProgress(resetJobId: string, progress: ResetProgress): Promise<void>;
}

export function createResetProducer(
  connection: QueueConnection,
  queues: Record<QueueName, Queue>,
  log: QueueLog,
): ResetProducer {
  const reach = async <T>(what: string, call: () => Promise<T>): Promise<T> => {
    try {
      if (connection.outage.state() === "down") throw new Error("the queue server cannot be reached");
      return await within(callDeadlineMs, what, call());
    } catch (error) {
      throw new QueueUnavailable(`${what} failed (${messageOf(error)}); try again`, retryAfterS, { cause: error });
    }
  };

  return {
    addResetRun: (runKey) =>
      reach("adding a reset run", () =>
        wake(queues.resets, { id: runJobId(runKey), name: `reset run ${runKey}`, data: { kind: "run", runKey } }),
      ),
    addReset: (reset) => reach("adding a reset", () => wake(queues.resets, resetJob(reset))),
    ensureReset: (reset) =>
      reach("looking for a reset's job", async () => {
        const { id, name, data } = resetJob(reset);
        if ((await queues.resets.getJob(id)) !== undefined) return false;
        await queues.resets.add(name, data, { ...jobOptions("resets"), jobId: id });
        return true;
      }),
    async addFacilityResets({ facilityIds, ...reset }) {
      for (let start = 0; start < facilityIds.length; start += childrenPerAddMax) {
        const some = facilityIds.slice(start, start + childrenPerAddMax);
        await reach("adding facility resets", () => addChildren(connection, queues, { ...reset, facilityIds: some }));
      }
    },
    async updateResetProgress(jobId, progress) {
      try {
        await within(callDeadlineMs, "progress", queues.resets.updateJobProgress(jobId, progress));
      } catch (error) {
        log.debug({ jobId, reason: messageOf(error) }, "could not show the progress of a reset");
      }
    },
  };
}

function resetJob({ resetId, generation, label }: ResetJob) {
  const data = { kind: "reset" as const, resetId, generation };
  return { id: resetJobId(resetId, generation), name: `reset ${label}`, data };
}

/** Makes sure that a live job stands under this id: one that failed is retried, one that completed is replaced. */
async function wake(queue: Queue, job: { id: string; name: string; data: JobPayloads["resets"] }): Promise<string> {
  const existing = await queue.getJob(job.id);
  const state = existing === undefined ? "unknown" : await existing.getState();
  if (existing !== undefined && state === "failed") {
    await existing.retry("failed", { resetAttemptsMade: true, resetAttemptsStarted: true });
    return job.id;
  }
  if (existing !== undefined && state === "completed") await existing.remove({ removeChildren: false });
  await queue.add(job.name, job.data, { ...jobOptions("resets"), jobId: job.id });
  return job.id;
}

async function addChildren(
  connection: QueueConnection,
  queues: Record<QueueName, Queue>,
  reset: { resetJobId: string; resetId: string; generation: number; facilityIds: readonly string[] },
): Promise<void> {
  const { resetId, generation } = reset;
  const sentAtMs = Date.now();
  const children = reset.facilityIds.map((facilityId) => ({
    name: `facility reset ${facilityId}`,
    data: { resetId, facilityId, generation },
    opts: {
      ...jobOptions("facility-resets"),
      jobId: facilityResetJobId({ resetId, facilityId, generation }),
      parent: { id: reset.resetJobId, queue: queues.resets.qualifiedName },
      // One facility that cannot be reset must not keep the others, nor the reset's report, waiting for ever.
      ignoreDependencyOnFailure: true,
    },
  }));
  const added = await queues["facility-resets"].addBulk(children);
  const missing = children.find((child, index) => added[index]?.id !== child.opts.jobId);
  if (missing !== undefined) throw new Error(`the queue did not take the ${missing.name} of job ${reset.resetJobId}`);
  const sent = new Map(children.map((child) => [child.opts.jobId, sentAtMs]));
  await reviveFailed(connection, queues["facility-resets"], sent);
}
