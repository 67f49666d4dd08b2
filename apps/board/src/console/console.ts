// The console: one page that says how things stand and lets operators act. Without script it can still be read, just not by itself.
import type { Endpoint } from "../endpoint.ts";
import { html } from "../html.ts";
import { sendPage } from "../layout.ts";
import { button } from "./acts.ts";
import { alarmsList, attentionList } from "./attention.ts";
import { frame } from "./frame/frame.ts";
import { type Look, lookOf } from "./frame/look.ts";
import { stateSentence } from "./sentence.ts";
import { facilitiesTable, failedTable, queuesTable, resetsTable } from "./tables.ts";
import { type ConsoleView, consoleView } from "./view.ts";

/** GET / */
export const showConsole: Endpoint = {
  method: "get",
  path: "/",
  access: "viewer",
  summary: "The console: how things stand, for people",
  answers: { 200: { description: "The page", type: "text/html" } },
  async handle(parts, request, response) {
    const look = await lookOf(parts, request, response, { live: "overview" });
    sendPage(response, 200, consolePage(await consoleView(parts), look));
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
function consolePage(view: ConsoleView, look: Look): string {
  const { time, mayAct } = look;
  const { text, mood } = stateSentence(view);
  const main = html`<h1 class="${mood}">${text}</h1>
<p class="soft">As of ${time(view.now)}.</p>
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
${failedTable(view, time, mayAct)}`;
  return frame({ title: "Overview", nav: "overview", look }, main);
}
