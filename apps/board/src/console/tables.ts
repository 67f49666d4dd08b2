// The console's tables. Each says what it would show when it is empty, and what is missing when it cannot be filled.
import type { FacilityView } from "@inventory-sync/db";
import type { Html } from "../html.ts";
import { html } from "../html.ts";
import type { Look } from "./frame/look.ts";
import type { ConsoleView, ShownReset } from "./view.ts";

const FACILITIES_SHOWN = 200;
const MESSAGE_LENGTH_MAX = 300;
const UNREACHABLE = "cannot be shown: it did not answer in time. This page tries again by itself.";

/** Writes a time in the zone of whoever looks, or a dash. */
export type Time = Look["time"];

/** Facilities, those that need somebody first. */
export function facilitiesTable({ facilities, moreFacilities }: ConsoleView, time: Time): Html {
  if (!facilities) return html`<p class="fault">The database ${UNREACHABLE}</p>`;
  if (facilities.length === 0) {
    return html`<p class="empty">No facility is known yet. One appears here with its first sale, its first count, or when it is added.</p>`;
  }
  const urgency = { held: 0, reconciling: 1, open: 2 };
  const shown = [...facilities]
    .sort((one, other) => urgency[one.state] - urgency[other.state])
    .slice(0, FACILITIES_SHOWN);
  const hidden = facilities.length - shown.length;
  return html`<div class="scroll"><table>
<thead><tr><th scope="col">Facility</th><th scope="col">State</th><th scope="col">Last reset</th><th scope="col">True at</th><th scope="col">Last event</th></tr></thead>
<tbody>${shown.map((facility) => facilityRow(facility, time))}</tbody></table></div>
${hidden > 0 || moreFacilities ? html`<p class="soft">${hidden}${moreFacilities ? " and more" : ""} are not shown; <a href="/api/facilities?limit=1000">the API lists all</a>.</p>` : null}`;
}

function facilityRow({ facilityId, state, lastReset, lastEventAt }: FacilityView, time: Time): Html {
  const mood = { open: "good", reconciling: "wait", held: "bad" }[state];
  const reset = lastReset
    ? html`<a href="/resets/${encodeURIComponent(lastReset.resetId)}">${lastReset.state}</a> ${time(lastReset.finishedAt)}`
    : html`<span class="soft">none yet</span>`;
  return html`<tr><th scope="row">${facilityId}</th><td class="${mood}">${state}</td><td>${reset}</td>
<td>${time(lastReset?.asOf ?? null)}</td><td>${time(lastEventAt)}</td></tr>`;
}

/** The latest resets with how far they are. */
export function resetsTable({ resets }: ConsoleView, time: Time): Html {
  if (!resets) return html`<p class="fault">The database ${UNREACHABLE}</p>`;
  if (resets.length === 0) {
    return html`<p class="empty">No reset has run yet. Put a snapshot file into incoming/ on the SFTP server; it is run at the next scheduled time, or now.</p>`;
  }
  return html`<div class="scroll"><table>
<thead><tr><th scope="col">File</th><th scope="col">State</th><th scope="col">Progress</th><th scope="col" class="number">Rows</th>
<th scope="col" class="number">Rejected</th><th scope="col" class="number">Corrected</th><th scope="col">True at</th><th scope="col">Begun</th><th scope="col">Report</th></tr></thead>
<tbody>${resets.map((reset) => resetRow(reset, time))}</tbody></table></div>`;
}

function resetRow(reset: ShownReset, time: Time): Html {
  const mood =
    reset.state === "failed" ? "bad" : reset.finishedAt === null || reset.state !== "completed" ? "wait" : "good";
  const href = `/api/resets/${encodeURIComponent(reset.id)}`;
  return html`<tr><th scope="row">${reset.file}${reset.preview && html` <span class="wait">(preview)</span>`}<br><span class="soft">${reset.requestedBy}</span></th>
<td><span class="${mood}">${reset.state}</span>${reset.outcome === null ? null : html`<br>${reset.outcome}`}</td><td>${progress(reset)}</td>
<td class="number">${reset.rows}</td><td class="number">${reset.rejected}</td><td class="number">${reset.corrected}</td>
<td>${time(reset.asOf)}</td><td>${time(reset.createdAt)}</td>
<td><a href="/resets/${encodeURIComponent(reset.id)}">details</a> <a href="${href}/rejects.csv">rejects</a> <a href="${href}/variances.csv">variances</a></td></tr>`;
}

function progress(reset: ShownReset): Html {
  const { facilities, facilitiesDone, facilitiesFailed, facilitiesHeld } = reset;
  if (reset.state === "staging") {
    return reset.rowsStaged === null
      ? html`waiting for the file to stand still`
      : html`${reset.rowsStaged} rows staged`;
  }
  const label = `${facilitiesDone} of ${facilities} facilities`;
  const bar =
    reset.finishedAt === null &&
    html`<progress max="${Math.max(1, facilities)}" value="${facilitiesDone}" aria-label="${label}"></progress> `;
  const faults = [
    facilitiesFailed > 0 && `${facilitiesFailed} failed`,
    facilitiesHeld > 0 && `${facilitiesHeld} held`,
  ].filter((each) => each !== false);
  return html`${bar}${label}${faults.length > 0 && html`<br><span class="bad">${faults.join(", ")}</span>`}`;
}

/** The queues with their counts. */
export function queuesTable({ queues }: ConsoleView): Html {
  if (!queues) return html`<p class="fault">The queue ${UNREACHABLE}</p>`;
  const rows = Object.entries(queues).map(
    ([name, counts]) => html`<tr><th scope="row"><a href="/queues/queue/${encodeURIComponent(name)}">${name}</a></th>
<td class="number">${counts.waiting}</td><td class="number">${counts.active}</td><td class="number">${counts.delayed}</td>
<td class="number">${counts["waiting-children"]}</td><td class="number${counts.failed > 0 ? " bad" : ""}">${counts.failed}</td>
<td class="number">${counts.oldestWaitingMs === null ? "–" : `${(counts.oldestWaitingMs / 1000).toFixed(1)} s`}</td></tr>`,
  );
  return html`<div class="scroll"><table>
<thead><tr><th scope="col">Queue</th><th scope="col" class="number">Waiting</th><th scope="col" class="number">Active</th><th scope="col" class="number">Delayed</th>
<th scope="col" class="number">Waiting for parts</th><th scope="col" class="number">Failed</th><th scope="col" class="number">Oldest waits</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

/** Failed jobs by cause, for operators with a button that tries them again. */
export function failedTable({ failed }: ConsoleView, time: Time, mayAct: boolean): Html {
  if (!failed) return html`<p class="fault">The queue ${UNREACHABLE}</p>`;
  if (failed.length === 0)
    return html`<p class="empty">No job has failed. Those that do appear here, grouped by cause, with what to do about it.</p>`;
  const rows = failed.map((group, index) => {
    const message = group.exampleMessage.slice(0, MESSAGE_LENGTH_MAX);
    const body = JSON.stringify({ error: group.cause });
    const button = html`<td><button type="button" id="retry-${index}" data-post="/api/jobs/retry" data-body="${body}">Retry all</button></td>`;
    return html`<tr><th scope="row">${group.cause}</th><td>${group.queue}</td><td class="number">${group.count}</td>
<td>${message}</td><td>${time(group.lastAt)}</td>${mayAct ? button : null}</tr>`;
  });
  return html`<div class="scroll"><table>
<thead><tr><th scope="col">Cause</th><th scope="col">Queue</th><th scope="col" class="number">Jobs</th><th scope="col">For example</th><th scope="col">Latest</th>
${mayAct ? html`<th scope="col">Act</th>` : null}</tr></thead>
<tbody>${rows}</tbody></table></div>`;
}
