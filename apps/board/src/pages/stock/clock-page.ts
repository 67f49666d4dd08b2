// GET /facilities/{facilityId}/clock: how late the store's sales come after the time that its tills say, how that time is corrected, and
// what another correction would make of what was absorbed. Only then comes the button.
import { minutesText } from "@inventory-sync/domain";
import {
  changeTimeOffset,
  type FacilityClock,
  readFacilityClock,
  settingTimeOffset,
  signedMinutes,
  type TimeOffsetDone,
} from "@inventory-sync/operator";
import { askedTime, badParameter, localValue, pathId, queryText } from "../../asked.ts";
import { textQuery } from "../../endpoint.ts";
import { post } from "../../ui/dialog.ts";
import { type Html, html, plural, quantity, signed } from "../../ui/html.ts";
import { page } from "../../ui/page.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { empty } from "../../ui/pieces.ts";
import { tableOf } from "../../ui/table.ts";
import { facilityHref, productColumn } from "./links.ts";

const HOUR_MS = 3_600_000;

export const showClock = page({
  path: "/facilities/{facilityId}/clock",
  nav: "facilities",
  summary: "The clock of a facility's tills, for people",
  query: [
    { name: "minutes", description: "What a time offset of so many minutes would do", schema: { type: "integer" } },
    textQuery("from", "From when on, with a zone or in the chosen one"),
  ],
  async show(parts, context, request) {
    const facilityId = pathId(request, "facilityId");
    const clock = await readFacilityClock(parts.database, facilityId);
    const asked = {
      minutes: askedMinutes(queryText(request, "minutes")),
      from: askedTime(request, "from", context.zone),
    };
    const would =
      asked.minutes === undefined || asked.from === undefined
        ? undefined
        : await changeTimeOffset(
            parts.database,
            { facilityId, minutes: asked.minutes, from: asked.from.toISOString(), preview: true },
            { setBy: "", lockWaitMsMax: 0 },
          );
    const main = html`<p class="crumbs"><a href="/facilities">Stores</a> / <a href="${facilityHref(facilityId)}">${facilityId}</a></p>
<h1>Clock of ${facilityId}</h1>
<p class="lead">${seen(clock, context)}</p>
${context.mayAct ? form(clock, asked, context) : html`<p class="soft">Operators can correct the times here.</p>`}
${would && consequences(would, context)}
${offsets(clock, context)}`;
    return { title: `Clock of ${facilityId}`, main };
  },
});

function askedMinutes(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[+-]?\d{1,5}$/.test(text) || Math.abs(Number(text)) > 10_080)
    throw badParameter("minutes", "must be a whole number from -10080 to 10080 (7 days)");
  return Number(text);
}

/** How late the newest sales of a store came, in a few words: "on time", "6 h late", "3 h ahead". */
export function lagText({ lagMinSeconds }: NonNullable<FacilityClock["newest"]>): string {
  const minutes = Math.round(lagMinSeconds / 60);
  if (minutes === 0) return "on time";
  return `${minutesText(minutes)} ${minutes > 0 ? "late" : "ahead"}`;
}

function seen({ newest, fault }: FacilityClock, context: PageContext): Html {
  if (newest === null) return html`No sale that says when it happened has come in the last 6 hours.`;
  if (fault !== null) return html`<strong>Something is wrong: ${fault.says}.</strong>`;
  const { events, absorbed, lagMinSeconds, lagMaxSeconds, since } = newest;
  const taken =
    absorbed === 0
      ? "none of them was absorbed"
      : `${quantity(absorbed)} of them ${absorbed === 1 ? "was" : "were"} absorbed, because the last count had them already`;
  return html`The last ${plural(events, "sale")} (since ${context.time(since)}) came ${minutesText(Math.round(lagMinSeconds / 60))} to ${minutesText(Math.round(lagMaxSeconds / 60))} ${lagMaxSeconds < 0 ? "before" : "after"} the time that they name; ${taken}.`;
}

function form(
  { facilityId, fault }: FacilityClock,
  asked: { readonly minutes: number | undefined; readonly from: Date | undefined },
  context: PageContext,
): Html {
  const minutes = asked.minutes ?? fault?.minutes ?? "";
  const from = asked.from ?? new Date(Date.now() - HOUR_MS);
  return html`<section id="correct" aria-labelledby="correct-title"><h2 id="correct-title">Correct its times</h2>
<p>${settingTimeOffset.says} Have the till corrected all the same.</p>
<form class="search" method="get" action="${facilityHref(facilityId)}/clock" aria-label="Preview a time offset">
<label><span class="label">Minutes to add (360 for 6 h)</span><input type="number" name="minutes" min="-10080" max="10080" step="1" value="${minutes}" required></label>
<label><span class="label">For what came since (${context.zone})</span><input type="datetime-local" name="from" value="${localValue(from, context.zone)}" step="1" required></label>
<button type="submit" class="quiet">Preview</button></form></section>`;
}

function consequences(would: TimeOffsetDone, context: PageContext): Html {
  const { facilityId, minutes, from, products, productCount } = would;
  return html`<section id="preview" aria-labelledby="preview-title"><h2 id="preview-title">What it would do</h2>
<p><strong>From ${context.time(from, "full")} on ${settingTimeOffset.outcome(would)}.</strong>${would.firstAt !== null && html` The tills say that these happened from ${context.time(would.firstAt)} to ${context.time(would.lastAt)}.`}</p>
${context.mayAct && html`<div class="acts">${post({ id: "set-offset", post: `/api${facilityHref(facilityId)}/time-offset`, body: { minutes, from }, text: minutes === 0 ? "End the correction" : "Correct the times", done: "The times are corrected.", main: true })}<a href="${facilityHref(facilityId)}/clock">Cancel</a></div>`}
${
  products.length > 0 &&
  tableOf({
    caption: "Products whose stock would change",
    items: products.map((each) => ({ facilityId, ...each })),
    columns: [
      productColumn,
      { title: "Movements", number: true, cell: ({ movements }) => quantity(movements) },
      { title: "Change", number: true, cell: ({ quantity: change }) => signed(change) },
    ],
  })
}
${productCount > products.length && html`<p class="soft">The ${quantity(products.length)} that change most of ${quantity(productCount)}.</p>`}</section>`;
}

function offsets({ timeOffsets }: FacilityClock, context: PageContext): Html {
  return html`<section id="offsets" aria-labelledby="offsets-title"><h2 id="offsets-title">Corrections</h2>
${tableOf({
  caption: "Time offsets of this store, newest first",
  items: timeOffsets,
  columns: [
    { title: "For what came since", cell: ({ from }) => context.time(from) },
    { title: "Added", cell: ({ minutes }) => (minutes === 0 ? "nothing" : signedMinutes(minutes)) },
    { title: "Set by", wraps: true, cell: ({ setBy }) => setBy },
    { title: "Set at", cell: ({ setAt }) => context.time(setAt) },
  ],
  empty: empty(
    "Its times are taken as its tills say them.",
    "That is right as long as their clocks and time zones are.",
  ),
})}</section>`;
}
