// What needs somebody, worst first, each with what can be done about it one click away.
import type { AttentionView, RingingAlarm } from "@inventory-sync/db";
import { type Html, html } from "../../html.ts";
import { alarmLinks, alarmTitle, firstSentence } from "../alarms/alarm-words.ts";
import { confirm } from "../frame/confirm.ts";
import { fault } from "../frame/empty.ts";
import { plural, quantity } from "../frame/figures.ts";
import type { Look } from "../frame/look.ts";
import { message } from "../frame/message.ts";
import { icon, state } from "../frame/state.ts";
import type { OverviewView } from "./view.ts";

/** What of a look the overview's parts need. */
export type Eye = Pick<Look, "zone" | "mayAct" | "time">;

const ALARMS_SHOWN = 5;

/** The alarms that ring; nothing when none does. */
export function alarmsList({ alarms, attention }: OverviewView, eye: Eye): Html | null {
  if (!alarms || alarms.length === 0) return null;
  const more = alarms.length - ALARMS_SHOWN;
  const withCard = new Set(attention?.parts.map(({ resetId, facilityId }) => `${resetId} ${facilityId}`));
  const isSaidBelow = ({ kind, resetId, facilityId }: RingingAlarm) =>
    kind === "facility-held" && withCard.has(`${resetId} ${facilityId}`);
  return html`<section class="alarms" aria-labelledby="alarms-title">
<h2 id="alarms-title">${icon("bad")} ${plural(alarms.length, "alarm rings", "alarms ring")}</h2>
<ul>${alarms.slice(0, ALARMS_SHOWN).map((alarm) => alarmLine(alarm, isSaidBelow(alarm), eye))}</ul>
<p><a href="/alarms">${more > 0 ? plural(more, "more alarm", "more alarms") : "All about these alarms"}</a></p>
</section>`;
}

/** @param isSaidBelow its reason stands in a card below, and is not said twice */
function alarmLine(alarm: RingingAlarm, isSaidBelow: boolean, eye: Eye): Html {
  const { key, since, resetId } = alarm;
  return html`<li id="alarm-${key}"><strong class="bad">${alarmTitle(alarm)}</strong> <span class="soft">since ${eye.time(since)}</span>
${alarmLinks(alarm).map((link) => html` · ${link}`)}${!isSaidBelow && html`<br>${message(firstSentence(alarm.message), eye, resetId)}`}</li>`;
}

/** Facilities that are held or failed; nothing when there are none. */
export function attentionList({ attention }: OverviewView, eye: Eye): Html | null {
  if (!attention) return fault("The database");
  if (attention.parts.length === 0) return null;
  const hidden = attention.total - attention.parts.length;
  return html`<h2>Needs attention</h2>
<div class="cards">${attention.parts.map((part) => card(part, eye))}</div>
${hidden > 0 && html`<p class="soft"><a href="/facilities">${plural(hidden, "more facility", "more facilities")}</a></p>`}`;
}

function card(part: AttentionView, eye: Eye): Html {
  const { facilityId, resetId, file, rejected } = part;
  const isHeld = part.state === "held";
  const address = `/resets/${encodeURIComponent(resetId)}`;
  const reason = (isHeld ? part.heldBecause : part.error) ?? "No reason is on record.";
  return html`<article id="card-${resetId}-${facilityId}">
<h3><a href="/facilities/${encodeURIComponent(facilityId)}">${facilityId}</a> ${state(isHeld ? "is held" : "failed", "bad")}</h3>
<p class="fault">${message(reason, eye)}</p>
<p class="soft">${file}, true at ${eye.time(part.asOf)}; ${isHeld ? "held since" : "failed at"} ${eye.time(part.since)}</p>
${isHeld && eye.mayAct ? decisions(part) : null}
${isHeld ? null : html`<p class="soft">Its levels are as they were. Send the file again, or wait for the next one.</p>`}
<p><a href="${address}">The reset</a> · <a href="/api${address}/variances.csv">Variances</a> · <a href="/api${address}/rejects.csv">Rejected rows (${rejected})</a></p>
</article>`;
}

/** Approve and reject, each with what it will do said before it is done. */
function decisions(part: AttentionView): Html {
  const { resetId, facilityId, corrected, unitsBefore, unitsAfter } = part;
  const address = `/api/resets/${encodeURIComponent(resetId)}/facilities/${encodeURIComponent(facilityId)}`;
  const [before, after] = [quantity(unitsBefore), quantity(unitsAfter)];
  return html`<div class="acts">
${confirm(
  {
    ...{ id: `approve-${resetId}-${facilityId}`, post: `${address}/approve`, text: "Approve …", main: true },
    done: `Facility ${facilityId} was approved and is applied.`,
  },
  {
    title: `Approve ${facilityId}?`,
    says: html`<p>${plural(corrected, "product is", "products are")} corrected: ${before} units become ${after}.</p>
<p class="soft">As found when it was held; sales since then stay counted. It can be reverted while it is the facility's latest reset.</p>`,
    verb: `Approve ${facilityId}: correct ${plural(corrected, "product")}, ${before} to ${after} units`,
  },
)}
${confirm(
  {
    ...{ id: `reject-${resetId}-${facilityId}`, post: `${address}/reject`, text: "Reject …" },
    done: `Facility ${facilityId} was rejected; its levels stay.`,
  },
  {
    title: `Reject ${facilityId}?`,
    says: html`<p>Nothing changes: its ${before} units stay as they are, and this count is not used.</p>
<p class="soft">The next file counts it anew.</p>`,
    verb: `Reject ${facilityId}: change nothing, ${before} units stay`,
  },
)}
</div>`;
}
