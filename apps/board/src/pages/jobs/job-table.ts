// Failed jobs one by one, newest first, with what of each is in the ledger.
import { jobCause } from "@inventory-sync/domain";
import {
  booking,
  type Clash,
  type Effect,
  type EffectCounts,
  effects,
  type FailedJobRecord,
} from "@inventory-sync/operator";
import { chooseBox, chosenBar } from "../../ui/choose.ts";
import { confirm } from "../../ui/dialog.ts";
import { type Html, html, quantity } from "../../ui/html.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { address, csvLink } from "../../ui/paging.ts";
import { empty, type Mood, message, state } from "../../ui/pieces.ts";
import { type ColumnOf, tableOf } from "../../ui/table.ts";
import { bookOne, clashView, dismiss, reasonField } from "./job-decisions.ts";

const WORDS: Readonly<Record<Effect, { readonly one: string; readonly many: string; readonly mood: Mood }>> = {
  all: { one: "booked", many: "booked", mood: "good" },
  part: { one: "booked in part", many: "booked in part", mood: "wait" },
  none: { one: "not booked", many: "not booked", mood: "plain" },
  other: { one: "clash", many: "clash with another receipt of the same number", mood: "bad" },
  unknown: { one: "not known", many: "not known", mood: "plain" },
};

/** The effects of many jobs: "12 booked, 3 not booked". */
export function effectWords(counts: EffectCounts): string {
  const present = effects.filter((effect) => counts[effect] > 0);
  return present.map((effect) => `${quantity(counts[effect])} ${WORDS[effect].many}`).join(", ");
}

/** Bull Board's page of a job. */
export function jobAddress(queue: string, id: string): string {
  return `/queues/queue/${encodeURIComponent(queue)}/${encodeURIComponent(id)}`;
}

/** A page of jobs, and which were asked for. */
export interface JobTable {
  readonly items: readonly FailedJobRecord[];
  readonly nextCursor: string | null;
  readonly error: string | undefined;
  readonly facilityId: string | undefined;
  /** Of those whose number was used twice, by job. */
  readonly clashes: ReadonlyMap<string, Clash>;
}

/** The table with its heading, filter and the way on. */
export function jobTable(shown: JobTable, context: PageContext): Html {
  const { items, nextCursor, error, facilityId } = shown;
  const only = [error && `that failed with ${error}`, facilityId && `of store ${facilityId}`].filter(Boolean).join(" ");
  return html`<h2>${only === "" ? "The newest" : `Jobs ${only}`}</h2>
<form method="get" action="/jobs" class="filter">
<label for="error">Cause</label><input id="error" name="error" type="text" value="${error ?? ""}" placeholder="UNKNOWN_PRODUCT" autocomplete="off">
<label for="facilityId">Store</label><input id="facilityId" name="facilityId" type="text" value="${facilityId ?? ""}" placeholder="S001" autocomplete="off">
<button type="submit">Show</button>${only !== "" && html` <a href="/jobs">Show all</a>`}</form>
${context.mayAct && items.length > 1 && chosenJobs()}
${tableOf({
  caption: "Failed jobs",
  items,
  key: ({ jobId }) => `job-${jobId}`,
  columns: columns(shown.clashes, context),
  empty: empty(
    nextCursor === null ? "No failed job is like that." : "None of the jobs looked at is like that.",
    nextCursor === null ? "Others may have failed: show all." : "There are more to look at.",
  ),
})}
${nextCursor !== null && html`<p class="acts"><a role="button" class="quiet" href="${address("/jobs", { error, facilityId, cursor: nextCursor })}">Further</a></p>`}
${items.length > 0 && csvLink(address("/api/jobs/failed.csv", { error, facilityId }))}`;
}

function columns(clashes: JobTable["clashes"], context: PageContext): readonly ColumnOf<FailedJobRecord>[] {
  const { mayAct, time } = context;
  const clashOf = ({ jobId }: FailedJobRecord) => clashes.get(jobId);
  return [
    {
      title: "Job",
      wraps: true,
      cell: (job) =>
        html`${mayAct && chooseBox(`job-${job.jobId}`, job.name, writesOf(job, clashOf(job)))}<a href="${jobAddress(job.queue, job.jobId)}">${job.name}</a>`,
    },
    { title: "Failed", cell: ({ failedAt }) => time(failedAt) },
    { title: "Attempts", number: true, cell: ({ attempts }) => attempts },
    {
      title: "Why",
      wraps: true,
      cell: (job) => html`${message(whyFailed(job), context)}${both(clashOf(job), context)}`,
    },
    {
      title: "Already booked",
      cell: ({ effect }) =>
        effect === null ? html`<span class="soft">not known</span>` : state(WORDS[effect].one, WORDS[effect].mood),
    },
    { title: "", cell: (job) => mayAct && html`<div class="acts">${acts(job, clashOf(job))}</div>` },
  ];
}

/** Why a job failed, with its code in front. */
export function whyFailed({ error, message: why }: { readonly error: string; readonly message: string }): string {
  return why.startsWith(error) ? why : `${error}: ${why}`;
}

function acts(job: FailedJobRecord, clash: Clash | undefined): Html {
  return html`${jobCause(job.queue, job.error).retryHelps && retryOne(job)}${clash && bookOne(clash)}${dismissOne(job)}`;
}

/** What choosing a job offers. One that would lose a sale is dismissed by itself, where that is said. */
function writesOf({ queue, jobId, error, losing }: FailedJobRecord, clash: Clash | undefined) {
  const body = { jobIds: [jobId] };
  return {
    ...(jobCause(queue, error).retryHelps && { retry: { post: "/api/jobs/retry", body } }),
    ...(clash?.kind === "stock" && { book: { post: "/api/jobs/book", body } }),
    ...(losing === 0 && { dismiss: { post: "/api/jobs/dismiss", body: { ...body, queue } } }),
  };
}

function chosenJobs(): Html {
  return chosenBar("chosen-jobs", [
    {
      name: "retry",
      text: "Retry",
      says: html`<p>They go back into the queue with fresh attempts. What still cannot be done fails again, and stands here again.</p>`,
    },
    {
      name: "book",
      text: "Book",
      says: html`<p>${booking.would} ${booking.wouldAll}</p>${reasonField("chosen-book")}`,
    },
    {
      name: "dismiss",
      text: "Dismiss",
      says: html`<p>They leave the queue for good; what they carry is kept in the list of dismissed jobs. Those that would lose a sale are left.</p>${reasonField("chosen-dismiss")}`,
    },
  ]);
}

function both(clash: Clash | undefined, context: PageContext): Html | undefined {
  return (
    clash &&
    html`<details id="both-${clash.jobId}"><summary>Both contents: ${clash.kind === "stock" ? "two sales" : "sent again"}</summary>${clashView(clash, context)}</details>`
  );
}

function retryOne({ jobId, name, effect }: FailedJobRecord): Html {
  const says =
    effect === "all"
      ? "It is booked already: it will be done at once, and change nothing."
      : effect === "other"
        ? "It clashes with another receipt of the same number, so it will fail again."
        : "It goes back into the queue with fresh attempts. What still cannot be done fails again, and stands here again.";
  return confirm({
    id: `retry-job-${jobId}`,
    post: "/api/jobs/retry",
    body: { jobIds: [jobId] },
    text: "Retry",
    title: `Retry ${name}?`,
    says: html`<p>${says}</p>`,
    verb: "Retry",
  });
}

/** Nothing while the ledger cannot be asked what would be lost. */
function dismissOne({ queue, jobId, name, losing }: FailedJobRecord): Html | null {
  if (losing === null) return null;
  const which = { which: `is ${name}`, text: "Dismiss", body: { queue, jobIds: [jobId] } };
  return dismiss({ id: `dismiss-job-${jobId}`, count: 1, losing, ...which });
}
