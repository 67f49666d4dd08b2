// GET /sources: where counts come from, for people: what came last of each source, what waits, when it is looked for next.
import { localTime } from "@inventory-sync/domain";
import { readSources, type SourceStanding, type Waiting, waitingText } from "@inventory-sync/operator";
import type { Parts } from "../../parts.ts";
import { type Html, html } from "../../ui/html.ts";
import { page } from "../../ui/page.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { empty, state } from "../../ui/pieces.ts";
import { tableOf } from "../../ui/table.ts";
import { waitingFiles } from "../resets/report.ts";
import { waitingHref } from "./waiting-page.ts";

export const showSources = page({
  path: "/sources",
  nav: "sources",
  topic: {
    name: "sources",
    read: async (parts) => [
      await standing(parts),
      parts.sources.fault(),
      (await waitingFiles(parts)).files.slice(0, WAITING_SHOWN).map(({ source, name }) => [source, name]),
    ],
  },
  summary: "Where counts come from, for people",
  async show(parts, context) {
    const listed = await standing(parts);
    const fault = parts.sources.fault();
    const main = html`<h1>Sources</h1>
<p class="soft">Where counts come from: the SFTP servers whose <code>incoming/</code> is looked into at the times shown. What waits can be looked at here
and is run on the page <a href="/resets">Resets</a>.</p>
${fault !== undefined && faultBox(fault, listed.length)}
${sourcesTable(listed, context)}
${waitingList(await waitingFiles(parts))}`;
    return { title: "Sources", main };
  },
});

async function standing(parts: Parts): Promise<SourceStanding[]> {
  return readSources(parts.database, parts.sources, { waiting: await waitingFiles(parts), now: new Date() });
}

function faultBox(fault: string, inForce: number): Html {
  const meanwhile =
    inForce > 0
      ? "The sources that were read before stay in force."
      : "Until it is mended no count is taken from anywhere.";
  return html`<div class="empty fault" role="alert"><p><strong>The file of sources cannot be used.</strong> ${meanwhile}</p><p>${fault}</p></div>`;
}

function sourcesTable(listed: readonly SourceStanding[], context: PageContext): Html {
  return tableOf({
    caption: "Sources of counts",
    items: listed,
    key: ({ name }) => `source-${name}`,
    columns: [
      {
        title: "Source",
        wraps: true,
        cell: ({ name, server }) => html`${name}<br><span class="soft">${server}</span>`,
      },
      {
        title: "Waiting",
        wraps: true,
        cell: (source) =>
          source.reachable ? waitingText(source) : html`<strong>Cannot be reached.</strong> ${waitingText(source)}`,
      },
      { title: "Last file", wraps: true, cell: (source) => lastFile(source, context) },
      { title: "Last accepted", wraps: true, cell: (source) => lastAccepted(source, context) },
      { title: "Next run", cell: (source) => when(source.nextRun, source, context) },
      { title: "Next deadline", cell: (source) => when(source.nextDeadline, source, context) },
    ],
    empty: empty(
      "There is no source.",
      "Sources stand in SOURCES_FILE; without it there is one, the SFTP server of SFTP_URL.",
    ),
  });
}

function lastFile({ lastFile: last }: SourceStanding, { time }: PageContext): Html {
  if (last === null) return html`<span class="soft">none yet</span>`;
  return html`<a href="/resets/${last.resetId}">${last.file}</a><br>${state(last.state)} <span class="soft">${time(last.at)}</span>`;
}

function lastAccepted({ lastAccepted: last }: SourceStanding, { time }: PageContext): Html {
  if (last === null) return html`<span class="soft">none yet</span>`;
  return html`${last.file}<br><span class="soft">${time(last.at)}</span>`;
}

const WAITING_SHOWN = 50;

/** The files that wait, each leading to how it would be read. */
function waitingList({ files }: Waiting): Html | null {
  if (files.length === 0) return null;
  return html`<h2 id="waiting">How waiting files would be read</h2>
<ul>${files.slice(0, WAITING_SHOWN).map(({ source, name }) => html`<li><a href="${waitingHref(source, name)}">${name}</a> <span class="soft">${source}</span></li>`)}</ul>
${files.length > WAITING_SHOWN && html`<p class="soft">The oldest ${WAITING_SHOWN} of ${files.length}.</p>`}`;
}

/** In the reader's zone, and below it by the source's own clock. */
function when(at: string | null, { timeZone }: SourceStanding, { time }: PageContext): Html {
  if (at === null) return html`–`;
  const local = localTime(new Date(at), timeZone).slice("2026-11-23T".length, "2026-11-23T04:00".length);
  return html`${time(at)}<br><span class="soft">${local} ${timeZone}</span>`;
}
