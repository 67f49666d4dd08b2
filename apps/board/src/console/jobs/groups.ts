// Failed jobs by cause: how many, since when, for example, where, and what of them the ledger has.
import { type Html, html } from "../../html.ts";
import type { FacilityCount, FailedGroup } from "../../jobs/failed-groups.ts";
import { confirm } from "../frame/confirm.ts";
import { plural, quantity } from "../frame/figures.ts";
import type { Look } from "../frame/look.ts";
import { message } from "../frame/message.ts";
import { table } from "../frame/table.ts";
import { effectWords, retrySays } from "./effects.ts";

const FACILITIES_SHOWN_MAX = 50;
const FACILITIES_NAMED_MAX = 3;

/** The card of one cause. */
export function groupCard(group: FailedGroup, isEffectKnown: boolean, look: Look): Html {
  const { queue, cause, count, example, firstAt, lastAt, facilities, effects } = group;
  const id = `${queue}-${cause}`;
  return html`<article id="group-${id}" class="failed">
<header><h2>${cause}</h2><span class="soft">${plural(count, "job")} of the queue ${queue}</span></header>
<dl>
<dt>Failed</dt><dd>${firstAt === lastAt ? look.time(firstAt) : html`${look.time(firstAt)} to ${look.time(lastAt)}`}</dd>
<dt>For one</dt><dd><a href="${jobAddress(queue, example.id)}">${example.name}</a><br>${message(example.message, look)}</dd>
<dt>Of their effect</dt><dd>${isEffectKnown ? effectWords(effects) : "not known: the database cannot be reached"}</dd>
</dl>
<details id="where-${id}"><summary>${where(facilities)}</summary>${facilityTable(group, look)}</details>
<div class="acts">${look.mayAct && retryGroup(group, id)}
<a role="button" class="quiet" href="/jobs?error=${encodeURIComponent(cause)}">Show the jobs</a>
<a role="button" class="quiet" href="/runbook#${cause === "POISON" ? "poison-job" : "what-failed-why-and-how-to-retry-it"}">What to do</a></div>
</article>`;
}

/** Bull Board's page of a job. */
export function jobAddress(queue: string, id: string): string {
  return `/queues/queue/${encodeURIComponent(queue)}/${encodeURIComponent(id)}`;
}

function retryGroup({ queue, cause, count, effects }: FailedGroup, id: string): Html {
  return confirm(
    {
      id: `retry-${id}`,
      post: "/api/jobs/retry",
      body: { queue, error: cause },
      text: `Retry ${quantity(count)}`,
      main: true,
    },
    {
      title: `Retry ${plural(count, "job")} that failed with ${cause}?`,
      says: retrySays(effects, count),
      verb: "Retry",
    },
  );
}

function facilityTable({ queue, cause, facilities }: FailedGroup, look: Look): Html {
  const shown = facilities.slice(0, FACILITIES_SHOWN_MAX);
  const left = facilities.length - shown.length;
  return html`${table({
    caption: `Jobs that failed with ${cause}, by facility`,
    columns: [
      { title: "Facility" },
      { title: "Jobs", number: true },
      { title: "Of their effect", wraps: true },
      { title: "" },
    ],
    rows: shown.map((facility) => ({
      key: `at-${queue}-${cause}-${facility.facilityId}`,
      cells: [
        facility.facilityId === null
          ? "none"
          : html`<a href="/facilities/${encodeURIComponent(facility.facilityId)}">${facility.facilityId}</a>`,
        quantity(facility.count),
        effectWords(facility.effects),
        look.mayAct && facility.facilityId !== null && retryFacility(queue, cause, facility),
      ],
    })),
    empty: html``,
  })}${left > 0 && html`<p class="soft">${plural(left, "facility has", "facilities have")} fewer.</p>`}`;
}

function retryFacility(queue: string, cause: string, { facilityId, count, effects }: FacilityCount): Html {
  return confirm(
    {
      ...{ id: `retry-${queue}-${cause}-${facilityId}`, post: "/api/jobs/retry" },
      ...{ body: { queue, error: cause, facilityId }, text: "Retry" },
    },
    {
      title: `Retry ${plural(count, "job")} of ${facilityId} that failed with ${cause}?`,
      ...{ says: retrySays(effects, count), verb: "Retry" },
    },
  );
}

function where(facilities: readonly FacilityCount[]): string {
  const named = facilities
    .slice(0, FACILITIES_NAMED_MAX)
    .map(({ facilityId, count }) => `${facilityId ?? "none"} (${quantity(count)})`)
    .join(", ");
  const left = facilities.length - FACILITIES_NAMED_MAX;
  const all = `${plural(facilities.length, "facility", "facilities")}: ${named}`;
  return left > 0 ? `${all} and ${quantity(left)} more` : all;
}
