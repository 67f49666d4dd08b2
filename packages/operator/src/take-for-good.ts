// How failed jobs leave their queue for good: what they carry is kept in the database first, then they leave, then that is confirmed. So a
// process that dies in between loses nothing, and a job that is retried at the same time is either retried or taken.
import { asJsonb, type Database, run } from "@inventory-sync/db";
import { keptDigest, showable } from "@inventory-sync/domain";
import type { FailedPage, Queues } from "@inventory-sync/queue";
import type { InLedger } from "./effects.ts";

/** A failed job with what of it is in the ledger, and the id under which its event was booked as one of its own. */
export type KeptJob = FailedPage["jobs"][number] & InLedger & { readonly bookedAs?: string };

/** Keeps what jobs carry, takes them out of their queue, and notes which of them left it. Resolves to those. */
export async function takeForGood(
  { database, queues }: { readonly database: Database; readonly queues: Queues },
  lot: {
    readonly queue: FailedPage["queue"];
    readonly jobs: readonly KeptJob[];
    readonly who: string;
    readonly reason: string;
  },
): Promise<KeptJob[]> {
  const { queue, jobs, who, reason } = lot;
  if (jobs.length === 0) return [];
  const rows = await run<{ id: string }>(database.pool, "keep_jobs_to_dismiss", [
    who,
    reason,
    queue,
    asJsonb(jobs.map(keptAs)),
  ]);
  const left = new Set(
    await queues.removeFailed(
      queue,
      jobs.map(({ id }) => id),
    ),
  );
  // One that was not taken and stands nowhere may have been retried and done; or taken by a command whose answer was cut off.
  const stays = jobs.map(({ id }) => id).filter((id) => !left.has(id));
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
  return {
    ...shown,
    facilityId: facility === null ? null : showable(facility),
    failedAt,
    lost: losing,
    payload,
    bookedAs,
  };
}
