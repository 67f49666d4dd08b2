// The keyboard's shortcuts, in the dialog that `?` opens; static/keys.js listens. They can be switched off there, for those whose
// keys come from speech or a switch.
import { type Html, html } from "./html.ts";

/** A place that g and a letter lead to. */
interface KeyedPlace {
  readonly text: string;
  readonly href: string;
  readonly key: string;
}

/** The dialog that lists them. */
export function keysDialog(places: readonly KeyedPlace[]): Html {
  return html`<dialog id="keys" aria-labelledby="keys-title"><form method="dialog">
<h2 id="keys-title">Keyboard shortcuts</h2>
<dl><div><dt><kbd>/</kbd></dt><dd>Search</dd></div><div><dt><kbd>?</kbd></dt><dd>This list</dd></div>
${places.map(({ text, href, key }) => html`<div><dt><kbd>g</kbd> <kbd>${key}</kbd></dt><dd data-key="${key}" data-href="${href}">${text}</dd></div>`)}</dl>
<label><input type="checkbox" id="keys-on" checked> Use these shortcuts in this browser</label>
<div class="acts"><button class="quiet">Close</button></div></form></dialog>`;
}
