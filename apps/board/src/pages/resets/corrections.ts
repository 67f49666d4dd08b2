// What a reset corrected: how many products by how much, the largest of them, and those that nothing explains.
import { sentence } from "@inventory-sync/domain";
import { CORRECTION_SIZES, type CorrectionBar, type LargeCorrection, storesText } from "@inventory-sync/operator";
import { change, type Html, html, plural, quantity, signed } from "../../ui/html.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { address, choices } from "../../ui/paging.ts";
import { empty } from "../../ui/pieces.ts";
import { plot } from "../../ui/plot.ts";
import { tableOf } from "../../ui/table.ts";
import { facilityHref, idPart, productColumn } from "../stock/links.ts";
import type { ResetReport, Wanted } from "./report.ts";

/** The section about corrections; nothing of a file whose rows were never compared. */
export function correctionsSection(report: ResetReport, wanted: Wanted, context: PageContext): Html | null {
  const { reset, corrections } = report;
  if (reset.finishedAt !== null && reset.facilities === 0) return null;
  const of = wanted.facilityId === undefined ? null : html` of ${wanted.facilityId}`;
  return html`<section id="corrections" aria-labelledby="corrections-title">
<h2 id="corrections-title">Corrections${of}</h2>
${corrections === undefined ? empty("Not summed up yet.", "The corrections appear here once all stores have ended.") : shown(corrections, report, { wanted, context })}
${corrections !== undefined && reset.facilities > 0 && html`<p><a href="/api/resets/${reset.id}/variances.csv" download>All corrections with their explanation (variances.csv)</a></p>`}
</section>`;
}

function shown(
  { bars, largest }: NonNullable<ResetReport["corrections"]>,
  { reset }: ResetReport,
  { wanted, context }: { readonly wanted: Wanted; readonly context: PageContext },
): Html {
  if (bars.length > 0)
    return html`${histogram(bars, context)}
${chooser(bars, wanted)}
${largestTable(largest, wanted)}`;
  const compared = reset.parts.filter(
    ({ facilityId, state }) => (wanted.facilityId ?? facilityId) === facilityId && state !== "failed",
  );
  const isAgreed =
    compared.length > 0 && compared.every(({ corrected, state }) => corrected === 0 && state !== "stale");
  return isAgreed
    ? empty("Nothing had to be corrected.", "Everything that was counted agreed with the ledger and the sales since.")
    : empty("No correction is in force.", sentence(storesText(reset)));
}

function histogram(bars: readonly CorrectionBar[], { zone }: PageContext): Html {
  const down = classes(bars, false).reverse();
  const up = classes(bars, true);
  const total = (isUp: boolean) => bars.filter((bar) => bar.isUp === isUp);
  return html`<div class="one">${plot({
    id: "corrections-plot",
    title: "Corrections by size",
    kind: "bars",
    unit: "products",
    zone,
    xTitle: "Units",
    x: [...down.map(({ size }) => `−${size}`), ...up.map(({ size }) => `+${size}`)],
    series: [
      {
        label: "Counted less",
        tone: "bad",
        values: [...down.map(({ products }) => products), ...up.map(() => null)],
      },
      {
        label: "Counted more",
        tone: "accent",
        values: [...down.map(() => null), ...up.map(({ products }) => products)],
      },
    ],
    summary: `${[summed(total(false), "less"), summed(total(true), "more")].filter((each) => each !== undefined).join("; ")}.`,
  })}</div>`;
}

/** The classes of one direction from the smallest to the largest that occurs, empty ones between them too. */
function classes(bars: readonly CorrectionBar[], isUp: boolean): { size: string; products: number }[] {
  const own = bars.filter((bar) => bar.isUp === isUp);
  const used = bars.map((bar) => bar.size);
  const [first, last] = [Math.min(1, ...used), Math.max(...own.map((bar) => bar.size))];
  return CORRECTION_SIZES.map((size, index) => ({
    size,
    index,
    products: own.find((bar) => bar.size === index)?.products ?? 0,
  })).filter(({ index }) => index >= first && index <= last);
}

function summed(bars: readonly CorrectionBar[], word: string): string | undefined {
  if (bars.length === 0) return undefined;
  const products = bars.reduce((sum, bar) => sum + bar.products, 0);
  const units = bars.reduce((sum, bar) => sum + bar.units, 0);
  return `${plural(products, "product")} counted ${word} (${signed(units)} units)`;
}

function chooser(bars: readonly CorrectionBar[], { resetId, facilityId, which }: Wanted): Html {
  const products = bars.reduce((sum, bar) => sum + bar.products, 0);
  const firsts = bars.reduce((sum, bar) => sum + bar.firstCounts, 0);
  const href = (word: Wanted["which"]) =>
    `${address(`/resets/${resetId}`, { facility: facilityId, corrections: word === "all" ? "" : word })}#corrections`;
  const each = [
    { text: "All", count: products, href: href("all"), isChosen: which === "all" },
    { text: "Unexplained", count: products - firsts, href: href("unexplained"), isChosen: which === "unexplained" },
  ];
  return html`${choices("Which corrections", each)}
<p class="soft">${
    firsts === 0
      ? "No movement explains these: the count says something that no sale, return, adjustment or shipment did."
      : `${plural(firsts, "correction is", "corrections are")} explained: a store's first count sets its opening stock. No movement explains the others.`
  }</p>`;
}

function largestTable(largest: readonly LargeCorrection[], { which }: Wanted): Html {
  return tableOf({
    caption: which === "all" ? "The largest corrections" : "The largest unexplained corrections",
    items: largest,
    key: (each) => `correction-${idPart(`${each.facilityId}-${each.idType}-${each.idValue}`)}`,
    columns: [
      productColumn,
      {
        title: "Store",
        cell: ({ facilityId, state }) =>
          html`<a href="${facilityHref(facilityId)}">${facilityId}</a>${state !== "applied" && html` <span class="soft">${state}</span>`}`,
      },
      { title: "Change", number: true, brief: true, cell: ({ before, after }) => change(after - before) },
      { title: "Before", number: true, cell: ({ before }) => quantity(before) },
      { title: "Counted", number: true, cell: ({ counted }) => quantity(counted) },
      { title: "Sold since", number: true, cell: ({ lateSales }) => signed(lateSales) },
      { title: "Shipped", number: true, cell: ({ shipments }) => signed(shipments) },
      { title: "On hand after", number: true, cell: ({ after }) => quantity(after) },
      {
        title: "Explained",
        cell: ({ isFirst }) => (isFirst ? "first count" : html`<span class="wait">unexplained</span>`),
      },
    ],
    empty: empty("Nothing is unexplained.", "All corrections are first counts: they set the opening stock."),
  });
}
