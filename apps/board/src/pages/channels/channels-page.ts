// GET /channels: the systems that are told levels, how each stands in a sentence, and what may be done to it.
import {
  type ChannelSeen,
  channelActions,
  channelSentence,
  channelsFileNow,
  channelsNow,
  findInChannels,
} from "@inventory-sync/operator";
import { textQuery } from "../../endpoint.ts";
import { post } from "../../ui/dialog.ts";
import { type Html, html, quantity } from "../../ui/html.ts";
import { type PageTopic, page } from "../../ui/page.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { askedText } from "../../ui/paging.ts";
import { empty, type Mood, progress, state } from "../../ui/pieces.ts";
import { tableOf } from "../../ui/table.ts";
import { channelHref } from "../stock/links.ts";
import { foundInChannels } from "./beliefs.ts";

/** What the live pages of channels listen to. Ages grow by themselves, so they are left out. */
export const channelsTopic: PageTopic = {
  name: "channels",
  async read({ database }) {
    const channels = (await channelsNow(database)).map(({ oldestPendingSeconds: _, ...seen }) => seen);
    return { channels, fault: await channelsFileNow(database) };
  },
};

export const showChannels = page({
  path: "/channels",
  nav: "channels",
  topic: channelsTopic,
  summary: "The channels, for people",
  query: [textQuery("product", "An id of a product, or a part of one")],
  async show(parts, context, request) {
    const text = askedText(request, "product");
    const [channels, fault, found] = await Promise.all([
      channelsNow(parts.database),
      channelsFileNow(parts.database),
      text === "" ? undefined : findInChannels(parts.database, text),
    ]);
    const main = html`<h1>Channels</h1>
<p class="soft">The systems that sell from this stock. Each is told every level that changes, the newest value only.</p>
${fault !== null && html`<p class="lead">${state("fault", "bad")} ${fault}</p>`}
${channelTable(channels, context)}
${foundInChannels(text, found, context)}`;
    return { title: "Channels", main };
  },
});

function channelTable(channels: readonly ChannelSeen[], context: PageContext): Html {
  return tableOf({
    caption: "Channels",
    items: channels,
    key: ({ name }) => `channel-${name}`,
    columns: [
      {
        title: "Channel",
        cell: ({ name, kind }) => html`<a href="${channelHref(name)}">${name}</a> <span class="soft">${kind}</span>`,
      },
      { title: "State", brief: true, cell: channelBadge },
      { title: "How it stands", wraps: true, cell: channelWords },
      { title: "Waiting", number: true, cell: ({ pending }) => quantity(pending) },
      { title: "Set aside", number: true, cell: ({ problems }) => quantity(problems) },
      { title: "Told in all", number: true, cell: ({ published }) => quantity(published) },
      { title: "Last told", cell: ({ lastPublishedAt }) => context.time(lastPublishedAt) },
    ],
    empty: empty(
      "No channel yet.",
      html`A web shop, an OMS or a marketplace stands here once it is in the file of CHANNELS_FILE. It is told all levels once, and then each change within seconds.`,
    ),
  });
}

const MOODS: Readonly<Record<ChannelSeen["state"], Mood>> = {
  live: "good",
  shadow: "plain",
  off: "plain",
  paused: "wait",
  failing: "bad",
  disabled: "bad",
};

/** A channel's state as a badge. */
export function channelBadge({ state: word }: Pick<ChannelSeen, "state">): Html {
  return state(word, MOODS[word]);
}

/** How a channel stands, with the progress of what is under way. */
export function channelWords(channel: ChannelSeen): Html {
  const { run } = channel;
  const label = run?.kind === "map" ? "things of its map" : `levels, ${run?.kind}`;
  const under = run && html`<br>${progress({ done: run.done, of: Math.max(run.done, run.total), label })}`;
  return html`${channelSentence(channel)}${under}`;
}

/** The buttons of a channel, for those who may act. */
export function channelButtons(
  { name, state: now, problems, kind, compared, map }: ChannelSeen,
  { mayAct }: PageContext,
): Html | null {
  if (!mayAct || now === "off") return null;
  const button = (word: "pause" | "resume" | "resync" | "compare" | "map" | "again", text: string, done: string) =>
    post({ id: `${word}-${name}`, post: `/api${channelHref(name)}/${word}`, text, done });
  const isStopped = now === "paused" || now === "disabled" || now === "failing";
  return html`<div class="acts">
${isStopped && button("resume", now === "failing" ? "Try now" : "Resume", "It goes on.")}
${now !== "paused" && kind !== "feed" && button("pause", "Pause", "It is paused.")}
${kind !== "feed" && button("resync", "Tell all levels again", "The resync is begun.")}
${compared !== null && button("compare", "Compare", "The compare is begun.")}
${map !== null && button("map", "Read its map anew", "The map is read.")}
${problems > 0 && button("again", "Try what is set aside again", "It is tried again.")}
</div>
<p class="soft">${channelActions.pause.says} ${channelActions.resync.says}</p>`;
}
