// The ways of flows 2 and 3 into the queue: scheduled runs, resets, one child job per facility; channels. What has to be done stands in the
// database; a job here only wakes a worker to do it, so adding one twice is harmless, a finished one may be made again, and one that
// is lost is made up for.

import { inParts } from "@inventory-sync/domain";
import { withinMs } from "@inventory-sync/runtime";
import type { Queue } from "bullmq";
import { type JobPayloads, jobOptions, type QueueName } from "./catalog.ts";
import type { QueueConnection, QueueLog } from "./connection.ts";
import { messageOf, QueueUnavailable } from "./errors.ts";
import { channelJobId, facilityResetJobId, resetJobId, runJobId } from "./job-ids.ts";
import { retryJobs, reviveFailed } from "./revive.ts";

/** Children per add: while one add runs Redis serves nothing else. */
const childrenPerAddMax = 500;
const callDeadlineMs = 5_000;
const retryAfterS = 5;

/** One generation of a reset. `label` (file name or id) is what people read as the job's name. */
export interface ResetJob {
  resetId: string;
  generation: number;
  label: string;
}

/** The facilities of a reset that are still to be done, and the reset's job that waits for them. */
export interface FacilityResets {
  resetJobId: string;
  resetId: string;
  generation: number;
  facilityIds: readonly string[];
}

export interface ResetProgress {
  rowsStaged: number;
  facilitiesDone: number;
  facilities: number;
}

/** Makes the ways in over the queues of one connection. */
export function createWaker(connection: QueueConnection, queues: Readonly<Record<QueueName, Queue>>, log: QueueLog) {
  const { resets, "facility-resets": facilityResets, channels } = queues;

  const reach = async <T>(what: string, call: () => Promise<T>): Promise<T> => {
    try {
      if (connection.outage.isDown()) throw new Error("the queue server cannot be reached");
      return await withinMs(callDeadlineMs, call());
    } catch (error) {
      throw new QueueUnavailable(`${what} failed (${messageOf(error)}); try again`, retryAfterS, { cause: error });
    }
  };
  const addChildren = async ({ resetId, generation, facilityIds, ...parent }: FacilityResets): Promise<void> => {
    const sentAtMs = Date.now();
    const children = facilityIds.map((facilityId) => ({
      name: `facility reset ${facilityId}`,
      data: { resetId, facilityId, generation },
      opts: {
        ...jobOptions("facility-resets"),
        jobId: facilityResetJobId({ resetId, facilityId, generation }),
        parent: { id: parent.resetJobId, queue: resets.qualifiedName },
        // One facility that cannot be reset must not keep the others, nor the reset's report, waiting for ever.
        ignoreDependencyOnFailure: true,
      },
    }));
    const added = await facilityResets.addBulk(children);
    const missing = children.find((child, index) => added[index]?.id !== child.opts.jobId);
    if (missing !== undefined)
      throw new Error(`the queue did not take the ${missing.name} of job ${parent.resetJobId}`);
    await reviveFailed(connection, facilityResets, new Map(children.map(({ opts }) => [opts.jobId, sentAtMs])));
  };

  return {
    /** Wakes the scheduled run `runKey` ("2026-11-23T04:00[Europe/Berlin]"). Returns the job id. Throws QueueUnavailable. */
    addResetRun: (runKey: string): Promise<string> =>
      reach("adding a reset run", () =>
        wake(resets, { id: runJobId(runKey), name: `reset run ${runKey}`, data: { kind: "run", runKey } }),
      ),
    /** Wakes one generation of a reset. Returns the job id. Throws QueueUnavailable. */
    addReset: (reset: ResetJob): Promise<string> => reach("adding a reset", () => wake(resets, resetJob(reset))),
    /**
     * Adds the job of this generation where there is none: the queue was away when it should have been told, or has lost it.
     * A job that stands there, in whatever state, is left as it is. Returns whether it was added. Throws QueueUnavailable.
     */
    ensureReset: (reset: ResetJob): Promise<boolean> =>
      reach("looking for a reset's job", async () => {
        const { id, name, data } = resetJob(reset);
        if ((await resets.getJob(id)) !== undefined) return false;
        await resets.add(name, data, { ...jobOptions("resets"), jobId: id });
        return true;
      }),
    /**
     * Adds one child per facility to the reset job that runs the caller's handler, which then waits for its children. Give it
     * only facilities that are still to be done: a child that failed in this generation is retried. Throws QueueUnavailable.
     */
    async addFacilityResets(reset: FacilityResets): Promise<void> {
      for (const facilityIds of inParts(reset.facilityIds, childrenPerAddMax))
        await reach("adding facility resets", () => addChildren({ ...reset, facilityIds }));
    },
    /** Wakes a worker for a channel. @param newest what there is to tell: with the same text it is one job. Throws QueueUnavailable. */
    wakeChannel: (channel: string, newest: string): Promise<void> =>
      reach(`waking channel ${channel}`, async () => {
        const options = { ...jobOptions("channels"), jobId: channelJobId(channel, newest) };
        await channels.add(`channel ${channel}`, { channel }, options);
      }),
    /** Shows on the reset's job how far it is. A missing job or server is no error: progress is for people. */
    async updateResetProgress(jobId: string, progress: ResetProgress): Promise<void> {
      try {
        await withinMs(callDeadlineMs, resets.updateJobProgress(jobId, progress));
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
  if ((await retryJobs(queue, [job.id])).length > 0) return job.id;
  const existing = await queue.getJob(job.id);
  if (await existing?.isCompleted()) await existing?.remove({ removeChildren: false });
  await queue.add(job.name, job.data, { ...jobOptions("resets"), jobId: job.id });
  return job.id;
}
