// Failed jobs by cause: how many, since when, for example, where, and what of them the ledger has.
import { failedInWords, jobCause, sentence } from "@inventory-sync/domain";
import { booking, type EffectCounts, type FacilityCount, type FailedGroup, REUSED } from "@inventory-sync/operator";
import { confirm } from "../../ui/dialog.ts";
import { type Html, html, plural, quantity } from "../../ui/html.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { message } from "../../ui/pieces.ts";
import { tableOf } from "../../ui/table.ts";
import { facilityHref } from "../stock/links.ts";
import { book, dismiss } from "./job-decisions.ts";
import { effectWords, jobAddress } from "./job-table.ts";

const FACILITIES_SHOWN_MAX = 50;
const FACILITIES_NAMED_MAX = 3;

/** The card of one cause. */
export function groupCard(group: FailedGroup, isEffectKnown: boolean, context: PageContext): Html {
  const { queue, error, count, example, firstAt, lastAt, facilities, effects } = group;
  const id = `${queue}-${error}`;
  const cause = jobCause(queue, error);
  return html`<article id="group-${id}" class="failed">
<header><h2>${cause.title} (${quantity(count)})</h2><span class="soft"><code>${error}</code> in the queue ${queue}</span></header>
<p>${sentence(failedInWords(queue, error, count))} ${message(cause.todo, context)}</p>
<dl>
<dt>Failed</dt><dd>${firstAt === lastAt ? context.time(firstAt) : html`${context.time(firstAt)} to ${context.time(lastAt)}`}</dd>
<dt>Example</dt><dd><a href="${jobAddress(queue, example.jobId)}">${example.name}</a><br>${message(example.message, context)}</dd>
<dt>Already booked</dt><dd>${isEffectKnown ? effectWords(effects) : "not known: the database cannot be reached"}</dd>
</dl>
${facilities.some(({ facilityId }) => facilityId !== null) && html`<details id="where-${id}"><summary>${where(facilities)}</summary>${facilityTable(group, isEffectKnown, context)}</details>`}
<div class="acts">${context.mayAct && buttons(group, group, isEffectKnown)}
<a role="button" class="quiet" href="/jobs?error=${encodeURIComponent(error)}">Show the jobs</a>
<a role="button" class="quiet" href="/runbook#${error === "POISON" ? "poison-job" : "what-failed-why-and-how-to-retry-it"}">What to do</a></div>
</article>`;
}

type Counted = Pick<FailedGroup, "count" | "effects" | "losing"> & { readonly facilityId?: string | null };

/** What can be done about a group, or about what it has at one facility; nothing about what is of no facility. */
function buttons({ queue, error }: FailedGroup, at: Counted, isEffectKnown: boolean): Html | null {
  const { count, losing, effects, facilityId } = at;
  if (facilityId === null) return null;
  const { retryHelps } = jobCause(queue, error);
  const isWhole = facilityId === undefined;
  const id = `${queue}-${error}${isWhole ? "" : `-${facilityId}`}`;
  const place = isWhole ? "" : ` at ${facilityId}`;
  const body = { queue, error, facilityId };
  const retry = confirm({
    id: `retry-${id}`,
    post: "/api/jobs/retry",
    body,
    text: isWhole ? `Retry ${quantity(count)}` : "Retry",
    main: isWhole,
    title: `Retry ${plural(count, "job")}${isWhole ? "" : ` of ${facilityId}`} that failed with ${error}?`,
    says: retrySays(effects, count),
    verb: "Retry",
  });
  // Of all stores or of one: what changes stock otherwise than the first.
  const bookAll = book({
    id: `book-${isWhole ? "all" : facilityId}`,
    body: { error: REUSED, facilityId },
    text: isWhole ? "Book as sales of their own" : "Book",
    title: `Book the second sales of numbers used twice${place}?`,
    warning: booking.wouldAll,
  });
  const dismissAll = dismiss({
    id: `dismiss-${id}`,
    body,
    ...{ count, losing },
    which: `failed with ${error}${place}`,
    text: isWhole ? `Dismiss ${quantity(count)}` : "Dismiss",
    // Dismissing is what helps, where retrying cannot.
    main: !retryHelps && isWhole,
  });
  return html`${retryHelps && retry}${error === REUSED && bookAll}${isEffectKnown && dismissAll}`;
}

function facilityTable(group: FailedGroup, isEffectKnown: boolean, context: PageContext): Html {
  const { queue, error, facilities } = group;
  const shown = facilities.slice(0, FACILITIES_SHOWN_MAX);
  const left = facilities.length - shown.length;
  return html`${tableOf({
    caption: `Jobs that failed with ${error}, by store`,
    items: shown,
    key: ({ facilityId }) => `at-${queue}-${error}-${facilityId}`,
    columns: [
      {
        title: "Store",
        cell: ({ facilityId }) =>
          facilityId === null ? "of no store" : html`<a href="${facilityHref(facilityId)}">${facilityId}</a>`,
      },
      { title: "Jobs", number: true, cell: ({ count }) => quantity(count) },
      { title: "Already booked", wraps: true, cell: (facility) => effectWords(facility.effects) },
      {
        title: "",
        cell: (facility) => context.mayAct && html`<div class="acts">${buttons(group, facility, isEffectKnown)}</div>`,
      },
    ],
  })}${left > 0 && html`<p class="soft">${plural(left, "store has", "stores have")} fewer.</p>`}`;
}

/** What retrying them does, for the question before it. */
function retrySays(counts: EffectCounts, count: number): Html {
  const done = counts.all;
  return html`<p>${quantity(count)} ${count === 1 ? "job goes" : "jobs go"} back into the queue, with fresh attempts, in the background.
If the board stops meanwhile, press this again. ${done > 0 && html`${quantity(done)} of them ${done === 1 ? "has" : "have"} taken effect already and will change nothing a second time.`}</p>
${counts.other > 0 && html`<p>${quantity(counts.other)} will fail again: ${counts.other === 1 ? "it clashes" : "they clash"} with another receipt of the same number.</p>`}
<p>What still cannot be done fails again, and stands here again.</p>`;
}

function where(facilities: readonly FacilityCount[]): string {
  const named = facilities
    .slice(0, FACILITIES_NAMED_MAX)
    .map(({ facilityId, count }) => `${facilityId ?? "of no store"} (${quantity(count)})`)
    .join(", ");
  const left = facilities.length - FACILITIES_NAMED_MAX;
  const stores = facilities.filter(({ facilityId }) => facilityId !== null).length;
  const all = `${plural(stores, "store")}: ${named}`;
  return left > 0 ? `${all} and ${quantity(left)} more` : all;
}
