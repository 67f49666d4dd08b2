// HTML out of templates in which every value is escaped unless it is HTML already, for ids and file names come from outside; and how
// quantities, changes, times and durations are written in it.
import { quantityText, saidTime, zonedParts } from "@inventory-sync/domain";

export interface Html {
  readonly html: string;
}

/** What may stand in a template. */
export type Value = Html | string | number | null | undefined | false | readonly Value[];

/** A template: values are escaped, arrays are joined, null, undefined and false leave nothing. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return { html: parts.reduce((text, part, index) => text + rendered(values[index - 1]) + part) };
}

function rendered(value: Value): string {
  if (value === null || value === undefined || value === false) return "";
  // As it may stand between tags and in quoted attributes.
  if (typeof value === "string") return value.replace(/[&<>"'`]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  if (typeof value === "number") return String(value);
  return "html" in value ? value.html : value.map(rendered).join("");
}

export { plural, quantityText as quantity } from "@inventory-sync/domain";

/** "+12", "−3", "0" */
export function signed(units: number): string {
  const size = quantityText(Math.abs(units));
  return size === "0" ? size : `${units > 0 ? "+" : "−"}${size}`;
}

/** A change with its sign, in a colour that the sign says as well: "+12", "−3". */
export function change(units: number): Html {
  const text = signed(units);
  if (text === "0") return html`<span class="soft">0</span>`;
  return html`<span class="change ${units > 0 ? "up" : "down"}">${text}</span>`;
}

/** "12,345 → 12,001 units" */
export function fromTo(before: number, after: number): string {
  return `${quantityText(before)} → ${quantityText(after)} units`;
}

/** "12.4 MB" */
export function size(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const step = 1_000;
  let value = bytes;
  let unit = 0;
  while (value >= step && unit < units.length - 1) {
    value /= step;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

const SECOND_MS = 1_000;
const MINUTE_S = 60;
const HOUR_MIN = 60;
const DAY_H = 24;

/** "340 ms", "4.2 s", "3 min 05 s", "2 h 10 min" */
export function duration(ms: number): string {
  if (ms < SECOND_MS) return `${Math.round(ms)} ms`;
  const seconds = ms / SECOND_MS;
  if (seconds < MINUTE_S) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / MINUTE_S);
  const rest = String(Math.floor(seconds % MINUTE_S)).padStart(2, "0");
  if (minutes < HOUR_MIN) return `${minutes} min ${rest} s`;
  return `${Math.floor(minutes / HOUR_MIN)} h ${String(minutes % HOUR_MIN).padStart(2, "0")} min`;
}

/** How long ago something was: "just now", "4 min ago", "3 h 5 min ago", "2 days ago". */
export function age(at: string | Date, now: Date): string {
  const minutes = Math.floor((now.getTime() - new Date(at).getTime()) / SECOND_MS / MINUTE_S);
  if (minutes < 1) return "just now";
  if (minutes < HOUR_MIN) return `${minutes} min ago`;
  const hours = Math.floor(minutes / HOUR_MIN);
  if (hours < 2 * DAY_H) return `${hours} h ${minutes % HOUR_MIN} min ago`;
  return `${Math.floor(hours / DAY_H)} days ago`;
}

/**
 * `said`: as people say it, "10:02" today, "27 Nov 10:02" on another day, with the year in another year. The others have the zone:
 * `full` with the date as numbers and the seconds, `clock` without either.
 */
export type TimeStyle = "said" | "full" | "clock";

/** A time in a zone, or a dash. Where it is not exact, it is when it is pointed at. @param now decides what today is */
export function time(
  moment: Date | string | null | undefined,
  zone: string,
  style: TimeStyle = "said",
  now: Date = new Date(),
): Html {
  if (moment === null || moment === undefined) return html`<span class="soft">–</span>`;
  const at = new Date(moment);
  const iso = at.toISOString();
  if (style === "said")
    return html`<time datetime="${iso}" title="${timeText(at, zone)}">${saidTime(at, zone, now)}</time>`;
  const [date, clock] = dateAndClock(at, zone, style);
  return html`<time datetime="${iso}">${style !== "clock" && html`<span>${date}</span> `}<span>${clock}</span></time>`;
}

type ExactStyle = Exclude<TimeStyle, "said">;

/** The exact time as plain text: "2026-11-23 04:00:00 EST". */
export function timeText(at: Date, zone: string, style: ExactStyle = "full"): string {
  const [date, clock] = dateAndClock(at, zone, style);
  return style === "clock" ? clock : `${date} ${clock}`;
}

function dateAndClock(at: Date, zone: string, style: ExactStyle): readonly [date: string, clock: string] {
  const part = zonedParts(at, zone);
  const clock = `${part.hour}:${part.minute}${style === "full" ? `:${part.second}` : ""} ${part.timeZoneName}`;
  return [`${part.year}-${part.month}-${part.day}`, clock];
}
