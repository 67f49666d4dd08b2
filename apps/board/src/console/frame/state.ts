// States as badges: an icon, the word, a colour. Never the colour alone.
import { type Html, html } from "../../html.ts";

/** What a state means for whoever looks. */
export type Mood = "good" | "wait" | "bad" | "plain";

const MOODS: Readonly<Record<string, Mood>> = {
  ...{ open: "good", applied: "good", completed: "good", cleared: "good" },
  ...{ pending: "wait", staging: "wait", reconciling: "wait", running: "wait", "completed-with-holds": "bad" },
  ...{ held: "bad", failed: "bad", ringing: "bad" },
};

const ICONS: Readonly<Record<Mood, Html>> = {
  good: html`<path d="m3.5 8.5 3 3 6-7"/>`,
  wait: html`<circle cx="8" cy="8" r="5.5"/><path d="M8 5v3l2 1.5"/>`,
  bad: html`<path d="M8 2.5 14 13.5H2ZM8 6.5v3.2M8 11.6v.2"/>`,
  plain: html`<path d="M4 8h8"/>`,
};

/** A badge. @param mood where the word alone does not tell */
export function state(word: string, mood: Mood = MOODS[word] ?? "plain"): Html {
  return html`<span class="state ${mood}">${icon(mood)}${word.replaceAll("-", " ")}</span>`;
}

/** The icon of a mood, for the eye only. */
export function icon(mood: Mood): Html {
  return html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true">${ICONS[mood]}</svg>`;
}
