// What each channel believes of one level, on the product's page.
import type { LevelInChannel } from "@inventory-sync/operator";
import { type Html, html } from "../../ui/html.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { empty } from "../../ui/pieces.ts";
import { tableOf } from "../../ui/table.ts";
import { quantity } from "../../ui/words.ts";

/** The section; nothing where no channel is told of the store. */
export function channelsSection(channels: readonly LevelInChannel[], context: PageContext): Html | null {
  if (channels.length === 0) return null;
  return html`<section aria-labelledby="in-channels"><h2 id="in-channels">In the channels</h2>
${tableOf({
  caption: "What each channel was told of this level",
  items: channels,
  key: ({ channel }) => `in-channel-${channel}`,
  columns: [
    {
      title: "Channel",
      cell: ({ channel }) => html`<a href="/channels/${encodeURIComponent(channel)}">${channel}</a>`,
    },
    { title: "On hand as told", number: true, brief: true, cell: told },
    { title: "Told", cell: ({ toldAt }) => context.time(toldAt) },
    { title: "How it stands", wraps: true, cell: standing },
  ],
  empty: empty("No channel.", "A channel that is told of this store stands here."),
})}</section>`;
}

/** What a channel was told, in a cell. */
export function told({ toldOnHand, kind }: Pick<LevelInChannel, "toldOnHand" | "kind">): string {
  if (toldOnHand !== null) return quantity(toldOnHand);
  return kind === "feed" ? "it asks" : "never";
}

/** How that stands. */
export function standing({
  code,
  message,
  isWaiting,
}: Pick<LevelInChannel, "code" | "message" | "isWaiting">): string | Html {
  if (code !== null) return html`<strong>${code}</strong><br>${message}`;
  return isWaiting ? "has changed since, and is told next" : "as it is here";
}
