// Tiles: one number each, with what it is, and where to read on.
import { type Html, html, type Value } from "../../html.ts";
import { icon, type Mood } from "./state.ts";

/** One tile. */
export interface Tile {
  readonly id: string;
  readonly label: string;
  /** The number as it is read, or a dash for what is not known. */
  readonly value: Value;
  /** Small, behind the number: "per minute". */
  readonly unit?: string;
  /** Below the number: what it means. */
  readonly note?: Value;
  readonly mood?: Mood;
  readonly href?: string;
}

/** A row of tiles that wraps. */
export function tiles(each: readonly Tile[]): Html {
  return html`<ul class="tiles">${each.map((one) => html`<li>${tile(one)}</li>`)}</ul>`;
}

/** One tile by itself. */
function tile({ id, label, value, unit, note, mood = "plain", href }: Tile): Html {
  const content = html`<span class="label">${mood === "bad" && icon(mood)}${label}</span>
<span class="value">${value}${unit !== undefined && html` <small>${unit}</small>`}</span>
<span class="note">${note ?? ""}</span>`;
  return href === undefined
    ? html`<div class="tile ${mood}" id="tile-${id}">${content}</div>`
    : html`<a class="tile ${mood}" id="tile-${id}" href="${href}">${content}</a>`;
}
