// The document of every page, and the frame around those behind the sign-in (page.ts): header (navigation.ts) and <main>.
import type { Response } from "express";
import { type Html, html } from "./html.ts";
import { type HeaderOptions, header } from "./navigation.ts";
import type { PageContext } from "./page-context.ts";

interface FrameOptions extends Omit<HeaderOptions, "look"> {
  /** Stands in the browser's tab, before the product's name. */
  readonly title: string;
  readonly context: PageContext;
}

/** A whole page of the board. */
export function frame({ title, nav, context, awaits }: FrameOptions, main: Html): string {
  const { live, theme } = context;
  const listen = live && `/live?topic=${encodeURIComponent(live.topic)}&seen=${encodeURIComponent(live.seen)}`;
  const body = html`<a class="skip" href="#main">Skip to the content</a>
${header(context, { nav, awaits })}
<main id="main" tabindex="-1"${listen === undefined ? null : html` data-live="${listen}"`}${awaits === undefined ? null : html` data-awaits`}>
${main}
</main>
<p id="notice" role="status" aria-live="polite"></p>`;
  return document(
    { title: `${title} · inventory-sync`, theme, scripts: true, plots: main.html.includes("data-plot=") },
    body,
  );
}

/**
 * Bull Board's document with our header above it, and nothing from outside hosts: its page asks one for fonts. Its page is an
 * application of its own, so the header comes with a style sheet that takes the colours from it, in either theme.
 */
export function withQueuesBar(bullBoard: string, context: PageContext): string {
  const head = html`<link rel="stylesheet" href="/static/frame.css">
<link rel="stylesheet" href="/static/queues.css">
<script src="/static/queues.js" data-theme="${context.theme ?? "system"}"></script>
<script src="/static/keys.js" defer></script>
`.html;
  const bar = header(context, { nav: "queues", look: "board-bar" }).html;
  return bullBoard
    .replace(/<link [^<>]*>\s*/g, (link) => (link.includes('href="https://') ? "" : link))
    .replace("</head>", () => `${head}</head>`)
    .replace(/<body[^<>]*>/, (body) => `${body}${bar}`);
}

interface DocumentOptions {
  readonly title: string;
  /** Undefined follows the browser. */
  readonly theme?: "light" | "dark" | undefined;
  /** The frame's scripts: live pages, buttons that act. */
  readonly scripts?: boolean;
  /** The plots' scripts as well. */
  readonly plots?: boolean;
}

/** A whole document. */
export function document({ title, theme, scripts = false, plots = false }: DocumentOptions, body: Html): string {
  return html`<!doctype html>
<html lang="en"${theme === undefined ? null : html` data-theme="${theme}"`}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="${theme ?? "light dark"}">
<title>${title}</title>
<link rel="preload" href="/static/pico.css" as="style">
<link rel="stylesheet" href="/static/console.css">
${scripts ? html`<link rel="stylesheet" href="/static/frame.css">` : null}
${plots ? html`<link rel="stylesheet" href="/static/uplot.css">` : null}
<link rel="icon" href="/static/icon.svg" type="image/svg+xml">
${scripts ? frameScripts(plots) : null}
</head>
<body>
${body}
</body>
</html>
`.html;
}

function frameScripts(plots: boolean): Html {
  const names = [
    ...(plots ? ["uplot", "plots"] : []),
    "idiomorph",
    "console",
    "ends",
    "choose",
    "upload",
    "sort",
    "keys",
  ];
  return html`${names.map((name) => html`<script src="/static/${name}.js" defer></script>`)}`;
}

/** Sends a page that is not kept anywhere. */
export function sendPage(response: Response, status: number, text: string): void {
  response.status(status).set({ "content-type": "text/html; charset=utf-8", "cache-control": "no-store" });
  response.end(text);
}
