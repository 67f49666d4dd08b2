// A channel in figures: what waits, how fast it is confirmed, what was refused; and how far behind it was in the last hours.
import type { ChannelSeen } from "@inventory-sync/operator";
import { type Html, html, plural, quantity } from "../../ui/html.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { tiles } from "../../ui/pieces.ts";
import { plot } from "../../ui/plot.ts";
import { confirmedPerSecond, type LagSeen, lagOf } from "./lag.ts";

/** @param before what this process has seen of it, oldest first @param refused what is set aside, by code */
export function channelFigures(
  channel: ChannelSeen,
  before: readonly LagSeen[],
  refused: readonly { readonly code: string; readonly levels: number }[],
  { zone }: PageContext,
): Html {
  const seen = [...before, lagOf(channel)];
  const rate = confirmedPerSecond(seen);
  const oldest = channel.oldestPendingSeconds ?? 0;
  const byCode = refused.map(({ code, levels }) => `${code} ${quantity(levels)}`).join(", ");
  const most = Math.max(...seen.map(({ pending }) => pending));
  const longest = Math.max(...seen.map(({ oldestPendingSeconds }) => oldestPendingSeconds));
  const x = seen.map(({ at }) => at);
  return html`${tiles([
    { id: "pending", label: "Waiting", value: quantity(channel.pending), unit: "levels" },
    { id: "oldest", label: "Waits longest", value: quantity(Math.round(oldest)), unit: "s" },
    {
      id: "rate",
      label: "Confirmed",
      value: rate === undefined ? "–" : quantity(Number(rate.toFixed(1))),
      unit: "a second",
    },
    {
      ...{ id: "refused", label: "Set aside", value: quantity(channel.problems), note: byCode },
      mood: channel.problems > 0 ? "bad" : "plain",
    },
    {
      ...{ id: "unknown", label: "Outcome unknown", value: quantity(channel.unknown) },
      mood: channel.unknown > 0 ? "bad" : "plain",
    },
  ])}
<section aria-labelledby="lag-title"><h2 id="lag-title">How far behind</h2>
<p class="soft">As this board has seen it since it started, six hours at most.</p>
<div class="plots">
${plot({
  ...{ id: "plot-pending", title: "Levels that wait", kind: "step", unit: "levels", zone, x },
  series: [{ label: "waiting", values: seen.map(({ pending }) => pending) }],
  summary: `${plural(channel.pending, "level")} wait now, ${quantity(most)} at most.`,
})}
${plot({
  ...{ id: "plot-oldest", title: "What waits longest", kind: "step", unit: "seconds", zone, x },
  series: [{ label: "waits longest", values: seen.map(({ oldestPendingSeconds: s }) => Math.round(s)), tone: "wait" }],
  summary: `${plural(Math.round(oldest), "second")} now, ${quantity(Math.round(longest))} at most.`,
})}
</div></section>`;
}
