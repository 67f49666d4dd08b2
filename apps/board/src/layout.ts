// The document around everything that the board sends to browsers: its head, its styles, its scripts.
import type { Response } from "express";
import { type Html, html } from "./html.ts";

/** What the document's head needs to know. */
export interface DocumentOptions {
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
  const names = [...(plots ? ["uplot", "plots"] : []), "idiomorph", "console"];
  return html`${names.map((name) => html`<script src="/static/${name}.js" defer></script>`)}`;
}

/** Sends a page that is not kept anywhere. */
export function sendPage(response: Response, status: number, text: string): void {
  response.status(status).set({ "content-type": "text/html; charset=utf-8", "cache-control": "no-store" });
  response.end(text);
}
