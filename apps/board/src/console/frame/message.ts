// Stored messages on a page: alarms, outcomes, the reasons of failures. As stored they are whole in themselves, for logs and the
// webhook; here a time stands in the zone of the page, a reset's id leads to its page, and commands stand out.
import { type Html, html, type Value } from "../../html.ts";
import type { Look } from "./look.ts";

/** What a message may hold: an ISO time with its offset, "reset" and its id, each as a word of its own. */
const told =
  /(?<![\w.:-])(?<time>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))(?![\w-]|\.\w)|(?<=\breset )(?<id>[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})(?![\w-])/g;

/**
 * A message as the page shows it.
 * @param beside the id of a reset whose link stands beside the message: "(reset …)" of it is left out
 */
export function message(text: string, { time }: Pick<Look, "time">, beside?: string | null): Html {
  const shown = beside ? text.replaceAll(` (reset ${beside})`, "") : text;
  // Commands stand between backticks; they are to be copied, and so stay as they are.
  return html`${shown.split("`").map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : words(part, time)))}`;
}

function words(text: string, time: Look["time"]): Value[] {
  const parts: Value[] = [];
  let end = 0;
  for (const found of text.matchAll(told)) {
    parts.push(text.slice(end, found.index), shownAs(found, time));
    end = found.index + found[0].length;
  }
  return [...parts, text.slice(end)];
}

function shownAs({ 0: whole, groups }: RegExpExecArray, time: Look["time"]): Value {
  if (groups?.id !== undefined) return html`<a href="/resets/${whole}">${whole.slice(0, SHORT_ID_LENGTH)}</a>`;
  return Number.isNaN(Date.parse(whole)) ? whole : time(whole);
}

/** Enough of a reset's id to tell it from the others of a year. */
const SHORT_ID_LENGTH = 8;
