// Plots: a figure whose data static/plots.js draws with uPlot. Those who cannot see it have its summary and its table, and
// its height is reserved, so that nothing jumps when it is drawn.

import { type Html, html, quantity, time } from "./html.ts";
import { tableOf } from "./table.ts";

/** A colour of the design, by what it means. */
export type Tone = "accent" | "second" | "wait" | "bad" | "soft";

/** One line, or one set of bars. */
export interface Series {
  readonly label: string;
  readonly values: readonly (number | null)[];
  readonly tone?: Tone;
}

/** Something at a point of the plot: a count, a correction, an absorbed event. Its kind is in the legend. */
export interface Mark {
  readonly x: number;
  readonly y: number;
  readonly kind: string;
  readonly tone?: Tone;
}

export interface PlotOptions {
  readonly id: string;
  readonly title: string;
  /** `step` holds each value until the next; `bars` is for names or the classes of a histogram. */
  readonly kind: "lines" | "step" | "bars";
  /** Milliseconds since 1970 for times, names for bars; ascending. */
  readonly x: readonly number[] | readonly string[];
  readonly series: readonly Series[];
  readonly marks?: readonly Mark[];
  readonly unit: string;
  readonly zone: string;
  /** What it shows, in a sentence with its numbers. */
  readonly summary: string;
  /** What the x column of the table is called. */
  readonly xTitle?: string;
}

const ROWS_MAX = 48;

/** A plot. */
export function plot(options: PlotOptions): Html {
  const { id, title, kind, x, series, marks = [], unit, zone, summary } = options;
  const data = { kind, x, series, marks, unit, zone };
  return html`<figure class="plot" id="${id}">
<figcaption><strong>${title}</strong> <span class="soft">${unit}</span>${legend(options)}</figcaption>
<div class="canvas" id="${id}-canvas" role="img" aria-label="${`${title}: ${summary}`}" data-plot="${JSON.stringify(data)}"></div>
<p class="summary">${summary}</p>
<details id="${id}-data"><summary>As a table</summary>${dataTable(options)}</details>
</figure>`;
}

function legend({ series, marks = [] }: PlotOptions): Html | null {
  const kinds = [...new Map(marks.map((mark) => [mark.kind, mark.tone ?? "soft"]))];
  if (series.length + kinds.length < 2) return null;
  return html`<span class="legend">${series.map(({ label, tone = "accent" }) => html`<span class="key line ${tone}">${label}</span>`)}
${kinds.map(([kind, tone]) => html`<span class="key mark ${tone}">${kind}</span>`)}</span>`;
}

function dataTable(options: PlotOptions): Html {
  const { title, x, series, zone, unit, xTitle } = options;
  const step = Math.max(1, Math.ceil(x.length / ROWS_MAX));
  const shown = x.map((value, index) => ({ value, index })).filter(({ index }) => index % step === 0);
  const note = step > 1 && html`<p class="soft">Every ${step}th value of ${x.length}.</p>`;
  return html`${note}${tableOf({
    caption: `${title}, ${unit}`,
    items: shown,
    columns: [
      {
        title: xTitle ?? (typeof x[0] === "string" ? "Name" : "Time"),
        cell: ({ value }) => (typeof value === "string" ? value : time(new Date(value), zone)),
      },
      ...series.map(({ label, values }) => ({
        title: label,
        number: true,
        cell: ({ index }: { readonly index: number }) => numberOf(values[index]),
      })),
    ],
    empty: html`<p class="soft">No values.</p>`,
  })}`;
}

function numberOf(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : quantity(value);
}
