// Buttons that act. console.js posts them to the JSON API, which is where roles are enforced and the audit log is written.
import { type Html, html, type Value } from "./html.ts";

/** A write of the API. */
export interface Act {
  /** Of the element, the same on every rendering. */
  readonly id: string;
  readonly post: string;
  readonly body?: unknown;
  readonly text: string;
  /** What is said when it went well. Without it the page says that it is done. */
  readonly done?: string;
  /** For what cannot be taken back easily. */
  readonly danger?: boolean;
  /** For the one thing that most will want here. */
  readonly main?: boolean;
}

/** A button that acts at once: for what does no harm. */
export function post(act: Act): Html {
  return html`<button type="button" id="${act.id}"${classes(act)}${sends(act)}>${act.text}</button>`;
}

/** A write that is asked about first. */
interface AskedAct extends Act {
  readonly title: string;
  /** The consequences, in units and products. */
  readonly says: Value;
  readonly verb: string;
}

/** A button that first says what will happen. */
export function confirm(act: AskedAct): Html {
  const { id, text, title, says, verb } = act;
  return html`<button type="button" id="${id}"${classes(act)} data-opens="ask-${id}" aria-haspopup="dialog">${text}</button>
<dialog id="ask-${id}" aria-labelledby="ask-${id}-title"><article>
<h2 id="ask-${id}-title">${title}</h2>
<div>${says}</div>
<div class="acts"><button type="button" data-closes="ask-${id}" class="quiet">Cancel</button>
<button type="button" id="${id}-yes" class="${act.danger === true ? "danger" : "main"}"${sends(act)}>${verb}</button></div>
</article></dialog>`;
}

function sends({ post: address, body = {}, done = "Done." }: Act): Html {
  return html` data-post="${address}" data-body="${JSON.stringify(body)}" data-done="${done}"`;
}

function classes({ danger, main }: Act): Html {
  return html` class="${danger === true ? "danger" : main === true ? "main" : "quiet"}"`;
}
