// What a reset corrected: how many products by how much, the largest of them, and those that nothing explains.
import { CORRECTION_SIZES, type CorrectionBar, type LargeCorrection } from "@inventory-sync/db";
import { type Html, html } from "../../html.ts";
import { empty } from "../frame/empty.ts";
import { plural, quantity } from "../frame/figures.ts";
import type { Look } from "../frame/look.ts";
import { plot } from "../frame/plot.ts";
import { table } from "../frame/table.ts";
import { address, choices } from "../paging.ts";
import { idPart, productHref } from "../stock/links.ts";
import type { ResetReport, Wanted } from "./report.ts";
import { change, signed } from "./words.ts";

/** The section about corrections. */
export function correctionsSection({ reset, corrections }: ResetReport, wanted: Wanted, look: Look): Html {
  const of = wanted.facilityId === undefined ? null : html` of ${wanted.facilityId}`;
  return html`<section id="corrections" aria-labelledby="corrections-title">
<h2 id="corrections-title">Corrections${of}</h2>
${corrections === undefined ? notYet() : shown(corrections, wanted, look)}
${corrections !== undefined && corrections.bars.length > 0 && html`<p><a href="/api/resets/${reset.id}/variances.csv" download>All corrections with their explanation (variances.csv)</a></p>`}
</section>`;
}

function notYet(): Html {
  return empty("Not summed up yet.", "The corrections stand here once all facilities have ended.");
}

function shown({ bars, largest }: NonNullable<ResetReport["corrections"]>, wanted: Wanted, look: Look): Html {
  if (bars.length === 0) {
    return empty(
      "Nothing had to be corrected.",
      "Everything that was counted agreed with the ledger and the sales since.",
    );
  }
  return html`${histogram(bars, look)}
${chooser(bars, wanted)}
${largest.some((each) => each.state === "held") && html`<p class="soft">Corrections of held facilities are among these: they are what approving would do.</p>`}
${largestTable(largest, wanted)}`;
}

function histogram(bars: readonly CorrectionBar[], { zone }: Look): Html {
  const down = classes(bars, false).reverse();
  const up = classes(bars, true);
  const total = (isUp: boolean) => bars.filter((bar) => bar.isUp === isUp);
  return html`<div class="one">${plot({
    ...{ id: "corrections-plot", title: "Corrections by size", kind: "bars", unit: "products", zone },
    xTitle: "Units",
    x: [...down.map(({ size }) => `−${size}`), ...up.map(({ size }) => `+${size}`)],
    series: [
      {
        label: "Fewer than known",
        tone: "bad",
        values: [...down.map(({ products }) => products), ...up.map(() => null)],
      },
      {
        label: "More than known",
        tone: "accent",
        values: [...down.map(() => null), ...up.map(({ products }) => products)],
      },
    ],
    summary: `${[summed(total(false), "fewer"), summed(total(true), "more")].filter((each) => each !== undefined).join("; ")}.`,
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
  return `${plural(products, "product")} had ${word} than known (${signed(Math.round(units * 1e4) / 1e4)} units)`;
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
      : `${plural(firsts, "correction is", "corrections are")} explained: a facility's first count sets its opening stock. No movement explains the others.`
  }</p>`;
}

function largestTable(largest: readonly LargeCorrection[], { which }: Wanted): Html {
  return table({
    caption: which === "all" ? "The largest corrections" : "The largest unexplained corrections",
    columns: [
      { title: "Product", wraps: true },
      { title: "Facility" },
      { title: "Change", number: true },
      { title: "Known before", number: true },
      { title: "Counted", number: true },
      { title: "Sold since", number: true },
      { title: "Shipped", number: true },
      { title: "On hand after", number: true },
      { title: "Explained by" },
    ],
    rows: largest.map((each) => ({
      key: `correction-${idPart(`${each.facilityId}-${each.idType}-${each.idValue}`)}`,
      cells: [
        html`<a href="${productHref(each)}">${each.idValue}</a> <span class="soft">${each.idType}</span>`,
        html`<a href="/facilities/${encodeURIComponent(each.facilityId)}">${each.facilityId}</a>${each.state !== "applied" && html` <span class="soft">${each.state}</span>`}`,
        change(each.after - each.before),
        quantity(each.before),
        quantity(each.counted),
        signed(each.lateSales),
        signed(each.shipments),
        quantity(each.after),
        each.isFirst ? "first count" : html`<span class="wait">nothing</span>`,
      ],
    })),
    empty: empty("Nothing is unexplained.", "All corrections are first counts: they set the opening stock."),
  });
}
