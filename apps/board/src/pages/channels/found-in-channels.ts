// The search of the page Channels: one product, and what each channel believes of it.
import type { LevelOfChannel, ProductInChannels } from "@inventory-sync/operator";
import { type Html, html } from "../../ui/html.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { searchBox } from "../../ui/paging.ts";
import { empty } from "../../ui/pieces.ts";
import { tableOf } from "../../ui/table.ts";
import { quantity } from "../../ui/words.ts";
import { standing, told } from "../stock/in-channels.ts";
import { facilityHref, idPart, productHref } from "../stock/links.ts";

/** The box, and what was found with it. @param products undefined where nothing is looked for */
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
  return html`<h2>${idValue} <span class="soft">${idType}${matched !== own && ` · found as ${matched}`}</span></h2>
${tableOf<LevelOfChannel>({
  caption: `What each channel was told of ${own}`,
  items: levels,
  key: ({ channel, facilityId }) => `believes-${channel}-${idPart(facilityId)}-${idPart(idValue)}`,
  columns: [
    {
      title: "Channel",
      cell: ({ channel }) => html`<a href="/channels/${encodeURIComponent(channel)}">${channel}</a>`,
    },
    { title: "Store", cell: ({ facilityId }) => html`<a href="${facilityHref(facilityId)}">${facilityId}</a>` },
    { title: "On hand as told", number: true, brief: true, cell: told },
    {
      title: "On hand here",
      number: true,
      cell: ({ facilityId, onHand }) =>
        html`<a href="${productHref({ facilityId, idType, idValue })}">${quantity(onHand)}</a>`,
    },
    { title: "Told", cell: ({ toldAt }) => context.time(toldAt) },
    { title: "How it stands", wraps: true, cell: standing },
  ],
  empty: empty("No channel is told of it.", "No store that a channel is told of has ever had it."),
})}`;
}
