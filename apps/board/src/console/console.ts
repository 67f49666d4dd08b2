// The console: one page that says how things stand and lets operators act. Without script it can still be read, just not by itself.
import type { Endpoint } from "../endpoint.ts";
import { html } from "../html.ts";
import { page, sendPage } from "../layout.ts";
import { type Identity, identityOf } from "../people/identity.ts";
import { button } from "./acts.ts";
import { alarmsList, attentionList } from "./attention.ts";
import { header } from "./header.ts";
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

const runButton = button({
  ...{ id: "run-reset", post: "/api/resets", text: "Run a reset now", done: "The reset has begun." },
});
const previewButton = button({
  ...{ id: "preview-reset", post: "/api/resets", body: { preview: true } },
  ...{ text: "Preview: what would a reset do?", done: "The preview has begun; it changes nothing." },
});

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
${alarmsList(view, time)}
${attentionList(view, time, mayAct)}
<h2>Resets</h2>
${mayAct && html`<div class="acts">${runButton} ${previewButton}</div>`}
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
