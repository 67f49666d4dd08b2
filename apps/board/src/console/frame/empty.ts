// What stands where there is nothing to show: because there is nothing yet, or because it could not be had.
import { type Html, html, type Value } from "../../html.ts";

/** Nothing yet. @param says what would stand here, and how it comes to */
export function empty(title: string, says: Value): Html {
  return html`<div class="empty"><p><strong>${title}</strong></p><p>${says}</p></div>`;
}

/** Something could not be had. @param what "The database", "The queue" */
export function fault(what: string): Html {
  return html`<div class="empty fault" role="alert"><p><strong>${what} cannot be reached, so this is not known.</strong></p>
<p>The page looks again by itself. Nothing that was accepted is lost meanwhile.</p></div>`;
}
