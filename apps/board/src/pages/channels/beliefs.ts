// What the channels believe of a product: of one level on the product's page, of all stores in the search of the page Channels.
import type { LevelInChannel, LevelOfChannel, ProductInChannels } from "@inventory-sync/operator";
import { type Html, html, quantity } from "../../ui/html.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { searchBox } from "../../ui/paging.ts";
import { empty } from "../../ui/pieces.ts";
import { type ColumnOf, tableOf } from "../../ui/table.ts";
import { channelHref, idPart, productHref, storeColumn } from "../stock/links.ts";

/** The section about one level; nothing where no channel is told of the store. */
export function channelsSection(channels: readonly LevelInChannel[], context: PageContext): Html | null {
  if (channels.length === 0) return null;
  const { channel, told, at, stands } = columns(context);
  return html`<section aria-labelledby="in-channels"><h2 id="in-channels">In the channels</h2>
${tableOf({
  caption: "What each channel was told of this level",
  items: channels,
  key: (each) => `in-channel-${each.channel}`,
  columns: [channel, told, at, stands],
})}</section>`;
}

/** The box to search with, and what was found with it. @param products undefined where nothing is looked for */
export function foundInChannels(
  text: string,
  products: readonly ProductInChannels[] | undefined,
  context: PageContext,
): Html {
  const label = "What does each channel believe of a product? Its SKU, UPC or any other id";
  return html`<section aria-label="One product">
${searchBox({ action: "/channels", name: "product", value: text, label })}
${products?.length === 0 && empty(`No product has “${text}” in one of its ids.`, "A part of an id is enough.")}
${products?.map((product) => beliefs(product, context))}
</section>`;
}

function beliefs({ idType, idValue, matched, levels }: ProductInChannels, context: PageContext): Html {
  const own = `${idType} ${idValue}`;
  const { channel, told, at, stands } = columns(context);
  const here: ColumnOf<LevelOfChannel> = {
    title: "On hand here",
    number: true,
    cell: ({ facilityId, onHand }) =>
      html`<a href="${productHref({ facilityId, idType, idValue })}">${quantity(onHand)}</a>`,
  };
  return html`<h2>${idValue} <span class="soft">${idType}${matched !== own && ` · found as ${matched}`}</span></h2>
${tableOf({
  caption: `What each channel was told of ${own}`,
  items: levels,
  key: (each) => `believes-${each.channel}-${idPart(each.facilityId)}-${idPart(idValue)}`,
  columns: [channel, storeColumn, told, here, at, stands],
  empty: empty("No channel is told of it.", "No store that a channel is told of has ever had it."),
})}`;
}

type Belief = Pick<LevelInChannel & LevelOfChannel, keyof LevelInChannel & keyof LevelOfChannel>;

function columns({ time }: PageContext) {
  return {
    channel: { title: "Channel", cell: (of) => html`<a href="${channelHref(of.channel)}">${of.channel}</a>` },
    told: {
      title: "On hand as told",
      number: true,
      brief: true,
      cell: ({ toldOnHand, kind }) =>
        toldOnHand !== null ? quantity(toldOnHand) : kind === "feed" ? "it asks" : "never",
    },
    at: { title: "Told", cell: ({ toldAt }) => time(toldAt) },
    stands: {
      title: "How it stands",
      wraps: true,
      cell({ code, message, isWaiting }) {
        if (code !== null) return html`<strong>${code}</strong><br>${message}`;
        return isWaiting ? "has changed since, and is told next" : "as it is here";
      },
    },
  } satisfies Record<string, ColumnOf<Belief>>;
}
