// Progress: a bar and the words that say the same.
import { type Html, html } from "../../html.ts";

/** A bar with its words: "118 of 120 facilities". @param label what is counted */
export function progress({
  done,
  of,
  label,
}: {
  readonly done: number;
  readonly of: number;
  readonly label: string;
}): Html {
  const words = `${done} of ${of} ${label}`;
  return html`<span class="progress"><progress max="${Math.max(1, of)}" value="${done}" aria-label="${words}"></progress> <span>${words}</span></span>`;
}
