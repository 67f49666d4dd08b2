// What operators did: the audit log, for operators to read, newest first.
import { type ActionView, listActions } from "@inventory-sync/db";
import { z } from "zod";
import { readCursor, writeCursor } from "../../asked.ts";
import type { Endpoint } from "../../endpoint.ts";
import { type Html, html } from "../../html.ts";
import { sendPage } from "../../layout.ts";
import { empty } from "../frame/empty.ts";
import { frame } from "../frame/frame.ts";
import { type Look, lookOf } from "../frame/look.ts";
import { message } from "../frame/message.ts";
import { table } from "../frame/table.ts";

const SHOWN = 50;

/** GET /audit */
export const showAudit: Endpoint = {
  method: "get",
  path: "/audit",
  access: "operator",
  summary: "Who did what to which job and reset, for people",
  query: [{ name: "cursor", description: "Where the page begins", schema: { type: "string" } }],
  answers: { 200: { description: "The page", type: "text/html" } },
  async handle(parts, request, response) {
    const look = await lookOf(parts, request, response);
    const before = readCursor(request, z.string().regex(/^\d{1,18}$/));
    const { actions, next } = await listActions(parts.database, { before, limit: SHOWN });
    const main = html`<h1>What operators did</h1>
<p class="soft">Every write, from the board and from the command line, and what was refused. Newest first; nothing here can be changed.</p>
${list(actions, look)}
<p class="after">${before !== undefined && html`<a href="/audit">Newest</a> `}${next !== undefined && html`<a href="/audit?cursor=${writeCursor(next)}">Older</a>`}</p>`;
    sendPage(response, 200, frame({ title: "Audit", nav: "audit", look }, main));
  },
};

function list(actions: readonly ActionView[], look: Look): Html {
  return table({
    caption: "What operators did",
    columns: [
      { title: "When" },
      { title: "Who" },
      { title: "What" },
      { title: "To what", wraps: true },
      { title: "Outcome", wraps: true },
    ],
    rows: actions.map((action) => ({
      key: `action-${action.id}`,
      cells: [
        look.time(action.at),
        html`${action.who}<br><span class="soft">${[action.role, action.by, action.address].filter((each) => each !== null).join(", ")}</span>`,
        action.what,
        message(action.target, look),
        action.outcome === null ? html`<span class="wait">never told</span>` : message(action.outcome, look),
      ],
    })),
    empty: empty("Nobody has done anything yet", "Each sign-in and each write stands here from the moment it begins."),
  });
}
