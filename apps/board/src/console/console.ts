// The console: one page that says how things stand and lets operators act. It works without script too, just not by itself.
import type { Endpoint } from "../endpoint.ts";
import { type Html, html } from "../html.ts";
import { page, sendPage } from "../layout.ts";
import { type Identity, identityOf } from "../people/identity.ts";
import { stateSentence } from "./sentence.ts";
import { facilitiesTable, failedTable, queuesTable, resetsTable, timeWriter } from "./tables.ts";
import { type ConsoleView, consoleView } from "./view.ts";

/** GET / */
export const showConsole: Endpoint = {
  method: "get",
  path: "/",
  access: "viewer",
  summary: "The console: how things stand, for people",
  answers: { 200: { description: "The page", type: "text/html" } },
  async handle(parts, _request, response) {
    sendPage(response, 200, consolePage(await consoleView(parts), identityOf(response)));
  },
};

/** The console's page for somebody. */
function consolePage(view: ConsoleView, identity: Identity): string {
  const time = timeWriter(view.timeZone);
  const { text, mood } = stateSentence(view);
  const mayAct = identity.role === "operator";
  const body = html`${header(identity)}
<main>
<p id="notice" role="status" aria-live="polite"></p>
<div id="state">
<h1 class="${mood}">${text}</h1>
<p class="soft">As of ${time(view.now)}. This page renews itself every few seconds.</p>
<h2>Resets</h2>
${mayAct && html`<p><button type="button" id="run-reset" data-post="/api/resets" data-body="{}" data-done="The reset has begun.">Run a reset now</button></p>`}
${resetsTable(view, time)}
<h2>Facilities</h2>
${facilitiesTable(view, time)}
<h2>Queues</h2>
${queuesTable(view)}
<h2>Failed jobs</h2>
${failedTable(view, time, mayAct)}
</div>
</main>`;
  return page("inventory-sync", body, { script: true });
}

function header({ name, role, by }: Identity): Html {
  return html`<header>
<strong>inventory-sync</strong>
<nav aria-label="Other pages"><a href="/queues">Queues in Bull Board</a> · <a href="/openapi.json">API</a></nav>
<span class="soft">${name} (${role})</span>
${by === "session" && html`<form method="post" action="/sign-out"><button type="submit">Sign out</button></form>`}
</header>`;
}
