// Times as the board writes them: always with their zone.
import { type Html, html } from "../../html.ts";

/** `full` has seconds, `short` ends at the minute, `clock` leaves the date out. */
export type TimeStyle = "full" | "short" | "clock";

/** A time in a zone, or a dash: `2026-11-23 04:00:00 EST`. */
export function time(date: Date | string | null | undefined, zone: string, style: TimeStyle = "full"): Html {
  if (date === null || date === undefined) return html`<span class="soft">–</span>`;
  const at = new Date(date);
  return html`<time datetime="${at.toISOString()}">${timeText(at, zone, style)}</time>`;
}

/** The same as plain text. */
export function timeText(at: Date, zone: string, style: TimeStyle = "full"): string {
  const part = partsOf(at, zone);
  const clock = `${part.hour}:${part.minute}${style === "full" ? `:${part.second}` : ""} ${part.timeZoneName}`;
  return style === "clock" ? clock : `${part.year}-${part.month}-${part.day} ${clock}`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function partsOf(at: Date, zone: string): Partial<Record<Intl.DateTimeFormatPartTypes, string>> {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", {
      ...{ timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" },
      ...{ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZoneName: "short" },
    });
    formats.set(zone, format);
  }
  return Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
}
