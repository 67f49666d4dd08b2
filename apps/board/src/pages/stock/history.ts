// A product's history as a step plot: what was on hand, with what it counted, corrected, sold, and what was absorbed.
import type { Explanation, HistoryPoint, LevelPlace } from "@inventory-sync/operator";
import { type Html, html, plural, quantity, signed } from "../../ui/html.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { address, choices } from "../../ui/paging.ts";
import { empty } from "../../ui/pieces.ts";
import { type Mark, plot, type Tone } from "../../ui/plot.ts";
import { productHref } from "./links.ts";

const DAY_MS = 24 * 3_600_000;
const LENGTHS = {
  "24h": { text: "24 hours", ms: DAY_MS },
  "7d": { text: "7 days", ms: 7 * DAY_MS },
  "30d": { text: "30 days", ms: 30 * DAY_MS },
  all: { text: "All", ms: undefined },
} as const;

export type RangeName = keyof typeof LENGTHS;
/** How much of the history may be drawn; the first is what is drawn unasked. */
export const RANGES: readonly [RangeName, ...RangeName[]] = ["30d", "24h", "7d", "all"];

/** Past so many, sales are not marked one by one: the line says it. */
const SALES_MARKED_MAX = 120;

/** When a range begins; undefined when it has no beginning. */
export function sinceOf(range: RangeName, until: Date): Date | undefined {
  const length = LENGTHS[range].ms;
  return length === undefined ? undefined : new Date(until.getTime() - length);
}

interface Drawn {
  readonly place: LevelPlace;
  readonly points: readonly HistoryPoint[];
  readonly explained: Explanation;
  readonly range: RangeName;
  readonly at: Date | undefined;
  readonly until: Date;
}

/** The section with the drawing. */
export function historySection(drawn: Drawn, context: PageContext): Html {
  const { place, range, at, points } = drawn;
  const href = (name: RangeName) =>
    `${address(productHref(place), { range: name === RANGES[0] ? "" : name, at: at?.toISOString() })}#history`;
  return html`<section id="history" aria-labelledby="history-title">
<h2 id="history-title">History</h2>
${choices(
  "How much is drawn",
  (["24h", "7d", "30d", "all"] as const).map((name) => ({
    text: LENGTHS[name].text,
    href: href(name),
    isChosen: name === range,
  })),
)}
${points.length === 0 ? empty("Nothing moved in this time.", html`<a href="${href("all")}">Draw all there is.</a>`) : html`<div class="one tall">${drawing(drawn, context)}</div>`}
</section>`;
}

function drawing({ place, points, explained, until, at }: Drawn, { zone }: PageContext): Html {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) return html``;
  const times = points.map((point) => Date.parse(point.at));
  const begin = times[0] ?? 0;
  // The line begins with what was there before, and goes on to now.
  const end = Math.max(until.getTime(), times.at(-1) ?? begin);
  const x = [begin - 1, ...times, end];
  const values = [first.before, ...points.map((point) => point.onHand), last.onHand];
  return plot({
    id: "history-plot",
    title: `On hand at ${place.facilityId}`,
    kind: "step",
    unit: "units",
    zone,
    x,
    series: [{ label: "On hand", values, tone: "accent" }],
    marks: [...marks(points), ...counts(explained, { begin, end: at?.getTime() ?? end })],
    summary: summary(points),
  });
}

function marks(points: readonly HistoryPoint[]): Mark[] {
  const of = (kind: string, tone: Tone, isOne: (point: HistoryPoint) => boolean) =>
    points.filter(isOne).map((point) => ({ x: Date.parse(point.at), y: point.onHand, kind, tone }));
  const sales = of("sale or return", "soft", ({ sold, returned }) => sold !== 0 || returned !== 0);
  return [
    ...(sales.length > SALES_MARKED_MAX ? [] : sales),
    ...of("correction", "bad", ({ corrected }) => corrected !== 0),
    ...of("absorbed", "wait", ({ absorbedMovements }) => absorbedMovements > 0),
  ];
}

/** What snapshots counted, at the time at which it was true. */
function counts({ snapshot, corrections }: Explanation, { begin, end }: { begin: number; end: number }): Mark[] {
  const applied = corrections.filter((each) => each.state === "applied" && each.asOf !== null);
  const known = [...applied, ...(snapshot ? [snapshot] : [])];
  const byTime = new Map(known.map(({ asOf, counted }) => [Date.parse(asOf ?? ""), counted]));
  return [...byTime]
    .filter(([x]) => x >= begin && x <= end)
    .map(([x, y]) => ({ x, y, kind: "count", tone: "second" as const }));
}

function summary(points: readonly HistoryPoint[]): string {
  const sum = (of: Exclude<keyof HistoryPoint, "at" | "resetId">) =>
    Math.round(points.reduce((total, point) => total + point[of], 0) * 1e4) / 1e4;
  const some = (of: "returned" | "adjusted" | "shipped") => sum(of) !== 0 && `${of} ${signed(sum(of))}`;
  const corrections = points.filter((point) => point.corrected !== 0).length;
  const absorbed = sum("absorbedMovements");
  const parts = [
    `${quantity(points[0]?.before ?? 0)} to ${quantity(points.at(-1)?.onHand ?? 0)} units over ${plural(sum("movements"), "movement")}`,
    `sold ${signed(sum("sold"))}`,
    some("returned"),
    some("adjusted"),
    some("shipped"),
    corrections > 0 && `${plural(corrections, "correction")} of ${signed(sum("corrected"))}`,
    absorbed > 0 && `${quantity(absorbed)} absorbed`,
  ].filter((each) => each !== false);
  return `${parts.join("; ")}.`;
}
