// The lines a job leaves on the board. Written one after the other: two at once can collide on the PostgreSQL backend.

import type { Job } from "bullmq";
import type { QueueLog } from "./log.ts";
import { messageOf } from "./outage.ts";

export interface JobLog {
  /** Adds a line; never waits, never throws. */
  write(line: string): void;
  /** Resolves when all lines are written or given up. */
  written(): Promise<void>;
}

export function openJobLog(job: Job, log: QueueLog): JobLog {
  let last: Promise<void> = Promise.resolve();
  const add = async (line: string): Promise<void> => {
    try {
      await job.log(line);
    } catch (error) {
      log.debug({ jobId: job.id, line, reason: messageOf(error) }, "could not add to a job's log");
    }
  };
  return {
    write(line) {
      last = last.then(() => add(line));
    },
    written: () => last,
  };
}
