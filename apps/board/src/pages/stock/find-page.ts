// GET /find: anything by its id: products and where they stand, facilities, events, resets by their file, failed jobs. What is alone
// and meant exactly is shown at once.
import {
  type Found,
  type FoundProduct,
  find,
  type Level,
  levelsOfProduct,
  type ProductLevels,
} from "@inventory-sync/operator";
import { type Endpoint, textQuery } from "../../endpoint.ts";
import { confirm } from "../../ui/dialog.ts";
import { type Html, html, plural, quantity } from "../../ui/html.ts";
import { page } from "../../ui/page.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { address, askedText, searchBox } from "../../ui/paging.ts";
import { dash, empty } from "../../ui/pieces.ts";
import { type ColumnOf, tableOf } from "../../ui/table.ts";
import { foundElsewhere } from "./found-elsewhere.ts";
import { addButton } from "./known.ts";
import { eventHref, facilityHref, idPart, productHref, storeColumn } from "./links.ts";

const SHOWN_OF_KIND = 50;
const FACILITIES_SHOWN = 500;

export const findPage = page({
  path: "/find",
  nav: "find",
  summary: "Products and where they stand, facilities, events, resets and failed jobs by their ids, for people",
  query: [textQuery("q", "An id, or a part of one")],
  answers: {
    302: { description: "To the page of what was found, where that is one thing", type: "text/html" },
  },
  async show(parts, context, request) {
    const text = askedText(request, "q");
    const found = text === "" ? undefined : await find(parts, { text, limit: SHOWN_OF_KIND + 1 });
    const only = found && theOnly(found);
    if (only !== undefined) return { href: only };
    const main = html`<h1>Find</h1>
${findBox(text, text === "")}
${
  found
    ? await foundSections(parts, { found, text }, context)
    : html`${empty("What are you looking for?", "A product by its SKU, UPC, EAN or any other id, a store, a receipt or any other event by its id, a file or a reset, a failed job. A part of the id is enough, but for events.")}
${context.mayAct && html`<div class="acts">${addButton()}${addProductButton("")}</div>`}`
}`;
    return { title: "Find", main };
  },
});

/** The page of what was meant exactly, where no product was; undefined where there is none, or more than one. */
function theOnly({ products, facilities, events, resets }: Found): string | undefined {
  if (products.length > 0) return undefined;
  const [event, ...moreEvents] = events;
  const stores = facilities.filter(({ isExact }) => isExact);
  const [store] = stores.length > 0 ? stores : facilities;
  const isOneStore = stores.length === 1 || facilities.length === 1;
  if (event) return moreEvents.length === 0 && !store ? eventHref(event) : undefined;
  if (store) return isOneStore ? facilityHref(store.facilityId) : undefined;
  const [reset, ...moreResets] = resets;
  return reset && moreResets.length === 0 ? `/resets/${reset.id}` : undefined;
}

async function foundSections(
  { database }: Parameters<Endpoint["handle"]>[0],
  { found, text }: { readonly found: Found; readonly text: string },
  context: PageContext,
): Promise<Html> {
  const { products } = found;
  const exact = products.filter((product) => product.isExact);
  const [only] = exact.length === 1 ? exact : products.length === 1 ? products : [];
  const levels = only && (await levelsOfProduct(database, { product: only.product, limit: FACILITIES_SHOWN }));
  const others = products.filter((product) => product !== only).slice(0, SHOWN_OF_KIND);
  const elsewhere = foundElsewhere(found, context);
  return html`${elsewhere.length === 0 && products.length === 0 && nothingFound(text, context)}
${only && levels && stands(only, levels, context)}
${others.length > 0 && otherProducts(others, { isRest: only !== undefined, hasMore: products.length > SHOWN_OF_KIND })}
${elsewhere}`;
}

function nothingFound(text: string, { mayAct }: PageContext): Html {
  return html`${empty(`Nothing has “${text}” in one of its ids.`, "A product becomes known when it is added, when the catalogue is imported, or, where UNKNOWN_PRODUCT is create, with its first sale or count; a receipt once it was sent and booked, or when its job has failed.")}
${mayAct && html`<div class="acts">${addProductButton(text)}</div>`}`;
}

/** Makes a product known under an id. @param text the id that was looked for, or empty */
function addProductButton(text: string): Html {
  return confirm({
    id: "add-product",
    post: "/api/products",
    text: text === "" ? "Add a product" : "Add this product",
    done: "The product is known. What failed for it can be retried under Failed jobs.",
    title: "Add a product",
    says: html`<label for="add-product-type">Kind of id</label>
<input id="add-product-type" name="idType" type="text" value="SKU" autocomplete="off" spellcheck="false">
<label for="add-product-value">Id</label>
<input id="add-product-value" name="idValue" type="text" value="${text}" autocomplete="off" spellcheck="false">
<p>Sales and counts that name it are taken from then on. Its other ids are added with <code>ops products add</code>.</p>`,
    verb: "Add",
  });
}

/** A box that finds anything by its id. */
export function findBox(value = "", isFirst = false): Html {
  const label = "Find a product, store, receipt, file or job by its id";
  return searchBox({ action: "/find", name: "q", value, label, isFirst });
}

/** The columns that say how a level is. Below zero says so in a word as well. */
export function levelColumns({ time }: PageContext): ColumnOf<Pick<Level, "onHand" | "asOf" | "updatedAt">>[] {
  return [
    {
      title: "On hand",
      number: true,
      brief: true,
      cell: ({ onHand }) =>
        onHand >= 0
          ? html`<strong>${quantity(onHand)}</strong>`
          : html`<strong class="bad" title="below zero">−${quantity(-onHand)}</strong>`,
    },
    { title: "Last counted", cell: ({ asOf }) => (asOf === null ? html`<span class="soft">never</span>` : time(asOf)) },
    { title: "Last change", cell: ({ updatedAt }) => time(updatedAt) },
  ];
}

function stands(product: FoundProduct, { facilities, units, levels }: ProductLevels, context: PageContext): Html {
  const { idType, idValue, matched } = product;
  const own = `${idType} ${idValue}`;
  return html`<section aria-labelledby="stands">
<h2 id="stands">${idValue} <span class="soft">${idType}${matched !== own && ` · found as ${matched}`}</span></h2>
${facilities > 0 && html`<p>${quantity(units)} on hand at ${plural(facilities, "store")}${facilities > levels.length && `, the first ${quantity(levels.length)} of them below`}.</p>`}
${tableOf({
  caption: `Where ${own} stands`,
  items: levels,
  key: ({ facilityId }) => `level-${idPart(facilityId)}`,
  columns: [
    storeColumn,
    ...levelColumns(context),
    {
      title: "History",
      cell: ({ facilityId }) =>
        html`<a href="${productHref({ facilityId, idType, idValue })}" aria-label="History of ${own} at ${facilityId}">History</a>`,
    },
  ],
  empty: empty("No store has ever had it.", "It is in the catalogue; neither a movement nor a count of it has come."),
})}</section>`;
}

function otherProducts(found: readonly FoundProduct[], of: { isRest: boolean; hasMore: boolean }): Html {
  return html`<h2>${of.isRest ? "Other products with this in an id" : "Which product?"}</h2>
${tableOf({
  caption: "Products found",
  items: found,
  key: ({ product }) => `product-${product}`,
  columns: [
    {
      title: "Product",
      wraps: true,
      cell: ({ idValue }) => html`<a href="${address("/find", { q: idValue })}">${idValue}</a>`,
    },
    { title: "Type", cell: ({ idType }) => idType },
    {
      title: "Found as",
      wraps: true,
      cell: ({ idType, idValue, matched }) => (matched === `${idType} ${idValue}` ? dash : matched),
    },
  ],
})}
${of.hasMore && html`<p class="soft">There are more. Write more of the id.</p>`}`;
}
