// "Explain this number": the sum that makes a level, line by line, the corrections that it had, and the ledger under it.
import {
  type Explanation,
  explanationWords,
  type LedgerEntry,
  type LevelPlace,
  type listLedger,
} from "@inventory-sync/operator";
import { writeCursor } from "../../asked.ts";
import { change, type Html, html, plural, quantity, signed } from "../../ui/html.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { address, csvLink } from "../../ui/paging.ts";
import { empty, state } from "../../ui/pieces.ts";
import { type ColumnOf, tableOf } from "../../ui/table.ts";
import { eventHref, idPart, productHref } from "./links.ts";

/** The sum. */
export function explainedSection(explained: Explanation, { time }: PageContext): Html {
  const { onHand } = explained;
  const { sum, verdict, absorbed, shipments } = explanationWords<Html>(explained, {
    text: html,
    time,
    quantity,
    signed,
    file: (name, resetId) => (resetId === null ? html`${name}` : html`<a href="/resets/${resetId}">${name}</a>`),
  });
  return html`<section id="explained" class="explained" aria-labelledby="explained-title">
<h2 id="explained-title">Why it is ${quantity(onHand)}</h2>
<div class="scroll"><table class="sum">
<thead><tr><th scope="col" class="number">Units</th><th scope="col">Because</th></tr></thead>
<tbody>${sum.map(({ what, amount, because }) => html`<tr><th scope="row" class="number">${amount}</th><td>${what === "remainder" ? html`<span class="bad">${because}</span>` : because}</td></tr>`)}
${sum.length === 0 && html`<tr><th scope="row" class="number">0</th><td>Nothing has counted it and nothing has moved it.</td></tr>`}</tbody>
<tfoot><tr><th scope="row" class="number">${onHand < 0 ? `−${quantity(-onHand)}` : quantity(onHand)}</th><td><strong>on hand now</strong>${onHand < 0 && html` <span class="bad">below zero: more was sold than was counted</span>`}</td></tr></tfoot>
</table></div>
<p>${verdict.map((each) => html`${each} `)}</p>
${absorbed.map(({ amount, because }) => html`<p class="absorbed">${state("absorbed", "wait")} ${amount} ${because}. It came late, but is in the count already, so it changed nothing.</p>`)}
${
  shipments.length > 0 &&
  html`<details id="pending"><summary>${plural(shipments.length, "shipment")} that the POS's counts do not have</summary>
<ul>${shipments.map(({ amount, because }) => html`<li>${amount} ${because}</li>`)}</ul></details>`
}
</section>`;
}

/** The corrections that it had. */
export function pastSection({ corrections }: Explanation, { time }: PageContext): Html {
  return html`<section id="past" aria-labelledby="past-title">
<h2 id="past-title">Corrections</h2>
${tableOf({
  caption: "The latest corrections of this product, newest first",
  items: corrections,
  key: (each) => `past-${each.resetId}`,
  columns: [
    { title: "File", wraps: true, cell: (each) => html`<a href="/resets/${each.resetId}">${each.file}</a>` },
    {
      title: "State",
      cell: ({ state: word, decidedBy }) =>
        html`${state(word)}${decidedBy !== null && html` <span class="soft">by ${decidedBy}</span>`}`,
    },
    { title: "Counted at", cell: (each) => time(each.asOf) },
    { title: "Before", number: true, cell: (each) => quantity(each.before) },
    { title: "Counted", number: true, cell: (each) => quantity(each.counted) },
    { title: "Sold since", number: true, cell: (each) => signed(each.lateSales) },
    { title: "Shipped", number: true, cell: (each) => signed(each.shipments) },
    { title: "After", number: true, cell: (each) => quantity(each.after) },
    { title: "Change", number: true, brief: true, cell: (each) => change(each.after - each.before) },
  ],
  empty: empty("It was never corrected.", "Each count so far agreed with the ledger, or none has come."),
})}</section>`;
}

/** The section with a page of the ledger. */
export function ledgerSection(
  place: LevelPlace,
  { items, next, isFirst }: Awaited<ReturnType<typeof listLedger>> & { readonly isFirst: boolean },
  { time }: PageContext,
): Html {
  const path = productHref(place);
  return html`<section id="ledger" aria-labelledby="ledger-title">
<h2 id="ledger-title">Ledger${!isFirst && " (older)"}</h2>
${tableOf({
  caption: "Movements, newest first, in the order in which they were recorded",
  items,
  key: ({ eventId, line }) => `movement-${idPart(eventId)}-${line}`,
  columns: [
    { title: "What", cell: whatCell },
    ...movedColumns("Effect"),
    { title: "On hand after", number: true, cell: (each) => quantity(each.onHandAfter) },
    { title: "Occurred", cell: (each) => time(each.occurredAt) },
    { title: "Recorded", cell: (each) => time(each.recordedAt) },
    { title: "Event", wraps: true, cell: (each) => eventCell(place.facilityId, each) },
  ],
  empty: empty("No movement yet.", "It was counted, and nothing was on hand before or since."),
})}
<nav class="pager" aria-label="Pages of the ledger">${!isFirst && html`<a href="${path}#ledger">← Newest</a>`}
${next && html`<a href="${address(path, { cursor: writeCursor(next) })}#ledger" rel="next">Older movements →</a>`}</nav>
${csvLink(`${path.replace("/facilities/", "/api/facilities/").replace("/products/", "/inventory/")}/ledger.csv`)}
</section>`;
}

/** The columns that say how much a movement is, and how much of it took effect: nothing where a count had it already. */
export function movedColumns(
  effect: string,
): readonly ColumnOf<Pick<LedgerEntry, "absorbed" | "quantity" | "effect">>[] {
  return [
    {
      title: "Quantity",
      number: true,
      cell: (each) => (each.absorbed ? html`<s>${signed(each.quantity)}</s>` : signed(each.quantity)),
    },
    {
      title: effect,
      number: true,
      cell: (each) => (each.absorbed ? html`<span class="soft">0</span>` : change(each.effect)),
    },
  ];
}

function whatCell({ type, absorbed, resetId }: LedgerEntry): Html {
  const by =
    absorbed && resetId !== null && html` <span class="soft">by <a href="/resets/${resetId}">this count</a></span>`;
  return html`${type.replaceAll("-", " ")}${absorbed && html`<br>${state("absorbed", "wait")}${by}`}`;
}

function eventCell(facilityId: string, { type, eventId, resetId }: LedgerEntry): Html | null {
  if (type === "merge") return html`<span class="soft">two names made one, or two</span>`;
  if (type !== "correction" && type !== "revert")
    return html`<a href="${eventHref({ facilityId, eventId })}">${eventId}</a>`;
  return resetId === null ? null : html`<a href="/resets/${resetId}">reset</a>`;
}
