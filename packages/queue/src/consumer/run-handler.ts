// One run of a handler over one job: its payload checked, its log lines in order, alone if its worker died under it before.

import type { Job } from "bullmq";
import { eventsPayloadVersion, type JobPayloads, payloads, type QueueName } from "../catalog.ts";
import type { QueueLog } from "../log.ts";
import { messageOf } from "../outage.ts";
import { deferralsOf } from "./deferral.ts";
import { type Fate, fateOfError, type Handler, type JobContext } from "./fates.ts";
import type { SuspectsAlone } from "./suspects.ts";

export interface RunParts<Name extends QueueName> {
  queue: Name;
  handler: Handler<Name>;
  suspectsAlone: SuspectsAlone;
  log: QueueLog;
}

/** Runs the handler once and says how that ended; never throws. A payload that is none is rejected as BAD_PAYLOAD. */
export async function runHandler<Name extends QueueName>(
  { queue, handler, suspectsAlone, log }: RunParts<Name>,
  job: Job,
  signal: AbortSignal,
): Promise<Fate> {
  const payload = readPayload(queue, job);
  if (payload.isRead === false) return payload.fate;
  // Written one after the other: two at once can collide on the PostgreSQL backend.
  let written: Promise<void> = Promise.resolve();
  const write = (line: string): void => {
    written = written.then(() => addLine(job, line, log));
  };
  const context = contextOf(job, payload.value, { signal, write });
  const fate = await suspectsAlone(job, async () => {
    try {
      return await handler(context);
    } catch (error) {
      return fateOfError(error);
    }
  });
  if (fate.fate === "deferred" && deferralsOf(job) === 0) write(fate.reason);
  await written;
  return fate.fate === "done" ? plain(fate, job, log) : fate;
}

async function addLine(job: Job, line: string, log: QueueLog): Promise<void> {
  try {
    await job.log(line);
  } catch (error) {
    log.debug({ jobId: job.id, line, reason: messageOf(error) }, "could not add to a job's log");
  }
}

type ReadPayload<Name extends QueueName> =
  | { readonly isRead: true; readonly value: JobPayloads[Name] }
  | { readonly isRead: false; readonly fate: Fate };

/** A payload may be none: added by hand, or emptied because Redis evicted the job. */
function readPayload<Name extends QueueName>(queue: Name, job: Job): ReadPayload<Name> {
  if (queue === "events" && job.data?.v === eventsPayloadVersion) return { isRead: true, value: job.data };
  const parsed = payloads[queue].safeParse(job.data);
  if (parsed.success) return { isRead: true, value: parsed.data as JobPayloads[Name] };
  const faults = parsed.error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join(".") || "payload"}: ${issue.message}`);
  const message = `this job does not carry what a job of ${queue} carries (${faults.join("; ")})`;
  return { isRead: false, fate: { fate: "rejected", code: "BAD_PAYLOAD", message } };
}

function contextOf<Name extends QueueName>(
  job: Job,
  payload: JobPayloads[Name],
  { signal, write }: { readonly signal: AbortSignal; readonly write: (line: string) => void },
): JobContext<Name> {
  return {
    payload,
    jobId: job.id ?? "",
    jobName: job.name,
    attempt: job.attemptsMade + 1,
    attemptsMax: job.opts.attempts ?? 1,
    signal,
    log: write,
    progress: (value) => job.updateProgress(value),
  };
}

/** The fate if JSON can carry its result. A result that cannot must not fail a job whose work is committed. */
function plain(fate: Extract<Fate, { fate: "done" }>, job: Job, log: QueueLog): Fate {
  try {
    JSON.stringify(fate.result);
    return fate;
  } catch (error) {
    log.error({ jobId: job.id, reason: messageOf(error) }, "the result of a job cannot be shown");
    return { fate: "done", result: {} };
  }
}
