// How a number on hand is written: below zero says so in a word as well.
import { type Html, html } from "../../html.ts";
import { quantity } from "../frame/figures.ts";

/** A number on hand in a table. */
export function onHandCell(onHand: number): Html {
  if (onHand >= 0) return html`<strong>${quantity(onHand)}</strong>`;
  return html`<strong class="bad" title="below zero">${quantity(onHand).replace("-", "−")}</strong>`;
}
