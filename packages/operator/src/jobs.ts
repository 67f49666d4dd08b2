// Failed jobs, one by one: which are asked for, what each is and whether its effect is in the ledger, and the words of retrying them.
import { jobCause, jobsCommand, plural } from "@inventory-sync/domain";
import { type FailedFilter, queueNames, shardName } from "@inventory-sync/queue";
import { z } from "zod";
import { type Servers, time } from "./asking.ts";
import { effects, inLedger } from "./effects.ts";
import { Refusal } from "./refusals.ts";

/** Which failed jobs: of a queue, a cause, a facility, or those listed. */
export type JobFilter = FailedFilter & { readonly ids?: readonly string[] };

/** How they are asked for over HTTP and at the command line. */
interface AskedJobs {
  readonly error?: string | undefined;
  readonly facilityId?: string | undefined;
  readonly queue?: FailedFilter["queue"];
  readonly jobIds?: readonly string[] | undefined;
}

/** The same as the queue takes it. */
export function jobFilter({ error, facilityId, queue, jobIds }: AskedJobs): JobFilter {
  return {
    ...(error !== undefined && { cause: error }),
    ...(facilityId !== undefined && { facility: facilityId }),
    ...(queue !== undefined && { queue }),
    ...(jobIds !== undefined && { ids: jobIds }),
  };
}

export const failedJob = z.object({
  jobId: z.string(),
  queue: z.enum(queueNames),
  /** The shard of the queue of events that it is in, where it is not the first. */
  shard: z.int().optional(),
  name: z.string(),
  /** The code before the first colon of its failure. */
  error: z.string(),
  message: z.string(),
  facilityId: z.string().nullable(),
  failedAt: time,
  attempts: z.int(),
  /** How much of its effect is in the ledger; null while the database cannot be asked. */
  effect: z.enum(effects).nullable(),
  /** Sales that dismissing it would lose; null likewise. */
  losing: z.int().nullable(),
});
export type FailedJobRecord = z.infer<typeof failedJob>;

/**
 * A page of failed jobs, newest first queue by queue; `nextCursor` is null at the end.
 * @param page.lookedMax after so many jobs looked at the page ends, full or not
 * @throws RangeError when the cursor is not one of this list
 */
export async function listFailedJobs(
  { database, queues }: Servers,
  filter: FailedFilter,
  page: { readonly limit: number; readonly cursor?: string | undefined; readonly lookedMax?: number },
): Promise<{ readonly items: FailedJobRecord[]; readonly nextCursor: string | null }> {
  const { cursor, ...bounds } = page;
  const listed = await queues.failedJobs({ ...filter, ...bounds, ...(cursor !== undefined && { cursor }) });
  // The queue can be looked at while the database is away.
  const known = await inLedger(database, listed.jobs).catch(() => undefined);
  const items = listed.jobs.map(({ id, queue, shard, name, cause, message, facility, failedAt, attempts }, index) => {
    const { effect = null, losing = null } = known?.[index] ?? {};
    return {
      ...{ jobId: id, queue, ...(shard !== undefined && { shard }), name, error: cause, message },
      ...{ facilityId: facility, failedAt, attempts, effect, losing },
    };
  });
  return { items, nextCursor: listed.nextCursor };
}

/**
 * Refuses to retry a cause of which each job fails again, whatever is done, unless that is meant.
 * @throws Refusal with what helps instead
 */
export function refuseHopeless({ cause, queue = "events" }: JobFilter, anyway: boolean | undefined): void {
  if (cause === undefined || anyway === true) return;
  const { noun, says, retryHelps, todo } = jobCause(queue, cause);
  if (retryHelps) return;
  throw new Refusal(
    `Nothing was retried. ${cause} means: ${noun[1]} ${says}. ${todo} The command is \`${jobsCommand(queue, cause)}\`. ` +
      'To retry them all the same, say "anyway": true (at the command line --anyway).',
  );
}

const IDS_NAMED_MAX = 10;

/** Which jobs a filter names, in words. */
export function namedJobs({ cause, facility, queue, shard, ids }: JobFilter): string {
  const named = [
    cause !== undefined && `cause ${cause}`,
    facility !== undefined && `facility ${facility}`,
    queue !== undefined && `queue ${shard === undefined ? queue : shardName(shard)}`,
    ids !== undefined && `${ids.length} jobs: ${ids.slice(0, IDS_NAMED_MAX).join(", ")}`,
  ];
  return named.filter((each) => each !== false).join(", ") || "all failed jobs";
}

/** What retrying is called in the audit log, of which jobs, and how many were. */
export const retrying = {
  what: "retry failed jobs",
  target: namedJobs,
  outcome: (retried: number): string => `${plural(retried, "job is", "jobs are")} tried again`,
} as const;
