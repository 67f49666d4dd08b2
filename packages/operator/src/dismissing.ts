// Dismissing failed jobs that shall never be done; what they carry is kept. Jobs whose sales are not in the ledger are dismissed only by a caller who names how many sales that loses.
import { type Database, read } from "@inventory-sync/db";
import { isPrintable, jsonOf, plural } from "@inventory-sync/domain";
import { type FailedPage, queueNames } from "@inventory-sync/queue";
import { z } from "zod";
import { pageOfRows, type Servers, time } from "./asking.ts";
import { inLedger } from "./effects.ts";
import { type JobFilter, namedJobs } from "./jobs.ts";
import { Refusal } from "./refusals.ts";
import { eachLot, type KeptJob, takeForGood } from "./take-for-good.ts";

const REASON_CHARACTERS_MAX = 500;

/** Why jobs are dismissed, and the number of sales that the caller knows to be lost by it. */
export const dismissal = z.object({
  reason: z
    .string({ error: "must say why, for those who look at the jobs later" })
    .trim()
    .min(1, "must say why, for those who look at the jobs later")
    .max(REASON_CHARACTERS_MAX, `must have at most ${REASON_CHARACTERS_MAX} characters`)
    .refine(isPrintable, "must be printable text in one line"),
  losing: z.int().min(0).optional(),
});

/** What dismissing would do: to so many jobs, losing so many sales; `more` when others of the kind are left for another call. */
export interface DismissalWeighed {
  readonly jobs: number;
  readonly losing: number;
  readonly more: boolean;
}

export const dismissed = z.object({
  dismissed: z.int(),
  /** Sales that were not in the ledger. */
  lost: z.int(),
  /** Very many: others of the kind are left, for the next call. */
  more: z.boolean(),
});
export type Dismissed = z.infer<typeof dismissed>;

/** What dismissing is called in the audit log, and its sentences, wherever it is offered. */
export const dismissing = {
  what: "dismiss failed jobs",
  reasonCharactersMax: REASON_CHARACTERS_MAX,
  target: namedJobs,
  /** What it will do, said before it is done. */
  would({ jobs, losing }: Pick<DismissalWeighed, "jobs" | "losing">): string {
    const loss =
      losing > 0
        ? `${plural(losing, "sale is", "sales are")} not in the ledger and will be lost.`
        : "No sale is lost: each is in the ledger, clashes with another receipt of its number, or cannot be read.";
    return `${plural(jobs, "job leaves", "jobs leave")} the queue for good. ${loss} What they carry is kept in the list of dismissed jobs.`;
  },
  outcome: ({ dismissed: count, lost }: Pick<Dismissed, "dismissed" | "lost">, reason: string): string =>
    `${plural(count, "job is", "jobs are")} dismissed${lost > 0 ? `, ${plural(lost, "sale is", "sales are")} lost` : ""}: ${reason}`,
} as const;

/** Failed jobs of the filter with what of them is in the ledger, lot by lot. Resolves to whether others are left. */
function eachWeighed(
  { database, queues }: Servers,
  filter: JobFilter,
  use: (queue: FailedPage["queue"], jobs: readonly KeptJob[]) => Promise<void> | void,
): Promise<boolean> {
  return eachLot(queues, filter, async ({ queue, jobs }) => {
    const known = await inLedger(database, jobs);
    const unknown = { effect: "unknown", losing: 1 } as const;
    await use(
      queue,
      jobs.map((job, index) => ({ ...job, ...(known[index] ?? unknown) })),
    );
  });
}

function losingOf(jobs: readonly KeptJob[]): number {
  return jobs.reduce((sum, { losing }) => sum + losing, 0);
}

/** What dismissing jobs would do. */
export async function weighDismissal(servers: Servers, filter: JobFilter): Promise<DismissalWeighed> {
  const found = { jobs: 0, losing: 0 };
  const more = await eachWeighed(servers, filter, (_queue, jobs) => {
    found.jobs += jobs.length;
    found.losing += losingOf(jobs);
  });
  return { ...found, more };
}

/**
 * Dismisses failed jobs.
 * @param by the operator's name, the reason, and how many sales they know to be lost (default: none)
 * @throws Refusal when more sales would be lost than that; then nothing was done, unless the refusal says so
 */
export async function dismissJobs(
  servers: Servers,
  filter: JobFilter,
  by: z.infer<typeof dismissal> & { readonly who: string },
): Promise<Dismissed> {
  const known = by.losing ?? 0;
  const weighed = await weighDismissal(servers, filter);
  if (weighed.losing > known) throw new Refusal(whyNot(weighed));
  const done = { dismissed: 0, lost: 0 };
  const more = await eachWeighed(servers, filter, async (queue, jobs) => {
    const losing = losingOf(jobs);
    // Jobs that have failed since they were weighed may lose more.
    if (done.lost + losing > known) throw new Refusal(whyNot({ jobs: jobs.length, losing }, done.dismissed));
    const gone = await takeForGood(servers, { queue, jobs, ...by });
    done.dismissed += gone.length;
    done.lost += losingOf(gone);
  });
  return { ...done, more };
}

function whyNot({ jobs, losing }: Pick<DismissalWeighed, "jobs" | "losing">, before = 0): string {
  const so = before > 0 ? `${plural(before, "job is", "jobs are")} dismissed. ` : "Nothing was dismissed. ";
  return (
    `${so}${plural(losing, "sale", "sales")} of ${plural(jobs, "job")} ${losing === 1 ? "is" : "are"} not in the ledger and would be lost. Fix the cause and retry them; ` +
    `or, if they shall be lost, say how many you know of: "losing": ${losing} (at the command line --losing ${losing}).`
  );
}

export const dismissedJob = z.object({
  id: z.string(),
  dismissedAt: time,
  who: z.string(),
  reason: z.string(),
  queue: z.enum(queueNames),
  jobId: z.string(),
  name: z.string(),
  error: z.string(),
  message: z.string(),
  facilityId: z.string().nullable(),
  failedAt: time,
  /** Sales of it that were not in the ledger. */
  lost: z.int(),
  /** False when its process died before that was known: it may stand failed still, or have been retried. */
  confirmed: z.boolean(),
  /** The id under which its event was booked as one of its own; null where it was not. */
  bookedAs: z.string().nullable(),
  /** What it carried. */
  payload: z.unknown(),
});
export type DismissedJob = z.infer<typeof dismissedJob>;

type DismissedFilter = Pick<JobFilter, "cause" | "facility">;

/** A page of dismissed jobs, the latest first, and the id before which the next one begins (undefined at the end). */
export async function listDismissed(
  { pool }: Pick<Database, "pool">,
  { cause, facility }: DismissedFilter,
  { before, limit }: { readonly before?: string | undefined; readonly limit: number },
): Promise<{ readonly jobs: readonly DismissedJob[]; readonly next: string | undefined }> {
  const values = [cause ?? null, facility ?? null, before ?? null, limit + 1];
  const rows = await read<DismissedJob & { payload: string }>(pool, "list_dismissed_jobs", values);
  const { shown, last } = pageOfRows(rows, limit);
  // A payload that was damaged is shown as it is.
  const jobs = shown.map((row) => {
    const payload = jsonOf(row.payload);
    return { ...row, payload: payload === undefined ? row.payload : payload };
  });
  return { jobs, next: last?.id };
}

const LINES_A_PAGE = 500;

/** All of them as NDJSON, page by page. */
export async function* dismissedLines(
  database: Pick<Database, "pool">,
  filter: DismissedFilter,
): AsyncGenerator<string> {
  let before: string | undefined;
  do {
    const { jobs, next } = await listDismissed(database, filter, { before, limit: LINES_A_PAGE });
    yield jobs.map((job) => `${JSON.stringify(job)}\n`).join("");
    before = next;
  } while (before !== undefined);
}
