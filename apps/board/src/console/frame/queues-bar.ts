// The board's header above Bull Board. Bull Board's page is its own application, so the header is put into its document, with
// a style sheet of its own that takes the colours from it, in whichever theme.
import { html } from "../../html.ts";
import { brand, navigation } from "./header.ts";
import type { Look } from "./look.ts";

/** Bull Board's document with our header above it, and nothing from outside hosts: its page asks one for fonts. */
export function withQueuesBar(document: string, look: Look): string {
  const { identity, theme } = look;
  const head = html`<link rel="stylesheet" href="/static/queues.css">
<script src="/static/queues.js" data-theme="${theme ?? "system"}"></script>
`.html;
  const bar = html`
<header class="board-bar" id="board-bar">
${brand()}
<nav aria-label="Pages of the board"><ul>${navigation(look, "queues")}</ul></nav>
<span class="who">${identity.name} <small>${identity.role}</small></span>
</header>
`.html;
  return document
    .replace(/<link[^>]+href="https:\/\/[^>]*>\s*/g, "")
    .replace("</head>", () => `${head}</head>`)
    .replace(/<body[^>]*>/, (body) => `${body}${bar}`);
}
