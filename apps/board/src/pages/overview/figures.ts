// The overview's numbers: tiles of how it goes just now, plots of how it went.

import { partsInForce } from "@inventory-sync/operator";
import { duration, type Html, html, plural, quantity } from "../../ui/html.ts";
import { fault, tiles } from "../../ui/pieces.ts";
import { plot } from "../../ui/plot.ts";
import { type OverviewView, RANGES, type RangeName } from "./view.ts";

const UNKNOWN = "–";
const BARS_MAX = 24;
const SLOW_MS = 10_000;

/** Sales per minute, time from sale to stock, waiting, waiting to retry, failed. */
export function overviewTiles({ current, queues }: OverviewView): Html {
  const sum = (of: "waiting" | "delayed" | "failed") =>
    queues && Object.values(queues).reduce((total, counts) => total + counts[of], 0);
  const failed = sum("failed");
  const waiting = sum("waiting");
  const [p50, p95] = [current?.saleToStockMsP50 ?? null, current?.saleToStockMsP95 ?? null];
  const oldestMs = queues?.events.oldestWaitingMs ?? null;
  return tiles([
    {
      id: "sales",
      label: "Sales",
      unit: "per minute",
      value: current ? perMinute(current.salesPerMinute) : UNKNOWN,
      note: current ? `${perMinute(current.eventsPerMinute)} events per minute` : "unknown: database unreachable",
    },
    {
      id: "latency",
      label: "From sale to stock",
      value: p50 === null ? UNKNOWN : duration(p50),
      note:
        p95 === null
          ? current
            ? "no sale in the last minutes"
            : "unknown: database unreachable"
          : `p95 ${duration(p95)}`,
      ...(p95 !== null && p95 > SLOW_MS && { mood: "wait" as const }),
    },
    {
      id: "waiting",
      label: "Waiting",
      href: "/queues",
      value: waiting === undefined ? UNKNOWN : quantity(waiting),
      note:
        oldestMs === null
          ? queues
            ? "nothing waits"
            : "unknown: queue unreachable"
          : `the oldest for ${duration(oldestMs)}`,
    },
    {
      id: "deferred",
      label: "Waiting to retry",
      href: "/queues",
      value: quantityOf(sum("delayed")),
      note: "retried automatically",
    },
    {
      id: "failed",
      label: "Failed",
      href: "/jobs",
      value: quantityOf(failed),
      note:
        failed === undefined
          ? "unknown: queue unreachable"
          : failed > 0
            ? "need a retry or a decision"
            : "no failed jobs",
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

/** What was done in a range, and the corrections of the last reset. */
export function overviewPlots(view: OverviewView, zone: string, range: RangeName = "24h"): Html {
  return html`<div class="plots">
${history(view, zone, RANGES[range])}
${corrections(view, zone)}
</div>`;
}

function history(
  { history: points }: OverviewView,
  zone: string,
  { text, minutesPerPoint }: (typeof RANGES)[RangeName],
): Html {
  if (!points) return fault(`The history of the last ${text}`);
  const x = points.map(({ at }) => at.getTime());
  const events = points.map((point) => point.events);
  const total = events.reduce((sum, count) => sum + count, 0);
  const slowest = Math.max(0, ...points.map(({ latencyMsP95 }) => latencyMsP95 ?? 0));
  const deepest = Math.max(0, ...points.map(({ waiting }) => waiting ?? 0));
  const lines = { kind: "lines", x, zone } as const;
  return html`${plot({
    ...lines,
    id: "plot-events",
    title: "Events",
    unit: `in ${plural(minutesPerPoint, "minute")}`,
    series: [
      { label: "all", values: events },
      { label: "sales", values: points.map(({ sales }) => sales), tone: "second" },
    ],
    summary: `${plural(total, "event")} in ${text}, ${quantity(Math.max(0, ...events))} in the busiest ${minutesPerPoint === 1 ? "minute" : `${minutesPerPoint} minutes`}.`,
  })}
${plot({
  ...lines,
  id: "plot-latency",
  title: "From receipt to stock",
  unit: "ms",
  series: [
    { label: "p50", values: points.map(({ latencyMsP50 }) => latencyMsP50) },
    { label: "p95", values: points.map(({ latencyMsP95 }) => latencyMsP95), tone: "wait" },
  ],
  summary: slowest === 0 ? `No event was received in ${text}.` : `At worst ${duration(slowest)} for 95 of 100 events.`,
})}
${plot({
  ...lines,
  id: "plot-queue",
  title: "Queue depth",
  unit: "jobs",
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
  const inForce = lastReset ? partsInForce(lastReset.parts, lastReset) : [];
  const parts = inForce.filter((part) => part.corrected > 0).sort((one, other) => other.corrected - one.corrected);
  const shown = parts.slice(0, BARS_MAX);
  const more = parts.length - shown.length;
  return plot({
    id: "plot-corrections",
    title: "Corrections by store",
    kind: "bars",
    unit: "products",
    zone,
    xTitle: "Store",
    x: shown.map((part) => part.facilityId),
    series: [{ label: "corrected", values: shown.map((part) => part.corrected) }],
    summary:
      lastReset === null
        ? "No reset has run yet."
        : `${plural(lastReset.corrected, "product")} corrected by ${lastReset.file}${more > 0 ? `; the ${BARS_MAX} stores with most, ${quantity(more)} more have fewer` : ""}.`,
  });
}
