// GET /find: products by any of their ids; of the one that is meant, where it stands.
import { type FoundProduct, findProducts, levelsOfProduct, type ProductLevels } from "@inventory-sync/db";
import type { Endpoint } from "../../endpoint.ts";
import { type Html, html } from "../../html.ts";
import { sendPage } from "../../layout.ts";
import { empty } from "../frame/empty.ts";
import { plural, quantity } from "../frame/figures.ts";
import { frame } from "../frame/frame.ts";
import { type Look, lookOf } from "../frame/look.ts";
import { table } from "../frame/table.ts";
import { address, askedText } from "../paging.ts";
import { findBox } from "./find-box.ts";
import { facilityHref, idPart, productHref } from "./links.ts";
import { onHandCell } from "./on-hand.ts";

const PRODUCTS_SHOWN = 50;
const FACILITIES_SHOWN = 500;

/** GET /find */
export const findPage: Endpoint = {
  method: "get",
  path: "/find",
  access: "viewer",
  summary: "Products by any of their ids and where they stand, for people",
  query: [{ name: "q", description: "An id of the product, or a part of one", schema: { type: "string" } }],
  answers: { 200: { description: "The page", type: "text/html" } },
  async handle(parts, request, response) {
    const text = askedText(request, "q");
    const look = await lookOf(parts, request, response);
    const found = text === "" ? [] : await findProducts(parts.database, { text, limit: PRODUCTS_SHOWN + 1 });
    const exact = found.filter((product) => product.isExact);
    const [only] = exact.length === 1 ? exact : found.length === 1 ? found : [];
    const levels = only && (await levelsOfProduct(parts.database, { product: only.product, limit: FACILITIES_SHOWN }));
    const others = found.filter((product) => product !== only).slice(0, PRODUCTS_SHOWN);
    const main = html`<h1>Find a product</h1>
${findBox(text)}
${text === "" && empty("Which product?", "Any of its ids finds it: SKU, UPC, EAN, ALU, or a part of one. The result says where it stands, and its history is one click away.")}
${text !== "" && found.length === 0 && empty(`No product has “${text}” in one of its ids.`, "A product becomes known with its first sale, its first count, or when the catalogue is imported.")}
${only && levels && stands(only, levels, look)}
${others.length > 0 && otherProducts(others, { isRest: only !== undefined, hasMore: found.length > PRODUCTS_SHOWN })}`;
    sendPage(response, 200, frame({ title: "Find a product", nav: "facilities", look }, main));
  },
};

function stands(product: FoundProduct, { facilities, units, levels }: ProductLevels, look: Look): Html {
  const { idType, idValue, matched } = product;
  const own = `${idType} ${idValue}`;
  return html`<section aria-labelledby="stands">
<h2 id="stands">${idValue} <span class="soft">${idType}${matched !== own && ` · found as ${matched}`}</span></h2>
${facilities > 0 && html`<p>${quantity(units)} on hand at ${plural(facilities, "facility", "facilities")}${facilities > levels.length && `, the first ${quantity(levels.length)} of them below`}.</p>`}
${table({
  caption: `Where ${own} stands`,
  columns: [
    { title: "Facility" },
    { title: "On hand", number: true },
    { title: "Last counted" },
    { title: "Last change" },
    { title: "History" },
  ],
  rows: levels.map(({ facilityId, onHand, asOf, updatedAt }) => ({
    key: `level-${idPart(facilityId)}`,
    cells: [
      html`<a href="${facilityHref(facilityId)}">${facilityId}</a>`,
      onHandCell(onHand),
      asOf === null ? html`<span class="soft">never</span>` : look.time(asOf),
      look.time(updatedAt),
      html`<a href="${productHref({ facilityId, idType, idValue })}" aria-label="History of ${own} at ${facilityId}">History</a>`,
    ],
  })),
  empty: empty(
    "No facility has ever had it.",
    "It is in the catalogue; neither a movement nor a count of it has come.",
  ),
})}</section>`;
}

function otherProducts(found: readonly FoundProduct[], of: { isRest: boolean; hasMore: boolean }): Html {
  return html`<h2>${of.isRest ? "Others with this in an id" : "Which of these?"}</h2>
${table({
  caption: "Products found",
  columns: [{ title: "Product", wraps: true }, { title: "Type" }, { title: "Found as", wraps: true }],
  rows: found.map(({ product, idType, idValue, matched }) => ({
    key: `product-${product}`,
    cells: [
      html`<a href="${address("/find", { q: idValue })}">${idValue}</a>`,
      idType,
      matched === `${idType} ${idValue}` ? html`<span class="soft">–</span>` : matched,
    ],
  })),
  empty: html``,
})}
${of.hasMore && html`<p class="soft">There are more. Write more of the id.</p>`}`;
}
