// Retries of many failed jobs on record: which, by whom, how far. What a board that stopped or died had under way is claimed
// by another, or by itself when it is back; whoever carries one out says so every few seconds.

import type { Database } from "./database.ts";
import type { Prisma } from "./generated/client.ts";

/** Which retry is begun, and by whom. */
export interface NewJobRetry {
  readonly id: string;
  /** As the queue takes it; read back as it is. */
  readonly filter: object;
  /** In words, as the audit log has it. */
  readonly target: string;
  readonly who: string;
  readonly role: string | null;
  readonly by: string;
  /** Failed jobs there are to look at. */
  readonly total: number;
  /** The process that carries it out. */
  readonly owner: string;
}

/** How far a retry is. */
export interface JobRetryProgress {
  readonly looked: number;
  readonly retried: number;
  /** Behind the last job looked at. */
  readonly place: string | null;
}

/** A retry on record. */
export interface JobRetryView extends Omit<NewJobRetry, "filter">, JobRetryProgress {
  readonly filter: unknown;
  readonly state: "running" | "stopped" | "done" | "failed";
  readonly error: string | null;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
}

/** Puts a retry on record. Returns undefined, and does not, while so many are running. */
export async function beginJobRetry(
  database: Database,
  retry: NewJobRetry,
  runningMax: number,
): Promise<JobRetryView | undefined> {
  const running = await database.prisma.jobRetry.count({ where: { state: { in: ["running", "stopped"] } } });
  if (running >= runningMax) return undefined;
  return viewOf(await database.prisma.jobRetry.create({ data: { ...retry, filter: { ...retry.filter } } }));
}

/** Notes how far it is, and that its owner lives. Returns false when another process has it, or it has ended. */
export async function saveJobRetry(
  database: Database,
  { id, owner }: { readonly id: string; readonly owner: string },
  progress: JobRetryProgress,
): Promise<boolean> {
  const saved = await database.pool.query(
    `update job_retry set looked = $3, retried = $4, place = $5, touched_at = clock_timestamp()
      where id = $1 and owner = $2 and state = 'running'`,
    [id, owner, progress.looked, progress.retried, progress.place],
  );
  return saved.rowCount === 1;
}

/** Notes how it ended, or that its board stopped and another may go on. */
export async function endJobRetry(
  database: Database,
  { id, owner }: { readonly id: string; readonly owner: string },
  end: { readonly state: "stopped" | "done" | "failed"; readonly error: string | null },
): Promise<void> {
  await database.pool.query(
    `update job_retry
        set state = $3, error = $4, touched_at = clock_timestamp(),
            finished_at = case when $3 = 'stopped' then null else clock_timestamp() end
      where id = $1 and owner = $2 and state = 'running'`,
    [id, owner, end.state, end.error],
  );
}

/** Takes over what another board left: stopped with it, or silent for so long. */
export async function claimJobRetries(
  database: Database,
  { owner, silentSeconds }: { readonly owner: string; readonly silentSeconds: number },
): Promise<JobRetryView[]> {
  const claimed = await database.pool.query<{ id: string }>(
    `update job_retry
        set owner = $1, state = 'running', touched_at = clock_timestamp()
      where id in (select id from job_retry
                    where state = 'stopped'
                       or (state = 'running' and owner <> $1 and touched_at < clock_timestamp() - make_interval(secs => $2))
                      for update skip locked)
     returning id`,
    [owner, silentSeconds],
  );
  const rows = await database.prisma.jobRetry.findMany({ where: { id: { in: claimed.rows.map(({ id }) => id) } } });
  return rows.map(viewOf);
}

/** One retry, or undefined when there is none of this id. */
export async function findJobRetry(database: Database, id: string): Promise<JobRetryView | undefined> {
  const row = await database.prisma.jobRetry.findUnique({ where: { id } });
  return row === null ? undefined : viewOf(row);
}

/** Those under way, and those that began most recently; newest first. */
export async function listJobRetries(database: Database, limit: number): Promise<JobRetryView[]> {
  const rows = await database.prisma.jobRetry.findMany({ orderBy: { startedAt: "desc" }, take: limit });
  return rows.map(viewOf);
}

function viewOf(row: Prisma.JobRetryGetPayload<object>): JobRetryView {
  return { ...row, state: row.state as JobRetryView["state"] };
}
