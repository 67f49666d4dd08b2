// The overview's numbers: tiles of how it goes just now, plots of how it went.
import { type Html, html } from "../../html.ts";
import { fault } from "../frame/empty.ts";
import { plural, quantity } from "../frame/figures.ts";
import { plot } from "../frame/plot.ts";
import { tiles } from "../frame/tile.ts";
import type { OverviewView } from "./view.ts";

const UNKNOWN = "–";
const BARS_MAX = 24;
const SLOW_MS = 10_000;

/** Sales per minute, time from sale to stock, waiting, deferred, failed. */
export function overviewTiles({ current, queues }: OverviewView): Html {
  const sum = (of: "waiting" | "delayed" | "failed") =>
    queues && Object.values(queues).reduce((total, counts) => total + counts[of], 0);
  const failed = sum("failed");
  const waiting = sum("waiting");
  const [p50, p95] = [current?.saleToStockMsP50 ?? null, current?.saleToStockMsP95 ?? null];
  const oldestMs = queues?.events.oldestWaitingMs ?? null;
  return tiles([
    {
      ...{ id: "sales", label: "Sales", unit: "per minute" },
      value: current ? perMinute(current.salesPerMinute) : UNKNOWN,
      note: current ? `${perMinute(current.eventsPerMinute)} events per minute` : "the database did not say",
    },
    {
      ...{ id: "latency", label: "From sale to stock" },
      value: p50 === null ? UNKNOWN : duration(p50),
      note:
        p95 === null ? (current ? "no sale in the last minutes" : "the database did not say") : `p95 ${duration(p95)}`,
      ...(p95 !== null && p95 > SLOW_MS && { mood: "wait" as const }),
    },
    {
      ...{ id: "waiting", label: "Waiting", href: "/queues" },
      value: waiting === undefined ? UNKNOWN : quantity(waiting),
      note:
        oldestMs === null
          ? queues
            ? "nothing waits"
            : "the queue did not say"
          : `the oldest for ${duration(oldestMs)}`,
    },
    {
      ...{ id: "deferred", label: "Deferred", href: "/queues" },
      value: quantityOf(sum("delayed")),
      note: "too early: they come again by themselves",
    },
    {
      ...{ id: "failed", label: "Failed", href: "/jobs" },
      value: quantityOf(failed),
      note:
        failed === undefined
          ? "the queue did not say"
          : failed > 0
            ? "they stay until somebody retries them"
            : "no job needs somebody",
      ...(failed !== undefined && failed > 0 && { mood: "bad" as const }),
    },
  ]);
}

function quantityOf(value: number | undefined): string {
  return value === undefined ? UNKNOWN : quantity(value);
}

function perMinute(value: number): string {
  return quantity(value < 10 ? Math.round(value * 10) / 10 : Math.round(value));
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** "84 ms", "1.2 s", "3 min", "5 h" */
function duration(ms: number): string {
  if (ms < SECOND_MS) return `${Math.round(ms)} ms`;
  if (ms < MINUTE_MS) return `${(ms / SECOND_MS).toFixed(1)} s`;
  if (ms < HOUR_MS) return `${Math.round(ms / MINUTE_MS)} min`;
  return `${Math.round(ms / HOUR_MS)} h`;
}

/** The last 24 hours, and the corrections of the last reset. */
export function overviewPlots(view: OverviewView, zone: string): Html {
  return html`<div class="plots">
${history(view, zone)}
${corrections(view, zone)}
</div>`;
}

function history({ history: points }: OverviewView, zone: string): Html {
  if (!points) return fault("The history of the last 24 hours");
  const x = points.map(({ at }) => at.getTime());
  const events = points.map((point) => point.events);
  const total = events.reduce((sum, count) => sum + count, 0);
  const slowest = Math.max(0, ...points.map(({ latencyMsP95 }) => latencyMsP95 ?? 0));
  const deepest = Math.max(0, ...points.map(({ waiting }) => waiting ?? 0));
  return html`${plot({
    ...{ id: "plot-events", title: "Events", kind: "lines", unit: "in 5 minutes", x, zone },
    series: [
      { label: "all", values: events },
      { label: "sales", values: points.map(({ sales }) => sales), tone: "second" },
    ],
    summary: `${plural(total, "event")} in 24 hours, ${quantity(Math.max(0, ...events))} in the busiest five minutes.`,
  })}
${plot({
  ...{ id: "plot-latency", title: "From receipt to stock", kind: "lines", unit: "ms", x, zone },
  series: [
    { label: "p50", values: points.map(({ latencyMsP50 }) => latencyMsP50) },
    { label: "p95", values: points.map(({ latencyMsP95 }) => latencyMsP95), tone: "wait" },
  ],
  summary: slowest === 0 ? "No event was received in 24 hours." : `At worst ${duration(slowest)} for 95 of 100 events.`,
})}
${plot({
  ...{ id: "plot-queue", title: "Queue depth", kind: "lines", unit: "jobs", x, zone },
  series: [
    { label: "waiting", values: points.map(({ waiting }) => waiting) },
    { label: "deferred", values: points.map(({ deferred }) => deferred), tone: "wait" },
    { label: "failed", values: points.map(({ failed }) => failed), tone: "bad" },
  ],
  summary: deepest === 0 ? "Nothing had to wait." : `At most ${plural(deepest, "job")} waited at once.`,
})}`;
}

function corrections({ lastReset }: OverviewView, zone: string): Html {
  if (lastReset === undefined) return fault("The last reset");
  const parts = [...(lastReset?.facilities ?? [])].sort((one, other) => other.corrected - one.corrected);
  const shown = parts.slice(0, BARS_MAX);
  const corrected = parts.reduce((sum, part) => sum + part.corrected, 0);
  const more = parts.length - shown.length;
  return plot({
    ...{
      id: "plot-corrections",
      title: "Corrections by facility",
      kind: "bars",
      unit: "products",
      zone,
      xTitle: "Facility",
    },
    x: shown.map((part) => part.facilityId),
    series: [{ label: "corrected", values: shown.map((part) => part.corrected) }],
    summary:
      lastReset === null
        ? "No reset has run yet."
        : `${plural(corrected, "product")} corrected by ${lastReset.file}${more > 0 ? `; the ${BARS_MAX} facilities with most, ${quantity(more)} more have fewer` : ""}.`,
  });
}
