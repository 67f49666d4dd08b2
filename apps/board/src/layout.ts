// What every page of the board has around it.
import type { Response } from "express";
import { type Html, html } from "./html.ts";

/** A whole page. `script` adds the console's script. */
export function page(title: string, body: Html, options: { readonly script?: boolean } = {}): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="stylesheet" href="/static/console.css">
<link rel="icon" href="/static/icon.svg" type="image/svg+xml">
${options.script ? html`<script src="/static/console.js" defer></script>` : null}
</head>
<body>
${body}
</body>
</html>
`.html;
}

/** Sends a page that is not kept anywhere. */
export function sendPage(response: Response, status: number, text: string): void {
  response.status(status).set({ "content-type": "text/html; charset=utf-8", "cache-control": "no-store" });
  response.end(text);
}
