// What operators did: the audit log, for operators to read, newest first.
import { type ActionRecord, listActions } from "@inventory-sync/operator";
import { actionCursor } from "../../api/audit.ts";
import { readCursor, writeCursor } from "../../asked.ts";
import { textQuery } from "../../endpoint.ts";
import { type Html, html } from "../../ui/html.ts";
import { page } from "../../ui/page.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { csvLink } from "../../ui/paging.ts";
import { empty, message } from "../../ui/pieces.ts";
import { tableOf } from "../../ui/table.ts";

const SHOWN = 50;

export const showAudit = page({
  path: "/audit",
  nav: "audit",
  access: "operator",
  summary: "Who did what to which job and reset, for people",
  query: [textQuery("cursor", "Where the page begins")],
  async show(parts, context, request) {
    const before = readCursor(request, actionCursor);
    const { actions, next } = await listActions(parts.database, { before, limit: SHOWN });
    const main = html`<h1>What operators did</h1>
<p class="soft">Every write, from the board and from the command line, and what was refused. Newest first; nothing here can be changed.</p>
${list(actions, context)}
<p class="after">${before !== undefined && html`<a href="/audit">Newest</a> `}${next !== undefined && html`<a href="/audit?cursor=${writeCursor(next)}">Older</a>`}</p>
${csvLink("/api/audit.csv")}`;
    return { title: "Audit", main };
  },
});

function list(actions: readonly ActionRecord[], context: PageContext): Html {
  return tableOf({
    caption: "What operators did",
    items: actions,
    key: ({ id }) => `action-${id}`,
    columns: [
      { title: "When", cell: ({ at }) => context.time(at) },
      {
        title: "Who",
        cell: ({ who, role, by, address }) =>
          html`${who}<br><span class="soft">${[role, by, address].filter((each) => each !== null).join(", ")}</span>`,
      },
      { title: "What", brief: true, cell: ({ what }) => what },
      { title: "To what", wraps: true, cell: ({ target }) => message(target, context) },
      {
        title: "Outcome",
        wraps: true,
        cell: ({ outcome }) =>
          outcome === null ? html`<span class="wait">outcome unknown</span>` : message(outcome, context),
      },
    ],
    empty: empty("Nobody has done anything yet", "Each sign-in and each write stands here from the moment it begins."),
  });
}
