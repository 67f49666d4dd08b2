// Times as the board writes them: always with their zone.
import { type Html, html } from "../../html.ts";

/** `full` has seconds, `short` ends at the minute, `clock` leaves the date out. */
export type TimeStyle = "full" | "short" | "clock";

/** A time in a zone, or a dash: `2026-11-23 04:00:00 EST`. Where there is little room it breaks behind the date. */
export function time(moment: Date | string | null | undefined, zone: string, style: TimeStyle = "full"): Html {
  if (moment === null || moment === undefined) return html`<span class="soft">–</span>`;
  const at = new Date(moment);
  const [date, clock] = wordsOf(at, zone, style);
  return html`<time datetime="${at.toISOString()}">${style !== "clock" && html`<span>${date}</span> `}<span>${clock}</span></time>`;
}

/** The same as plain text. */
export function timeText(at: Date, zone: string, style: TimeStyle = "full"): string {
  const [date, clock] = wordsOf(at, zone, style);
  return style === "clock" ? clock : `${date} ${clock}`;
}

function wordsOf(at: Date, zone: string, style: TimeStyle): readonly [date: string, clock: string] {
  const part = partsOf(at, zone);
  const clock = `${part.hour}:${part.minute}${style === "full" ? `:${part.second}` : ""} ${part.timeZoneName}`;
  return [`${part.year}-${part.month}-${part.day}`, clock];
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
