// What is in the ledger of failed jobs, in words.
import { type Effect, effects } from "@inventory-sync/db";
import { type Html, html } from "../../html.ts";
import type { EffectCounts } from "../../jobs/failed-groups.ts";
import { quantity } from "../frame/figures.ts";
import { type Mood, state } from "../frame/state.ts";

const WORDS: Readonly<Record<Effect, { readonly one: string; readonly many: string; readonly mood: Mood }>> = {
  all: { one: "all of it", many: "in the ledger whole", mood: "good" },
  part: { one: "a part", many: "in the ledger in part", mood: "wait" },
  none: { one: "nothing", many: "not in the ledger", mood: "plain" },
  other: { one: "other content", many: "whose event is there with other content", mood: "bad" },
  unknown: { one: "not known", many: "that do not say", mood: "plain" },
};

/** Of one job. */
export function effectState(effect: Effect): Html {
  return state(WORDS[effect].one, WORDS[effect].mood);
}

/** Of many: "12 in the ledger whole, 3 not in the ledger". */
export function effectWords(counts: EffectCounts): string {
  const present = effects.filter((effect) => counts[effect] > 0);
  return present.map((effect) => `${quantity(counts[effect])} ${WORDS[effect].many}`).join(", ");
}

/** What retrying them does, for the question before it. */
export function retrySays(counts: EffectCounts, count: number): Html {
  const done = counts.all;
  return html`<p>${quantity(count)} ${count === 1 ? "job goes" : "jobs go"} back into the queue, with fresh attempts, in the background. It goes on
when the board is restarted meanwhile. ${done > 0 && html`${quantity(done)} of them ${done === 1 ? "has" : "have"} taken effect already and will change nothing a second time.`}</p>
${counts.other > 0 && html`<p>${quantity(counts.other)} will fail again: an event of ${counts.other === 1 ? "its" : "their"} id is in the ledger with other content.</p>`}
<p>What still cannot be done fails again, and stands here again.</p>`;
}
