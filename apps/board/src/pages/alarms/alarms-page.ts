// GET /alarms: what is active and since when, who has acknowledged it, and what was resolved recently.

import { alarmTitle } from "@inventory-sync/domain";
import {
  type AlarmGroup,
  type AlarmRecord,
  acknowledging,
  groupAlarms,
  isUnacknowledged,
  listAlarms,
} from "@inventory-sync/operator";
import { chooseBox, chosenBar } from "../../ui/choose.ts";
import { confirm } from "../../ui/dialog.ts";
import { duration, type Html, html, plural } from "../../ui/html.ts";
import { page } from "../../ui/page.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { csvLink } from "../../ui/paging.ts";
import { empty, message, state } from "../../ui/pieces.ts";
import { tableOf } from "../../ui/table.ts";
import { alarmLinks, firstSentence, groupLinks, groupTitle } from "./alarm-words.ts";

const RESOLVED_SHOWN_MAX = 30;

/** Of many alarms of one kind so many have a dialog of their own; the others are chosen, to be acknowledged together. */
const DIALOGS_OF_KIND_MAX = 25;

export const showAlarms = page({
  path: "/alarms",
  nav: "alarms",
  topic: { name: "alarms", read: ({ database }) => listAlarms(database, "firing") },
  summary: "What is active and since when, who has acknowledged it, and what was resolved recently",
  async show(parts, context) {
    const [firing, resolved] = await Promise.all([
      listAlarms(parts.database, "firing"),
      listAlarms(parts.database, "resolved", RESOLVED_SHOWN_MAX),
    ]);
    const open = firing.filter(isUnacknowledged).length;
    const title = firing.length === 0 ? "No active alarms" : plural(firing.length, "active alarm");
    const main = html`<h1>${title}</h1>
<p class="soft">${summary(open, firing.length - open)} <a href="/runbook">The runbook</a> says what to do about each.</p>
${context.mayAct && firing.length > 1 && chosenBar("chosen-alarms", [{ name: "acknowledge", text: "Acknowledge", says: noteAsked("chosen") }])}
<div class="stack">${groupAlarms(firing).map((group) => groupOrCard(group, context))}</div>
<h2>Recently resolved</h2>
${resolvedTable(resolved, context)}
${csvLink("/api/alarms.csv")}`;
    return { title, main };
  },
});

function summary(open: number, taken: number): string {
  if (open + taken === 0) return "Counts, stores, resets and jobs are as they should be.";
  if (open === 0) return "All are acknowledged. They are resolved by themselves when their cause is gone.";
  return taken === 0 ? "None of them is acknowledged yet." : `${open} not acknowledged, ${taken} acknowledged.`;
}

/** Many of one kind stand behind one line. */
function groupOrCard(group: AlarmGroup, context: PageContext): Html {
  const { kind, isAcknowledged, alarms } = group;
  if (alarms.length === 1) return card(alarms[0], context);
  const id = `group-${kind}-${isAcknowledged ? "taken" : "open"}`;
  return html`<section class="alarm group ${isAcknowledged ? "taken" : "open"}" id="${id}" aria-labelledby="${id}-title">
<details id="${id}-fold"><summary><h2 id="${id}-title">${groupTitle(group)}</h2> ${badge(isAcknowledged)}</summary>
<div class="stack">${alarms.map((alarm, index) => card(alarm, context, { level: "h3", isBrief: index >= DIALOGS_OF_KIND_MAX }))}</div></details>
<div class="links">${groupLinks(group)}</div></section>`;
}

function badge(isAcknowledged: boolean): Html {
  return isAcknowledged ? state("acknowledged", "wait") : state("active", "bad");
}

function card(
  alarm: AlarmRecord,
  context: PageContext,
  { level = "h2", isBrief = false }: { readonly level?: "h2" | "h3"; readonly isBrief?: boolean } = {},
): Html {
  const { key, since, resetId, acknowledged, toldAt } = alarm;
  const heading = level === "h2" ? html`<h2>${alarmTitle(alarm)}</h2>` : html`<h3>${alarmTitle(alarm)}</h3>`;
  return html`<article id="${key}" class="alarm ${acknowledged ? "taken" : "open"}">
<header>${context.mayAct && acknowledged === null && chooseBox(`alarm-${key}`, alarmTitle(alarm), { acknowledge: acknowledgeWrite(alarm) })}${heading}${badge(acknowledged !== null)}</header>
<p class="soft">Since ${context.time(since)}${toldAt && html` · last notified ${context.time(toldAt)}`}</p>
<p>${message(alarm.message, context, resetId)}</p>
${acknowledgedBy(alarm, context)}
<div class="links">${context.mayAct && !isBrief && acknowledge(alarm)}${alarmLinks(alarm)}</div>
</article>`;
}

function acknowledgeWrite({ key, since }: AlarmRecord) {
  return { post: `/api/alarms/${encodeURIComponent(key)}/acknowledge`, body: { since } };
}

/** What acknowledging means, with the field for a note. @param note that was left before */
function noteAsked(id: string, note?: string | null): Html {
  return html`<p>${acknowledging.says} Your name and the note are shown here and stand in the audit log.</p>
<label for="${id}-note">Note for colleagues (optional)</label>
<input id="${id}-note" name="note" type="text" maxlength="${acknowledging.noteCharactersMax}" autocomplete="off"${note !== undefined && html` value="${note}"`}>`;
}

function acknowledge(alarm: AlarmRecord): Html {
  const { key, acknowledged } = alarm;
  const id = `take-${key}`;
  return confirm({
    id,
    ...acknowledgeWrite(alarm),
    text: acknowledged ? "Change the note" : "Acknowledge",
    done: "Acknowledged.",
    main: acknowledged === null,
    title: "Acknowledge this alarm?",
    says: noteAsked(id, acknowledged?.note ?? null),
    verb: "Acknowledge",
  });
}

function acknowledgedBy({ acknowledged }: AlarmRecord, context: PageContext): Html | null {
  if (acknowledged === null) return null;
  const { by, at, note } = acknowledged;
  return html`<p class="note"><strong>${by}</strong> acknowledged it ${context.time(at)}${note ? html`: “${note}”` : "."}</p>`;
}

function resolvedTable(resolved: readonly AlarmRecord[], context: PageContext): Html {
  return tableOf({
    caption: "Recently resolved alarms",
    items: resolved,
    key: ({ key }) => `over-${key}`,
    columns: [
      { title: "What", cell: alarmTitle },
      { title: "From", cell: ({ since }) => context.time(since) },
      { title: "To", cell: ({ clearedAt }) => context.time(clearedAt) },
      {
        title: "For",
        number: true,
        brief: true,
        cell: ({ since, clearedAt }) => duration(Math.max(0, Date.parse(clearedAt ?? since) - Date.parse(since))),
      },
      { title: "What became of it", wraps: true, cell: (alarm) => whatBecame(alarm, context) },
    ],
    empty: empty(
      "No alarms were resolved in the last 90 days.",
      "Alarms are resolved by themselves when their cause is gone; then they are listed here.",
    ),
  });
}

function whatBecame(alarm: AlarmRecord, context: PageContext): Html {
  const { key, resetId } = alarm;
  return html`<details id="was-${key}"><summary>${message(alarm.outcome ?? firstSentence(alarm.message), context, resetId)}</summary>
<p>${message(alarm.message, context, resetId)}</p>${acknowledgedBy(alarm, context)}<div class="links">${alarmLinks(alarm)}</div></details>`;
}
