// How failed jobs leave their queue for good: what they carry is kept in the database first, then they leave, then that is confirmed. So a
// process that dies in between loses nothing, and a job that is retried at the same time is either retried or taken.
import { asJsonb, run } from "@inventory-sync/db";
import { keptDigest, showable } from "@inventory-sync/domain";
import type { FailedPage, Queues } from "@inventory-sync/queue";
import type { Servers } from "./asking.ts";
import type { InLedger } from "./effects.ts";
import type { JobFilter } from "./jobs.ts";

/** Jobs of one call: some seconds' worth. */
const JOBS_MAX = 10_000;

/** Failed jobs of a filter with what they carry, lot by lot; of very many the newest. Resolves to whether others are left. */
export async function eachLot(
  queues: Queues,
  filter: JobFilter,
  use: (lot: Pick<FailedPage, "queue" | "jobs">) => Promise<void>,
): Promise<boolean> {
  let taken = 0;
  for await (const { queue, jobs } of queues.failedWithPayload(filter)) {
    if (taken >= JOBS_MAX && jobs.length > 0) return true;
    const lot = jobs.slice(0, JOBS_MAX - taken);
    await use({ queue, jobs: lot });
    taken += lot.length;
    if (lot.length < jobs.length) return true;
  }
  return false;
}

/** A failed job with what of it is in the ledger, and the id under which its event was booked as one of its own. */
export type KeptJob = FailedPage["jobs"][number] & InLedger & { readonly bookedAs?: string };

/** Keeps what jobs carry, takes them out of their queue, and notes which of them left it. Resolves to those. */
export async function takeForGood(
  { database, queues }: Servers,
  lot: {
    readonly queue: FailedPage["queue"];
    readonly jobs: readonly KeptJob[];
    readonly who: string;
    readonly reason: string;
  },
): Promise<KeptJob[]> {
  const { queue, jobs, who, reason } = lot;
  if (jobs.length === 0) return [];
  const values = [who, reason, queue, asJsonb(jobs.map(keptAs))];
  const rows = await run<{ id: string }>(database.pool, "keep_jobs_to_dismiss", values);
  const jobIds = jobs.map(({ id }) => id);
  const left = new Set(await queues.removeFailed(queue, jobIds));
  // One that was not taken and stands nowhere may have been retried and done; or taken by a command whose answer was cut off.
  const stays = jobIds.filter((id) => !left.has(id));
  const open = await queues.unfinishedAmong(queue, stays);
  const isGone = (_: unknown, index: number) => left.has(jobs[index]?.id ?? "");
  const isRetried = (_: unknown, index: number) => open.has(jobs[index]?.id ?? "");
  const ids = rows.map(({ id }) => id);
  const gone = jobs.filter(isGone);
  const events = gone.flatMap(({ carries }) => (carries.kind === "events" ? carries.events : []));
  await run(database.pool, "confirm_dismissed", [
    ids.filter(isGone),
    ids.filter(isRetried),
    events.map(({ facilityId }) => facilityId),
    events.map(({ eventId }) => eventId),
    events.map(({ content }) => keptDigest(content)),
  ]);
  return gone;
}

/** Names and messages of a job that was added by hand may be anything; its payload is JSON. */
function keptAs({ id, name, cause, message, facility, failedAt, losing, payload, bookedAs }: KeptJob) {
  const shown = { jobId: showable(id), name: showable(name), cause, message: showable(message) };
  const facilityId = facility === null ? null : showable(facility);
  return { ...shown, facilityId, failedAt, lost: losing, payload, bookedAs };
}
