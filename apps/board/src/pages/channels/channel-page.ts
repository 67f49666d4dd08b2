// GET /channels/{channel}: one channel: how it stands, in words and in figures, and what it has set aside, by cause with what to do, then
// level by level.
import { channelProblemCodes, channelProblems } from "@inventory-sync/domain";
import {
  type ChannelProblemSeen,
  type ChannelSeen,
  channelFacts,
  channelNow,
  channelProblemsOf,
  countChannelProblems,
  problemPlace,
} from "@inventory-sync/operator";
import { cursorParameter, pathName, queryText, readCursor, writeCursor } from "../../asked.ts";
import { textQuery } from "../../endpoint.ts";
import { post } from "../../ui/dialog.ts";
import { type Html, html, plural, quantity } from "../../ui/html.ts";
import { page } from "../../ui/page.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { address, choices, csvLink } from "../../ui/paging.ts";
import { empty, tiles } from "../../ui/pieces.ts";
import { plot } from "../../ui/plot.ts";
import { tableOf } from "../../ui/table.ts";
import { channelHref, productColumn, storeColumn } from "../stock/links.ts";
import { channelBadge, channelButtons, channelsTopic, channelWords } from "./channels-page.ts";
import { confirmedPerSecond, type LagSeen, lagOf } from "./lag.ts";

const SHOWN = 50;

export const showChannel = page({
  path: "/channels/{channel}",
  nav: "channels",
  topic: channelsTopic,
  summary: "One channel, for people",
  query: [textQuery("code", "Only what is set aside with this code"), cursorParameter],
  async show(parts, context, request) {
    const name = pathName(request, "channel");
    const code = channelProblemCodes.find((known) => known === queryText(request, "code"));
    const after = readCursor(request, problemPlace);
    const [channel, counts, { items, next }] = await Promise.all([
      channelNow(parts.database, name),
      countChannelProblems(parts.database, name),
      channelProblemsOf(parts.database, name, { code, after, limit: SHOWN }),
    ]);
    const here = (of: string | undefined, cursor?: string) => address(channelHref(name), { code: of, cursor });
    const causes = [
      { text: "All", count: channel.problems, href: here(undefined), isChosen: code === undefined },
      ...counts.map((each) => ({
        ...{ text: each.code, count: each.levels, href: here(each.code), isChosen: each.code === code },
      })),
    ];
    const main = html`<p class="crumbs"><a href="/channels">Channels</a></p>
<h1>${name} <span class="soft">${channel.kind}</span> ${channelBadge(channel)}</h1>
<p class="lead">${channelWords(channel)}</p>
<p class="soft">${quantity(channel.published)} levels told in all${channel.lastPublishedAt !== null && html`, ${channel.kind === "feed" ? "asked for last" : "the last"} at ${context.time(channel.lastPublishedAt)}`}.
${channel.lastError !== null && html`Its target last failed at ${context.time(channel.lastErrorAt)}: ${channel.lastError}`}</p>
${channelFacts(channel).map((fact) => html`<p class="soft">${fact}</p>`)}
${channelButtons(channel, context)}
${channelFigures(channel, parts.lag.of(name), counts, context)}
<h2>Set aside</h2>
<p class="soft">These levels are not in the target as they are here. They keep nothing else waiting, and are tried again when they change.</p>
${counts.length > 0 && choices("Causes", causes)}
${code !== undefined && html`<p>${channelProblems[code]}</p>`}
${problemTable(name, items, context)}
${next !== undefined && html`<p class="after"><a href="${here(code, writeCursor(next))}">More</a></p>`}
${csvLink(address(`/api${channelHref(name)}/problems.csv`, { code }))}`;
    return { title: `Channel ${name}`, main };
  },
});

function problemTable(name: string, items: readonly ChannelProblemSeen[], context: PageContext): Html {
  return tableOf({
    caption: "Levels that are set aside",
    items,
    key: ({ facilityId, idType, idValue }) => `aside-${facilityId}-${idType}-${idValue}`,
    columns: [
      productColumn,
      storeColumn,
      {
        title: "Why",
        wraps: true,
        brief: true,
        cell: ({ code, message }) => html`<strong>${code}</strong><br>${message}`,
      },
      { title: "On hand", number: true, cell: ({ onHand }) => (onHand === null ? "–" : quantity(onHand)) },
      { title: "Told", number: true, cell: ({ toldOnHand }) => (toldOnHand === null ? "never" : quantity(toldOnHand)) },
      { title: "Since", cell: ({ since }) => context.time(since) },
      { title: "", cell: (each) => settling(name, each, context) },
    ],
    empty: empty("Nothing is set aside.", "A level that the target refuses stands here, with what to do about it."),
  });
}

/** Of a level of unknown outcome an operator says what they found in the target. */
function settling(
  name: string,
  { code, facilityId, idType, idValue }: ChannelProblemSeen,
  { mayAct }: PageContext,
): Html | null {
  if (!mayAct || code !== "UNKNOWN_OUTCOME") return null;
  const button = (outcome: "applied" | "not-applied", text: string) =>
    post({
      ...{
        id: `settle-${outcome}-${facilityId}-${idType}-${idValue}`,
        post: `/api${channelHref(name)}/settle`,
        text,
      },
      ...{ body: { facilityId, idType, idValue, outcome }, done: "It is settled." },
    });
  return html`${button("applied", "The target took it")} ${button("not-applied", "It did not")}`;
}

/** @param before what this process has seen of it, oldest first @param refused what is set aside, by code */
function channelFigures(
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
