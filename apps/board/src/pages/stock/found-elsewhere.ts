// What a search finds besides products: a section for each kind that has something.
import type { Found } from "@inventory-sync/operator";
import { type Html, html } from "../../ui/html.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { message, state } from "../../ui/pieces.ts";
import { type ColumnOf, tableOf } from "../../ui/table.ts";
import { jobAddress } from "../jobs/job-table.ts";
import { eventHref, idPart, storeColumn } from "./links.ts";

/** The sections of facilities, events, resets and failed jobs; none where nothing was found. */
export function foundElsewhere({ facilities, events, resets, failedJobs }: Found, context: PageContext): Html[] {
  const { time } = context;
  const sections = [
    section("Stores", facilities, ({ facilityId }) => idPart(facilityId), [
      storeColumn,
      { title: "Name", wraps: true, cell: ({ name }) => name ?? "–" },
    ]),
    section("Events", events, ({ facilityId, eventId }) => `${idPart(facilityId)}-${idPart(eventId)}`, [
      { title: "Event", wraps: true, cell: (event) => html`<a href="${eventHref(event)}">${event.eventId}</a>` },
      storeColumn,
      { title: "What", cell: ({ type }) => type.replaceAll("-", " ") },
      { title: "Occurred", cell: ({ occurredAt }) => time(occurredAt) },
    ]),
    section("Resets", resets, ({ id }) => id, [
      { title: "File", wraps: true, cell: ({ id, file }) => html`<a href="/resets/${id}">${file}</a>` },
      {
        title: "State",
        cell: (reset) => html`${state(reset.state)}${reset.preview && reset.state !== "preview" && " (preview)"}`,
      },
      { title: "Started", cell: ({ createdAt }) => time(createdAt) },
    ]),
    section("Failed jobs", failedJobs ?? [], ({ jobId }) => jobId, [
      {
        title: "Job",
        wraps: true,
        cell: ({ queue, jobId, name }) => html`<a href="${jobAddress(queue, jobId)}">${name}</a>`,
      },
      { title: "Why", wraps: true, cell: (job) => message(job.message, context) },
    ]),
    failedJobs === null && html`<p class="soft">The queue cannot be reached, so failed jobs were not searched.</p>`,
  ];
  return sections.filter((each) => each !== false);
}

function section<Item>(
  title: string,
  items: readonly Item[],
  key: (item: Item) => string,
  columns: readonly ColumnOf<NoInfer<Item>>[],
): Html | false {
  if (items.length === 0) return false;
  const kind = title.toLowerCase().replaceAll(" ", "-");
  return html`<section aria-labelledby="found-${kind}"><h2 id="found-${kind}">${title}</h2>
${tableOf({ caption: `${title} found`, items, key: (item) => `${kind}-${key(item)}`, columns })}</section>`;
}
