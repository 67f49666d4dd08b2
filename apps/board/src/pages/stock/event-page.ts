// GET /facilities/{facilityId}/events/{eventId}: one event, a receipt for example: its lines, what each did to stock and why, and
// where it stands in the queue.
import { Archived, type Clash, clashesOf, facilityPlace, NotFound, REUSED, readEvent } from "@inventory-sync/operator";
import { withinMs } from "@inventory-sync/runtime";
import { pathId } from "../../asked.ts";
import type { Parts } from "../../parts.ts";
import { type Html, html, plural, quantity } from "../../ui/html.ts";
import { page } from "../../ui/page.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { empty, message, state } from "../../ui/pieces.ts";
import { tableOf } from "../../ui/table.ts";
import { bookOne, clashView } from "../jobs/job-decisions.ts";
import { jobAddress } from "../jobs/job-table.ts";
import { movedColumns } from "./explained.ts";
import { facilityTopic } from "./facility-page.ts";
import { eventHref, facilityHref, productColumn } from "./links.ts";

const ASK_QUEUE_MS_MAX = 2_000;

type EventRecord = Awaited<ReturnType<typeof readEvent>>;
type Movement = EventRecord["movements"][number];

export const showEvent = page({
  path: "/facilities/{facilityId}/events/{eventId}",
  nav: "facilities",
  topic: facilityTopic,
  summary: "One event: its lines, what each did to stock and why, for people",
  answers: {
    404: { description: "The ledger has nothing of it" },
    410: { description: "All of it is in the archive" },
  },
  async show(parts, context, request) {
    const place = await facilityPlace(parts.database, pathId(request, "facilityId"));
    const eventId = pathId(request, "eventId");
    const { facilityId } = place;
    // In this order: an event goes from the queue into the ledger, and so is found in one of them.
    const jobs = await jobsOf(parts, { facilityId, eventId });
    const event = await readEvent(parts.database, { ...place, eventId }).catch((error: unknown) => {
      if (error instanceof NotFound || error instanceof Archived) return error;
      throw error;
    });
    const isThere = !(event instanceof Error);
    const main = html`<p class="crumbs"><a href="/facilities">Stores</a> / <a href="${facilityHref(facilityId)}">${facilityId}</a></p>
<h1>${eventId} <span class="soft">${isThere ? event.type.replaceAll("-", " ") : "event"} at ${facilityId}</span></h1>
${isThere ? booked(event, context) : absent(event, jobs)}
${failedSection(jobs, await clashAt(parts, jobs), context)}`;
    const title = `${eventId} at ${facilityId}`;
    const status = isThere ? 200 : event instanceof Archived ? 410 : 404;
    return { title, main, status };
  },
});

function absent(why: NotFound | Archived, jobs: Jobs): Html {
  if (why instanceof Archived) return empty("It is in the archive.", why.message);
  return empty("Nothing of it is in the ledger.", whyNot(jobs));
}

type Jobs = Awaited<ReturnType<Parts["queues"]["findEventJobs"]>> | undefined;

/** Undefined while the queue cannot be asked. */
async function jobsOf({ queues }: Parts, of: { facilityId: string; eventId: string }): Promise<Jobs> {
  if (!queues.isConnected()) return undefined;
  return withinMs(ASK_QUEUE_MS_MAX, queues.findEventJobs(of)).catch(() => undefined);
}

function whyNot(jobs: Jobs): string {
  if (jobs?.isWaiting) return "It waits in the queue and is applied when its turn comes.";
  if (jobs?.failed) return "Its job has failed.";
  return jobs?.isAll
    ? "It never came, or an operator dismissed it."
    : "It never came, it still waits in the queue, or its job has failed.";
}

function booked(
  { facilityId, acknowledges, movements, leftOut, archivedLines }: EventRecord,
  { time }: PageContext,
): Html {
  const [first] = movements;
  const shipment = acknowledges && { facilityId, eventId: acknowledges.shipmentEventId };
  return html`${acknowledges && shipment && html`<p>It acknowledges the shipment <a href="${eventHref(shipment)}">${shipment.eventId}</a>: from ${time(acknowledges.occurredAt)} on the counts of the POS include it.${acknowledges.clockSkew && " Its clock was ahead, so that is the time of receipt."}</p>`}
${first && html`<p>Occurred ${time(first.occurredAt)}${first.clockSkew && " (its clock was ahead, so that is the time of receipt)"}${first.saidAt !== null && html` (its till said ${time(first.saidAt)}; the times of the store are corrected)`}, booked ${time(first.recordedAt)}${first.reason !== null && html`; reason <code>${first.reason}</code>`}.${first.type === "shipment" && shipmentWords(first, time)}</p>`}
<p>${outcome(movements)}</p>
${archivedLines.length > 0 && html`<p>In the archive, and counted as before: ${archivedLines.map((line) => `line ${line}`).join(", ")}.</p>`}
${leftOut.length > 0 && html`<p>Left out, because the catalogue says that they have no stock: ${leftOut.map(({ line, kind }) => `line ${line} (${kind.replaceAll("-", " ")})`).join(", ")}.</p>`}
${tableOf({
  caption: "Its lines",
  items: movements.map((each) => ({ facilityId, ...each })),
  key: ({ line }) => `line-${line}`,
  columns: [
    { title: "Line", number: true, cell: ({ line }) => quantity(line) },
    productColumn,
    ...movedColumns("Effect on stock"),
    { title: "Why", cell: why },
  ],
  empty: empty("It moved no stock.", "What it says is noted; no product's on hand was changed by it."),
})}`;
}

function shipmentWords({ acknowledgedAt }: Movement, time: PageContext["time"]): Html {
  if (acknowledgedAt === null) return html` The POS has not acknowledged it: its counts are taken as being without it.`;
  return html` The POS includes it in its counts from ${time(acknowledgedAt)} on.`;
}

function outcome(movements: readonly Movement[]): string {
  const absorbed = movements.filter((each) => each.absorbed).length;
  if (movements.length === 0) return "";
  if (absorbed === 0) return "It is booked: each line changed what is on hand.";
  const which =
    absorbed === movements.length ? "It changed" : `${plural(absorbed, "line")} of ${movements.length} changed`;
  return `${which} nothing on hand: it arrived late, and a count that is true for a later time has it already.`;
}

function why({ absorbed, resetId }: Movement): Html {
  if (!absorbed) return html`<span class="soft">booked</span>`;
  return html`${state("absorbed", "wait")}${resetId !== null && html` <span class="soft">in <a href="/resets/${resetId}">this count</a></span>`}`;
}

/** What its failed job carries beside what the ledger has, where the number was used twice. */
async function clashAt(parts: Parts, jobs: Jobs): Promise<Clash | undefined> {
  if (jobs?.failed?.cause !== REUSED) return undefined;
  const [clash] = await clashesOf(parts, [jobs.failed.id]).catch(() => []);
  return clash;
}

function failedSection(jobs: Jobs, clash: Clash | undefined, context: PageContext): Html | null {
  if (jobs === undefined) return html`<p class="soft">The queue cannot be reached, so its jobs are not known.</p>`;
  if (jobs.failed === undefined) return null;
  const { queue, id, name, message: text } = jobs.failed;
  return html`<section aria-labelledby="failed"><h2 id="failed">${clash ? "This number was used twice" : "A failed job has this event"}</h2>
<p><a href="${jobAddress(queue, id)}">${name}</a>: ${message(text, context)}</p>
${clash && html`${clashView(clash, context)}${context.mayAct && html`<div class="acts">${bookOne(clash, true)}</div>`}`}
<p><a href="/jobs">${clash ? "Dismiss" : "Retry or dismiss"} it by its cause</a></p></section>`;
}
