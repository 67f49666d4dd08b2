// The frame around every page of the board behind the sign-in: header, navigation, who is signed in, theme, zone, <main>.
//
// How to write a page:
//
//   export const showThings: Endpoint = {
//     method: "get", path: "/things", access: "viewer", summary: "…", answers: { 200: { description: "The page", type: "text/html" } },
//     async handle(parts, request, response) {
//       const look = await lookOf(parts, request, response, { live: "resets" });   // before anything is read
//       sendPage(response, 200, frame({ title: "Things", nav: "resets", look }, html`<h1>Things</h1>…`));
//     },
//   };
//
// - `look` has the identity, the chosen zone and theme, and `look.time(date)` writes a time in that zone. `look.mayAct` is
//   true for operators.
// - `live` names a topic (topics.ts). While the page is open it listens on /live, and whenever the topic's digest changes it
//   fetches itself again and morphs <main>: focus, open <details>, open <dialog>s and what is typed stay. Give ids to what
//   moves (rows, cards, folds), so that morphing finds it again.
// - Pieces: figures.ts quantity() plural() · time.ts time() · state.ts state() · tile.ts tiles() · table.ts table() ·
//   empty.ts empty() fault() · progress.ts progress() · confirm.ts confirm() post() · plot.ts plot() · message.ts message() for
//   whatever text is stored.
// - Buttons that write call the JSON API: post() makes a plain one, confirm() one that says first what will happen.
//   static/console.js sends them, says how it went in the notice at the bottom, and renews the page.
// - No inline script or style: the CSP forbids both, so classes only.
import { type Html, html } from "../../html.ts";
import { document } from "../../layout.ts";
import { header } from "./header.ts";
import type { Look } from "./look.ts";
import type { NavName } from "./navigation.ts";

/** What a page says of itself. */
export interface FrameOptions {
  /** Stands in the browser's tab, before the product's name. */
  readonly title: string;
  /** Where it stands in the navigation; undefined for a page outside of it. */
  readonly nav?: NavName | undefined;
  readonly look: Look;
}

/** A whole page of the board. */
export function frame({ title, nav, look }: FrameOptions, main: Html): string {
  const { live, theme } = look;
  const listen = live && `/live?topic=${encodeURIComponent(live.topic)}&seen=${encodeURIComponent(live.seen)}`;
  const body = html`<a class="skip" href="#main">Skip to the content</a>
${header(look, nav)}
<main id="main" tabindex="-1"${listen === undefined ? null : html` data-live="${listen}"`}>
${main}
</main>
<p id="notice" role="status" aria-live="polite"></p>`;
  return document(
    { title: `${title} · inventory-sync`, theme, scripts: true, plots: main.html.includes("data-plot=") },
    body,
  );
}
