// The console's top: what rings, and what needs somebody, with the buttons to decide it.
import type { AttentionView } from "@inventory-sync/db";
import { type Html, html } from "../html.ts";
import { decideButtons } from "./acts.ts";
import { plural } from "./frame/figures.ts";
import type { Time } from "./tables.ts";
import type { ConsoleView } from "./view.ts";

/** The alarms that ring; nothing when none does. */
export function alarmsList({ alarms }: ConsoleView, time: Time): Html | null {
  if (!alarms || alarms.length === 0) return null;
  return html`<section class="alarms" aria-labelledby="alarms-title">
<h2 id="alarms-title">Alarms</h2>
<ul>${alarms.map((alarm) => html`<li><strong class="bad">Alarm: ${alarm.kind}</strong> ${alarm.message}<br><span class="soft">since ${time(alarm.since)} · ${alarm.runbook}</span></li>`)}</ul>
</section>`;
}

/** Facilities that are held or failed; nothing when there are none. */
export function attentionList({ attention }: ConsoleView, time: Time, mayAct: boolean): Html | null {
  if (!attention || attention.parts.length === 0) return null;
  const hidden = attention.total - attention.parts.length;
  return html`<h2>Needs attention</h2>
<div class="cards">${attention.parts.map((part) => card(part, time, mayAct))}</div>
${hidden > 0 && html`<p class="soft">${plural(hidden, "more facility", "more facilities")} not shown.</p>`}`;
}

function card(part: AttentionView, time: Time, mayAct: boolean): Html {
  const report = `/resets/${encodeURIComponent(part.resetId)}`;
  const csv = `/api/resets/${encodeURIComponent(part.resetId)}`;
  return html`<article>
<h3>${part.facilityId} <span class="bad">${part.state === "held" ? "is held" : "failed"}</span></h3>
<p>${part.file}, true at ${time(part.asOf)}${part.state === "held" ? html`, held since ${time(part.since)}` : html`, failed at ${time(part.since)}`}</p>
<p class="fault">${(part.state === "held" ? part.heldBecause : part.error) ?? "No reason is on record."}</p>
<p><a href="${report}">Report</a> <a href="${csv}/variances.csv">Variances</a> <a href="${csv}/rejects.csv">Rejected rows (${part.rejected})</a></p>
${part.state === "held" && mayAct ? decideButtons(part.resetId, part) : null}
${part.state === "failed" ? html`<p class="soft">Its levels are as they were. Send the file again, or wait for the next one.</p>` : null}
</article>`;
}
