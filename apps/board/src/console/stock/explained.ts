// "Explain this number": the sum that makes a level, line by line, and the corrections that it had.
import type { ExplainedLine, Explanation, PastCorrection } from "@inventory-sync/db";
import { type Html, html } from "../../html.ts";
import { empty } from "../frame/empty.ts";
import { plural, quantity } from "../frame/figures.ts";
import type { Look } from "../frame/look.ts";
import { state } from "../frame/state.ts";
import { table } from "../frame/table.ts";
import { change, signed } from "../resets/words.ts";

const WHAT: Readonly<Record<ExplainedLine["what"], readonly [one: string, many: string]>> = {
  counted: ["count", "counts"],
  sale: ["sale", "sales"],
  return: ["return", "returns"],
  adjustment: ["adjustment", "adjustments"],
  shipment: ["shipment of an online order", "shipments of online orders"],
  remainder: ["difference", "differences"],
};

/** The sum. */
export function explainedSection(explained: Explanation, look: Look): Html {
  const { onHand, lines, absorbed } = explained;
  return html`<section id="explained" class="explained" aria-labelledby="explained-title">
<h2 id="explained-title">Why it is ${quantity(onHand)}</h2>
<div class="scroll"><table class="sum">
<thead><tr><th scope="col" class="number">Units</th><th scope="col">Because</th></tr></thead>
<tbody>${lines.map((line, index) => html`<tr><th scope="row" class="number">${index === 0 && line.what === "counted" ? quantity(line.quantity) : signed(line.quantity)}</th><td>${because(line, explained, look)}</td></tr>`)}
${lines.length === 0 && html`<tr><th scope="row" class="number">0</th><td>Nothing has counted it and nothing has moved it.</td></tr>`}</tbody>
<tfoot><tr><th scope="row" class="number">${onHand < 0 ? `−${quantity(-onHand)}` : quantity(onHand)}</th><td><strong>on hand now</strong>${onHand < 0 && html` <span class="bad">below zero: more was sold than was counted</span>`}</td></tr></tfoot>
</table></div>
${absorbed.map((line) => html`<p class="absorbed">${state("absorbed", "wait")} ${moved(line)} (${signed(line.quantity)}) came after that count was applied, but happened before it was true: the count has them, so they changed nothing.</p>`)}
${pending(explained, look)}
</section>`;
}

function because(line: ExplainedLine, { snapshot }: Explanation, look: Look): Html {
  if (line.what === "remainder") {
    return html`<span class="bad">The lines above do not add up to what is on hand: the ledger is at odds with itself.</span> Run <code>npm run ops -- audit</code>.`;
  }
  if (line.what === "counted" && snapshot) {
    const file =
      snapshot.resetId === null ? "a snapshot" : html`<a href="/resets/${snapshot.resetId}">${snapshot.file}</a>`;
    const how =
      snapshot.correction === null
        ? html` The ledger agreed with it.`
        : html` The ledger had ${quantity(snapshot.correction.before)}, so ${change(snapshot.correction.after - snapshot.correction.before)} was corrected.`;
    return html`counted by ${file}, true at ${look.time(snapshot.asOf)}.${how}${snapshot.approvedBy !== null && ` Approved by ${snapshot.approvedBy}.`}`;
  }
  const when =
    line.firstAt === line.lastAt
      ? html`at ${look.time(line.lastAt)}`
      : html`from ${look.time(line.firstAt)} to ${look.time(line.lastAt)}`;
  const note = line.what === "shipment" && " that the POS's own counts do not have yet";
  return html`${moved(line)}${note}, ${when}`;
}

function moved({ what, movements }: ExplainedLine): string {
  return plural(movements, ...WHAT[what]);
}

function pending({ pendingShipments }: Explanation, look: Look): Html | null {
  if (pendingShipments.length === 0) return null;
  return html`<details id="pending"><summary>${plural(pendingShipments.length, "shipment")} that the POS's counts do not have</summary>
${table({
  caption: "Shipments that are not acknowledged at the time of the count",
  columns: [
    { title: "Event", wraps: true },
    { title: "Units", number: true },
    { title: "Shipped" },
    { title: "Acknowledged" },
  ],
  rows: pendingShipments.map((each) => ({
    cells: [
      each.eventId,
      signed(each.quantity),
      look.time(each.occurredAt),
      each.acknowledgedAt === null ? html`<span class="soft">not yet</span>` : look.time(each.acknowledgedAt),
    ],
  })),
  empty: html``,
})}</details>`;
}

/** The corrections that it had. */
export function pastSection({ corrections }: Explanation, look: Look): Html {
  return html`<section id="past" aria-labelledby="past-title">
<h2 id="past-title">Corrections</h2>
${table({
  caption: "The latest corrections of this product, newest first",
  columns: [
    { title: "Snapshot", wraps: true },
    { title: "State" },
    { title: "Counted at" },
    { title: "Known before", number: true },
    { title: "Counted", number: true },
    { title: "Sold since", number: true },
    { title: "Shipped", number: true },
    { title: "After", number: true },
    { title: "Change", number: true },
  ],
  rows: corrections.map((each) => ({ key: `past-${each.resetId}`, cells: correctionCells(each, look) })),
  empty: empty("It was never corrected.", "Each count so far agreed with the ledger, or none has come."),
})}</section>`;
}

function correctionCells(each: PastCorrection, look: Look) {
  return [
    html`<a href="/resets/${each.resetId}">${each.file}</a>`,
    html`${state(each.state)}${each.decidedBy !== null && html` <span class="soft">by ${each.decidedBy}</span>`}`,
    look.time(each.asOf),
    quantity(each.before),
    quantity(each.counted),
    signed(each.lateSales),
    signed(each.shipments),
    quantity(each.after),
    change(each.after - each.before),
  ];
}
