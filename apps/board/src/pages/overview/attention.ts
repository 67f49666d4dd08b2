// What needs attention, worst first, each with what can be done about it one click away.
import { alarmTitle } from "@inventory-sync/domain";
import {
  type AlarmGroup,
  type AlarmRecord,
  type Attention,
  groupAlarms,
  isUnacknowledged,
  type LargeCorrection,
  listedText,
} from "@inventory-sync/operator";
import { type Html, html, plural } from "../../ui/html.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { fault, icon, message, state } from "../../ui/pieces.ts";
import { alarmLinks, firstSentence, groupLinks, groupTitle, whoHasIt } from "../alarms/alarm-words.ts";
import { decisionButtons, mostAffected } from "../resets/decisions.ts";
import type { OverviewView } from "./view.ts";

/** What of the context the overview's sections need. */
export type OverviewContext = Pick<PageContext, "zone" | "resetZone" | "mayAct" | "time" | "absentRows">;

/** Of many alarms of one kind so many are named behind their fold; the page of alarms has all. */
const OF_KIND_SHOWN = 10;

/** What is active, the worst first, each kind in one line; below it what an operator has already. Nothing when nothing is active. */
export function alarmsList({ alarms, attention }: OverviewView, context: OverviewContext): Html | null {
  if (!alarms || alarms.length === 0) return null;
  const withCard = new Set(attention?.parts.map(({ resetId, facilityId }) => `${resetId} ${facilityId}`));
  const isSaidBelow = ({ kind, resetId, facilityId }: AlarmRecord) =>
    kind === "facility-held" && withCard.has(`${resetId} ${facilityId}`);
  const section = (groups: readonly AlarmGroup[], title: Html, word: "open" | "taken") =>
    groups.length > 0 &&
    html`<section class="alarms ${word}" aria-labelledby="alarms-${word}">
<h2 id="alarms-${word}">${title}</h2>
<ul>${groups.map((group) => groupLine(group, isSaidBelow, context))}</ul>
<p><a href="/alarms">All about these alarms</a></p>
</section>`;
  const groups = groupAlarms(alarms);
  const count = (isAcknowledged: boolean) =>
    alarms.filter((alarm) => isUnacknowledged(alarm) !== isAcknowledged).length;
  return html`${section(
    groups.filter(({ isAcknowledged }) => !isAcknowledged),
    html`${icon("bad")} ${plural(count(false), "active alarm")}`,
    "open",
  )}
${section(
  groups.filter(({ isAcknowledged }) => isAcknowledged),
  html`${icon("wait")} ${plural(count(true), "acknowledged alarm")}`,
  "taken",
)}`;
}

type IsSaidBelow = (alarm: AlarmRecord) => boolean;

/** @param isSaidBelow its reason is in a card below, and is not said twice */
function groupLine(group: AlarmGroup, isSaidBelow: IsSaidBelow, context: OverviewContext): Html {
  const { kind, isAcknowledged, alarms } = group;
  const [first] = alarms;
  if (alarms.length === 1) return html`<li id="alarm-${first.key}">${alarmLine(first, isSaidBelow, context)}</li>`;
  const more = alarms.length - OF_KIND_SHOWN;
  const id = `alarms-${kind}-${isAcknowledged ? "taken" : "open"}`;
  return html`<li id="${id}"><details id="${id}-fold"><summary><strong>${groupTitle(group)}</strong> <span class="soft">since ${context.time(first.since)}</span></summary>
<ul>${alarms.slice(0, OF_KIND_SHOWN).map((alarm) => html`<li id="alarm-${alarm.key}">${alarmLine(alarm, isSaidBelow, context)}</li>`)}</ul>
${more > 0 && html`<p><a href="/alarms">${plural(more, "more alarm")}</a></p>`}</details>
${beside(groupLinks(group))}</li>`;
}

function alarmLine(alarm: AlarmRecord, isSaidBelow: IsSaidBelow, context: OverviewContext): Html {
  const { since, resetId } = alarm;
  const title = html`<strong>${alarmTitle(alarm)}</strong>`;
  if (!isUnacknowledged(alarm)) return html`${title}: ${whoHasIt(alarm)} · ${beside(alarmLinks(alarm))}`;
  return html`${title} <span class="soft">since ${context.time(since)}</span> · ${beside(alarmLinks(alarm))}${!isSaidBelow(alarm) && html`<br>${message(firstSentence(alarm.message), context, resetId)}`}`;
}

function beside(links: readonly Html[]): Html {
  return html`${links.map((link, index) => html`${index > 0 && " · "}${link}`)}`;
}

/** Facilities that are held or failed; nothing when there are none. */
export function attentionList({ attention }: OverviewView, context: OverviewContext): Html | null {
  if (!attention) return fault("The database");
  if (attention.parts.length === 0) return null;
  const hidden = attention.total - attention.parts.length;
  return html`<h2 id="attention">Needs attention</h2>
<div class="cards">${attention.parts.map((part) => card(part, context))}</div>
${hidden > 0 && html`<p class="soft"><a href="/facilities">${plural(hidden, "more store")}</a></p>`}`;
}

function card(part: Attention & { readonly largest: readonly LargeCorrection[] }, context: OverviewContext): Html {
  const { facilityId, resetId, file, rejected } = part;
  const isHeld = part.state === "held";
  const address = `/resets/${encodeURIComponent(resetId)}`;
  const reason = (isHeld ? part.heldBecause : part.error) ?? "No reason is on record.";
  return html`<article id="card-${resetId}-${facilityId}">
<h3><a href="/facilities/${encodeURIComponent(facilityId)}">${facilityId}</a> ${state(isHeld ? "is held" : "failed", "bad")}</h3>
<p class="fault">${message(reason, context)}</p>
${isHeld && html`<p>${listedText([part], context)}</p>${mostAffected(part.largest)}`}
<p class="soft">${file}, counted at ${context.time(part.asOf)}; ${isHeld ? "held since" : "failed at"} ${context.time(part.since)}</p>
${isHeld && context.mayAct ? decisionButtons(resetId, [part], context, mostAffected(part.largest)) : null}
${isHeld ? null : html`<p class="soft">Its stock is as it was. Send the file again, or wait for the next one.</p>`}
<p><a href="${address}">The reset</a> · <a href="/api${address}/variances.csv">Variances</a> · <a href="/api${address}/rejects.csv">Rejected rows (${rejected})</a></p>
</article>`;
}
