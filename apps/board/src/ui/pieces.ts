// The small pieces that pages are made of: badges, tiles, bars, stored messages, and what is shown where there is nothing.
import { timeInMessage } from "@inventory-sync/domain";
import { type Html, html, type TimeStyle, type Value } from "./html.ts";

/** What a state means for the reader. */
export type Mood = "good" | "wait" | "bad" | "plain";

const MOODS: Readonly<Record<string, Mood>> = {
  OK: "good",
  applied: "good",
  "would-be-applied": "good",
  "would-be-held": "bad",
  completed: "good",
  cleared: "good",
  pending: "wait",
  late: "wait",
  staging: "wait",
  reconciling: "wait",
  running: "wait",
  "completed-with-holds": "bad",
  held: "bad",
  failed: "bad",
  refused: "bad",
};

const ICONS: Readonly<Record<Mood, Html>> = {
  good: html`<path d="m3.5 8.5 3 3 6-7"/>`,
  wait: html`<circle cx="8" cy="8" r="5.5"/><path d="M8 5v3l2 1.5"/>`,
  bad: html`<path d="M8 2.5 14 13.5H2ZM8 6.5v3.2M8 11.6v.2"/>`,
  plain: html`<path d="M4 8h8"/>`,
};

/** A state as a badge: an icon, the word, a colour; never the colour alone. @param mood where the word alone does not tell */
export function state(word: string, mood: Mood = MOODS[word] ?? "plain"): Html {
  return html`<span class="state ${mood}">${icon(mood)}${word.replaceAll("-", " ")}</span>`;
}

/** The icon of a mood, for the eye only. */
export function icon(mood: Mood): Html {
  return html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true">${ICONS[mood]}</svg>`;
}

/** One number with its label, and where to read on. */
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

function tile({ id, label, value, unit, note, mood = "plain", href }: Tile): Html {
  const content = html`<span class="label">${mood === "bad" && icon(mood)}${label}</span>
<span class="value">${value}${unit !== undefined && html` <small>${unit}</small>`}</span>
<span class="note">${note ?? ""}</span>`;
  return href === undefined
    ? html`<div class="tile ${mood}" id="tile-${id}">${content}</div>`
    : html`<a class="tile ${mood}" id="tile-${id}" href="${href}">${content}</a>`;
}

/** A bar with its words: "118 of 120 facilities". @param label what is counted */
export function progress(bar: { readonly done: number; readonly of: number; readonly label: string }): Html {
  const words = `${bar.done} of ${bar.of} ${bar.label}`;
  return html`<span class="progress"><progress max="${Math.max(1, bar.of)}" value="${bar.done}" aria-label="${words}"></progress> <span>${words}</span></span>`;
}

/** Nothing yet. @param says what would stand here, and how it comes to */
export function empty(title: string, says: Value): Html {
  return html`<div class="empty"><p><strong>${title}</strong></p><p>${says}</p></div>`;
}

/** Something could not be had. @param what "The database", "The queue" */
export function fault(what: string): Html {
  return html`<div class="empty fault" role="alert"><p><strong>${what} cannot be reached, so this is not known.</strong></p>
<p>The page looks again by itself. Nothing that was accepted is lost meanwhile.</p></div>`;
}

/** What stands where there is nothing. */
export const dash = html`<span class="soft">–</span>`;

/** Writes a time in the zone of a page. */
export type WriteTime = (moment: Date | string | null | undefined, style?: TimeStyle) => Html;

/** The id of a reset within a message, which stands behind that word. */
const resetInMessage = /(?<=\breset )[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}(?![\w-])/g;

/**
 * A stored message (of an alarm, an outcome, the reason of a failure) as a page shows it. As stored it is whole in itself, for logs
 * and the webhook; here a time is in the zone of the page, a reset's id leads to its page, and commands stand out.
 * @param beside the id of a reset whose link stands beside the message: "(reset …)" of it is left out
 */
export function message(text: string, { time }: { readonly time: WriteTime }, beside?: string | null): Html {
  const shown = beside ? text.replaceAll(` (reset ${beside})`, "") : text;
  // Commands stand between backticks; they are to be copied, and so stay as they are.
  return html`${shown.split("`").map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : linked(part, time)))}`;
}

function linked(text: string, time: WriteTime): Value[] {
  const parts: Value[] = [];
  let end = 0;
  const found = [...text.matchAll(timeInMessage), ...text.matchAll(resetInMessage)];
  for (const { 0: word, index } of found.sort((one, other) => one.index - other.index)) {
    parts.push(text.slice(end, index), shownAs(word, time));
    end = index + word.length;
  }
  return [...parts, text.slice(end)];
}

/** Enough of a reset's id to tell it from the others of a year. */
const SHORT_ID_LENGTH = 8;

function shownAs(word: string, time: WriteTime): Value {
  if (!word.includes("T")) return html`<a href="/resets/${word}">${word.slice(0, SHORT_ID_LENGTH)}</a>`;
  return Number.isNaN(Date.parse(word)) ? word : time(word);
}
