// The texts of alarms about what the product runs on and who sends to it, one function a kind: servers that follow too few, clients that are
// refused, jobs that failed.
import { type AlarmCause, alarmCause, inBrief } from "./alarms.ts";
import { failedInWords, isExplained, jobCause, jobInWords, jobsCommand } from "./job-causes.ts";
import { localTime } from "./schedule.ts";
import { quantityText } from "./words.ts";

/** Fewer replicas follow the queue server than must have an event before it is accepted. */
export function queueReplicas(
  { have, wanted, since }: { readonly have: number; readonly wanted: number; readonly since: Date },
  timeZone: string,
): AlarmCause {
  return alarmCause("queue-replicas", [], {
    since,
    message: `Since ${localTime(since, timeZone)} ${have} replicas follow the queue server, where QUEUE_REPLICAS asks for ${wanted}. Sales are answered 503 and wait at the tills. Start the replica, or have it follow again.`,
  });
}

/** The replica that the board reads from cannot be used. */
export function readReplica(
  { state, ageMsMax, since }: { readonly state: "behind" | "away"; readonly ageMsMax: number; readonly since: Date },
  timeZone: string,
): AlarmCause {
  const how = state === "away" ? "does not answer, or is none" : `is more than ${ageMsMax} ms behind (READ_LAG_MS_MAX)`;
  return alarmCause("read-replica", [], {
    since,
    message: `Since ${localTime(since, timeZone)} the replica of DATABASE_READ_URL ${how}. The board reads from the primary meanwhile and shows all there is. Look at the replica, and at what it says of its primary.`,
  });
}

/** A client that is refused steadily, as its requests of the last minutes were counted. */
export interface RefusedClient {
  /** Empty: requests whose key no client has. */
  readonly client: string;
  readonly refused: number;
  readonly accepted: number;
  /** Of the refused: signatures that were good and only late or ahead, and those that were not made with the client's secret. */
  readonly late: number;
  readonly bad: number;
  readonly since: Date;
  /** The kind of refusal that was noted most, with the newest example; null when none was noted. */
  readonly code: string | null;
  readonly detail: string | null;
  readonly keyId: string | null;
  readonly address: string | null;
}

/** Ingest refuses a client, steadily. */
export function clientRefused(given: RefusedClient & { readonly minutes: number }, timeZone: string): AlarmCause {
  const { client, refused, accepted, since, code, detail, keyId, address, minutes } = given;
  const whose = client === "" ? "requests with a key that no client has" : `requests of the client ${client}`;
  const all = refused + accepted;
  const share = client === "" ? "" : ` of ${all} (${Math.round((100 * refused) / all)} %)`;
  const from = address === null ? "" : `, the newest from ${address}`;
  const key = keyId === null ? "" : ` (the key's SHA-256 begins with ${keyId})`;
  const example =
    code === null || detail === null ? "" : ` Most with the code ${code}${from}${key}: ${inBrief(detail)}`;
  return alarmCause("client-refused", client === "" ? [] : [client], {
    since,
    size: refused,
    message:
      `Ingest refused ${refused}${share} ${whose} in the last ${minutes} minutes, since ${localTime(since, timeZone)}.${example}${signatures(given)} What they carry ` +
      "is not in the stock. The page Requests on the board has them, with their bodies; tell the sender what to correct.",
  });
}

/** What was signed well and sent late is the sender's to mend; what was signed wrong may be a forgery. */
function signatures({ late, bad }: Pick<RefusedClient, "late" | "bad">): string {
  const wrong = bad > 0 ? ` ${quantityText(bad)} had a signature that is not the client's.` : "";
  const old =
    late > 0
      ? ` ${quantityText(late)} were signed well, but at another time than they were sent: each attempt has to be signed anew.`
      : "";
  return `${old}${wrong}`;
}

/** Failed jobs of one queue and one cause, as the queue counts them. */
export interface FailedJobs {
  readonly queue: string;
  /** The code before the first colon of their failures. */
  readonly cause: string;
  readonly count: number;
  /** False when more have failed than were looked at: then there may be more of this cause, and earlier ones. */
  readonly isAll: boolean;
  /** ISO in UTC. */
  readonly firstAt: string;
  readonly lastAt: string;
  readonly exampleId: string;
  readonly exampleName: string;
  readonly exampleMessage: string;
}

/** Jobs that failed stay until they are retried with success, or dismissed. */
export function jobsFailed(failed: FailedJobs, timeZone: string): AlarmCause {
  const { queue, cause, count, isAll, exampleName, exampleMessage } = failed;
  const since = new Date(failed.firstAt);
  const many = `${isAll ? "" : "At least "}${failedInWords(queue, cause, count)}`;
  const why = isExplained(queue, cause) ? "." : `: ${inBrief(exampleMessage)}`;
  return alarmCause("jobs-failed", [queue, cause], {
    since,
    size: count,
    message:
      `${many} (first ${localTime(since, timeZone)}). Example: ${jobInWords(exampleName)}${why} ` +
      `${jobCause(queue, cause).todo} (\`${jobsCommand(queue, cause)}\`)`,
  });
}

/** Jobs under which workers died again and again, set aside. */
export function poisonJob(failed: FailedJobs, timeZone: string): AlarmCause {
  const { queue, cause, count, exampleId, exampleName } = failed;
  const since = new Date(failed.firstAt);
  return alarmCause("poison-job", [queue], {
    since,
    size: count,
    message:
      `${failedInWords(queue, cause, count)} (first ${localTime(since, timeZone)}); all other work goes on. ` +
      `Example: ${jobInWords(exampleName)} (job ${exampleId}). ${jobCause(queue, cause).todo} (\`${jobsCommand(queue, cause)}\`)`,
  });
}
