// GET /names: names that do not meet, side by side with their likely partner, and what sells and is in no count.
import { type NamedKind, type PairName, pairNameText } from "@inventory-sync/domain";
import {
  acknowledging,
  mergingNames,
  type NamePairRecord,
  type NamesFound,
  readNames,
  sayingDiffer,
} from "@inventory-sync/operator";
import { confirm, post } from "../../ui/dialog.ts";
import { type Html, html, plural, quantity } from "../../ui/html.ts";
import { page } from "../../ui/page.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { empty, message } from "../../ui/pieces.ts";
import { tableOf } from "../../ui/table.ts";
import { facilityHref, idPart, productHref } from "./links.ts";

const SHOWN = 50;
const wanted = { limit: SHOWN, timeZone: "UTC" } as const;

export const showNames = page({
  path: "/names",
  nav: "names",
  topic: {
    name: "names",
    read: async ({ database }) => [
      await readNames(database, { ...wanted, state: "open" }),
      await readNames(database, { ...wanted, state: "differ" }),
    ],
  },
  summary: "Names that do not meet, side by side with their likely partner, for people",
  async show(parts, context) {
    const [open, differ] = await Promise.all([
      readNames(parts.database, { ...wanted, state: "open" }),
      readNames(parts.database, { ...wanted, state: "differ" }),
    ]);
    const main = html`<h1>Names</h1>
<p class="soft">A store or a product may have one name at the till and another in the count. Then one falls below zero and the other never falls. ${lookedAt(open, context)}</p>
<h2 id="pairs">May be one</h2>
${pairsTable(open, context)}
${alone(open, context)}
${differ.items.length > 0 && html`<h2 id="differ">Said to differ</h2>${differTable(differ, context)}`}`;
    return { title: "Names", main };
  },
});

function lookedAt({ lookedAt: at }: NamesFound, { time }: PageContext): Html {
  return at === null ? html`They have not been looked at yet.` : html`Last looked at ${time(at)}.`;
}

function pairsTable({ items, matching }: NamesFound, context: PageContext): Html {
  return html`${tableOf({
    caption: "Names that may be one",
    items,
    key: (pair) => `pair-${partOf(pair)}`,
    columns: [
      { title: "Sells, or is missing", wraps: true, cell: ({ a }) => linkTo(a) },
      { title: "Counted", wraps: true, cell: ({ b }) => linkTo(b) },
      { title: "What is so", wraps: true, cell: ({ text }) => message(text, context) },
      { title: "Since", cell: ({ firstSeen }) => context.time(firstSeen) },
      {
        title: "Act",
        cell: (pair) =>
          context.mayAct
            ? html`<div class="acts">${mergeButton(pair)} ${differButton(pair)}</div>`
            : html`<span class="soft">for operators</span>`,
      },
    ],
    empty: empty(
      "Every name that sells is counted, or has no likely partner.",
      "A pair stands here when one name sells and was never counted, and one like it is counted and sells nothing; or when the newest counts have one in place of another, of a like name or with the same counts.",
    ),
  })}
${matching > items.length && html`<p class="soft">The first ${quantity(items.length)} of ${quantity(matching)}.</p>`}`;
}

/** Makes the two one: the name that is counted stays, for that is the one that the files know. */
function mergeButton(pair: NamePairRecord): Html {
  const { kind, a: from, b: into } = pair;
  const id = `merge-${partOf(pair)}`;
  return confirm({
    ...{ id, post: "/api/names/merge", body: { kind, from, into }, text: "They are one" },
    ...{ main: true, done: "They are one. It can be undone." },
    title: `Make ${mergingNames.target({ from, into })}?`,
    says: html`<p>${pair.text}</p><p>${mergingNames.says}</p>
<label for="${id}-reason">Why they are one, for the audit log</label>
<input id="${id}-reason" name="reason" type="text" required maxlength="${acknowledging.noteCharactersMax}" autocomplete="off">`,
    verb: "They are one",
  });
}

function differButton(pair: NamePairRecord): Html {
  const id = `differ-${partOf(pair)}`;
  return confirm({
    id,
    post: "/api/names/differ",
    body: { kind: pair.kind, a: pair.a, b: pair.b },
    text: "They differ",
    done: "Noted. They are told of no more.",
    title: `${sayingDiffer.target(pair).replace(/^./u, (first) => first.toUpperCase())} differ?`,
    says: html`<label for="${id}-reason">Why (optional, for the audit log)</label>
<input id="${id}-reason" name="reason" type="text" maxlength="${acknowledging.noteCharactersMax}" autocomplete="off">
<p>${sayingDiffer.says}</p>`,
    verb: "They differ",
  });
}

function differTable({ items }: NamesFound, context: PageContext): Html {
  return tableOf({
    caption: "Names that are said to differ",
    items,
    key: (pair) => `said-${partOf(pair)}`,
    columns: [
      { title: "One", wraps: true, cell: ({ a }) => linkTo(a) },
      { title: "The other", wraps: true, cell: ({ b }) => linkTo(b) },
      {
        title: "Said",
        wraps: true,
        cell: ({ differ }) =>
          differ && html`${differ.by}, ${context.time(differ.at)}${differ.reason && html`: ${differ.reason}`}`,
      },
      {
        title: "Act",
        cell: (pair) => (context.mayAct ? takeBack(pair) : html`<span class="soft">for operators</span>`),
      },
    ],
  });
}

function takeBack(pair: NamePairRecord): Html {
  const { kind, a, b } = pair;
  const body = { kind, a, b, differ: false };
  return post({ id: `back-${partOf(pair)}`, post: "/api/names/differ", body, text: "Take back", done: "Taken back." });
}

/** What sells, is in no count, and has no likely partner: nothing may be wrong, and so nobody is alarmed. */
function alone({ unmatched: { facilities, products, productCount } }: NamesFound, context: PageContext): Html | null {
  if (facilities.length + products.length === 0) return null;
  const stores = tableOf({
    caption: "Stores that sell and were never counted",
    items: facilities,
    key: ({ facilityId }) => `alone-${idPart(facilityId)}`,
    columns: [
      { title: "Store", wraps: true, cell: ({ facilityId }) => linkTo({ facilityId }) },
      { title: "Units sold", number: true, cell: ({ units }) => quantity(units) },
      { title: "Since", cell: ({ since }) => context.time(since) },
    ],
  });
  const items = tableOf({
    caption: "Products that sell and were never counted",
    items: products,
    key: ({ idType, idValue }) => `alone-${idPart(`${idType} ${idValue}`)}`,
    columns: [
      {
        title: "Product",
        wraps: true,
        cell: ({ facilityId, idType, idValue }) =>
          html`<a href="${productHref({ facilityId, idType, idValue })}">${idType} ${idValue}</a>`,
      },
      { title: "Units sold", number: true, cell: ({ units }) => quantity(units) },
      { title: "Stores", number: true, cell: (each) => quantity(each.facilities) },
    ],
  });
  return html`<h2 id="alone">Sell and were never counted</h2>
<p class="soft">No counted name is like theirs. A new product may stand here until its first count; a store that stays here has no count at all.</p>
${facilities.length > 0 && stores}
${products.length > 0 && items}
${productCount > products.length && html`<p class="soft">The ${quantity(products.length)} with the most units of ${plural(productCount, "product")}.</p>`}`;
}

function linkTo(name: PairName): Html {
  return "facilityId" in name
    ? html`<a href="${facilityHref(name.facilityId)}">${name.facilityId}</a>`
    : html`<a href="/find?q=${encodeURIComponent(name.idValue)}">${pairNameText(name)}</a>`;
}

function partOf({ kind, a, b }: { readonly kind: NamedKind; readonly a: PairName; readonly b: PairName }): string {
  return idPart(`${kind} ${pairNameText(a)} ${pairNameText(b)}`);
}
