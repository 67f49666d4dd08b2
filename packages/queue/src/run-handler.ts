// One run of a handler over one job: its payload checked, its log lines in order, alone if its worker died under it before.

import { Deferred, Rejected } from "@inventory-sync/domain";
import { type Job, WaitingChildrenError } from "bullmq";
import { type JobPayloads, payloads, type QueueName } from "./catalog.ts";
import { deferralsOf } from "./deferral.ts";
import { openJobLog } from "./job-log.ts";
import type { QueueLog } from "./log.ts";
import { messageOf } from "./outage.ts";
import { type Handler, type JobContext, type JobResult, WaitForChildren } from "./outcomes.ts";
import { plainEvents } from "./plain-events.ts";
import type { Quarantine } from "./quarantine.ts";

export interface RunParts<Name extends QueueName> {
  queue: Name;
  handler: Handler<Name>;
  quarantine: Quarantine;
  log: QueueLog;
}

/** Runs the handler once. Throws what it throws, Rejected("BAD_PAYLOAD"), or WaitingChildrenError after moving the job. */
export async function runHandler<Name extends QueueName>(
  { queue, handler, quarantine, log }: RunParts<Name>,
  job: Job,
  token: string,
  signal: AbortSignal,
): Promise<JobResult | undefined> {
  const lines = openJobLog(job, log);
  try {
    const context = contextOf(job, parsePayload(queue, job), signal, lines.write);
    const result = await quarantine.around(job, () => handleOrWait(handler, context, job, token));
    return plain(result, job, log);
  } catch (error) {
    if (error instanceof Deferred && deferralsOf(job) === 0) lines.write(error.message);
    throw error;
  } finally {
    await lines.written();
  }
}

/** Throws Rejected for a payload that is not one: added by hand, or emptied because Redis evicted the job. */
function parsePayload<Name extends QueueName>(queue: Name, job: Job): JobPayloads[Name] {
  const plain = queue === "events" ? plainEvents(job.data) : undefined;
  if (plain !== undefined) return plain as JobPayloads[Name];
  const parsed = payloads[queue].safeParse(job.data);
  if (parsed.success) return parsed.data as JobPayloads[Name];
  const faults = parsed.error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join(".") || "payload"}: ${issue.message}`);
  throw new Rejected("BAD_PAYLOAD", `this job does not carry what a job of ${queue} carries (${faults.join("; ")})`);
}

function contextOf<Name extends QueueName>(
  job: Job,
  payload: JobPayloads[Name],
  signal: AbortSignal,
  writeLine: (line: string) => void,
): JobContext<Name> {
  return {
    payload,
    jobId: job.id ?? "",
    jobName: job.name,
    attempt: job.attemptsMade + 1,
    attemptsMax: job.opts.attempts ?? 1,
    deferrals: deferralsOf(job),
    queuedAt: new Date(job.timestamp),
    signal,
    log: writeLine,
    progress: (value) => job.updateProgress(value),
  };
}

/** Runs the handler. When it waits for children and all have ended already, it runs once more and must find its end. */
async function handleOrWait<Name extends QueueName>(
  handler: Handler<Name>,
  context: JobContext<Name>,
  job: Job,
  token: string,
): Promise<JobResult | undefined> {
  try {
    return await handler(context);
  } catch (error) {
    if (!(error instanceof WaitForChildren)) throw error;
    if (await job.moveToWaitingChildren(token)) throw new WaitingChildrenError();
  }
  try {
    return await handler(context);
  } catch (error) {
    if (!(error instanceof WaitForChildren)) throw error;
    throw new Error("NO_CHILDREN: waits for children, but none is left; the watchdog starts a new generation");
  }
}

/** The result if JSON can carry it. A result that cannot must not fail a job whose work is committed. */
function plain(result: JobResult | undefined, job: Job, log: QueueLog): JobResult | undefined {
  try {
    JSON.stringify(result);
    return result;
  } catch (error) {
    log.error({ jobId: job.id, reason: messageOf(error) }, "the result of a job cannot be shown");
    return undefined;
  }
}
