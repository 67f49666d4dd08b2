// Failed jobs one by one, newest first.
import type { Effect } from "@inventory-sync/db";
import type { FailedJob } from "@inventory-sync/queue";
import { type Html, html } from "../../html.ts";
import { confirm } from "../frame/confirm.ts";
import { empty } from "../frame/empty.ts";
import type { Look } from "../frame/look.ts";
import { message } from "../frame/message.ts";
import { table } from "../frame/table.ts";
import { effectState } from "./effects.ts";
import { jobAddress } from "./groups.ts";

/** A page of jobs, and which were asked for. */
export interface JobTable {
  readonly jobs: readonly FailedJob[];
  /** Undefined while the database is away. */
  readonly effects: readonly Effect[] | undefined;
  readonly nextCursor: string | null;
  readonly error: string | undefined;
  readonly facilityId: string | undefined;
}

/** The table with its heading, filter and the way on. */
export function jobTable(shown: JobTable, look: Look): Html {
  const { jobs, effects, nextCursor, error, facilityId } = shown;
  const only = [error && `that failed with ${error}`, facilityId && `of facility ${facilityId}`]
    .filter(Boolean)
    .join(" ");
  return html`<h2>${only === "" ? "The newest" : `Jobs ${only}`}</h2>
<form method="get" action="/jobs" class="filter">
<label for="error">Cause</label><input id="error" name="error" type="text" value="${error ?? ""}" placeholder="UNKNOWN_PRODUCT" autocomplete="off">
<label for="facilityId">Facility</label><input id="facilityId" name="facilityId" type="text" value="${facilityId ?? ""}" placeholder="S001" autocomplete="off">
<button type="submit">Show</button>${only !== "" && html` <a href="/jobs">Show all</a>`}</form>
${table({
  caption: "Failed jobs",
  columns: [
    { title: "Job", wraps: true },
    { title: "Failed" },
    { title: "Attempts", number: true },
    { title: "Why", wraps: true },
    { title: "In the ledger" },
    { title: "" },
  ],
  rows: jobs.map((job, index) => ({ key: `job-${job.id}`, cells: cellsOf(job, effects?.[index], look) })),
  empty: empty(
    nextCursor === null ? "No failed job is like that." : "None of the jobs looked at is like that.",
    nextCursor === null ? "Others may have failed: show all." : "There are more to look at.",
  ),
})}
${nextCursor !== null && html`<p class="acts"><a role="button" class="quiet" href="${further(shown, nextCursor)}">Further</a></p>`}`;
}

function cellsOf(job: FailedJob, effect: Effect | undefined, look: Look) {
  const { queue, id, name, cause, failedAt, attempts } = job;
  const why = job.message.startsWith(cause) ? job.message : `${cause}: ${job.message}`;
  return [
    html`<a href="${jobAddress(queue, id)}">${name}</a>`,
    look.time(failedAt),
    attempts,
    message(why, look),
    effect === undefined ? html`<span class="soft">not known</span>` : effectState(effect),
    look.mayAct && retryOne(job, effect),
  ];
}

function retryOne({ id, name }: FailedJob, effect: Effect | undefined): Html {
  const says =
    effect === "all"
      ? "All of its effect is in the ledger already: it will be done at once, and change nothing."
      : effect === "other"
        ? "An event of its id is in the ledger with other content, so it will fail again."
        : "It goes back into the queue with fresh attempts. What still cannot be done fails again, and stands here again.";
  return confirm(
    { id: `retry-job-${id}`, post: "/api/jobs/retry", body: { jobIds: [id] }, text: "Retry" },
    { title: `Retry ${name}?`, says: html`<p>${says}</p>`, verb: "Retry" },
  );
}

function further({ error, facilityId }: JobTable, cursor: string): string {
  const query = new URLSearchParams({ ...(error && { error }), ...(facilityId && { facilityId }), cursor });
  return `/jobs?${query}`;
}
