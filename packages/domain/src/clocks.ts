// Whether the clock of a facility's tills is wrong, judged by how late its newest events came after the time that they name. A till
// that was offline sends lags that are spread, and a line that is slow sends short ones: neither is a wrong clock.
import { plural, quantityText } from "./words.ts";

/** How late the newest events of a facility came, before any correction. */
export interface ClockWindow {
  /** Outside id. */
  readonly facilityId: string;
  /** Its newest sales, returns and adjustments: about ten, more where many came at once. */
  readonly events: number;
  /** Those of them of which nothing counted, because the last count had them already. */
  readonly absorbed: number;
  /** From the time that the till said to the receipt; negative where it is ahead. */
  readonly lagMinMs: number;
  readonly lagMaxMs: number;
  readonly since: Date;
  readonly lastAt: Date;
  /** By how much its times are corrected already: added to what the till says. */
  readonly offsetMinutes: number;
  /** The same of the last 6 hours, and how many minutes lie between the first and the last of them. */
  readonly allEvents: number;
  readonly allAbsorbed: number;
  readonly allMinutes: number;
  /** Of those of the last 6 hours: how many are minutes off and more; and off by one number of half hours, in how many times of ten minutes, and by which. */
  readonly lateEvents: number;
  readonly zoneEvents: number;
  readonly zoneSlots: number;
  readonly zoneHalfHours: number;
}

/**
 * `zone`: it says local time as if it were another zone's. `clock`: it goes wrong by some other time. `absorbed`: hours of sales, and none counted.
 * `till`: one of its tills says local time as if it were another zone's, and others do not.
 */
export type ClockFault = "zone" | "clock" | "absorbed" | "till";

const EVENTS_MIN = 10;
const MINUTE_MS = 60_000;
/** Sales of a till that is on line come within a few minutes of each other's lag. */
const SPREAD_MS_MAX = 5 * MINUTE_MS;
const HALF_HOUR_MINUTES = 30;
const HALF_HOUR_MS = HALF_HOUR_MINUTES * MINUTE_MS;
/** So near to whole half hours is a time zone. */
const ZONE_MS_MAX = 3 * MINUTE_MS;
const ZONE_HOURS_MAX = 14;
/** A lag that is no zone's must be this long: a line may be slow. */
const SLOW_MS_MAX = 2 * 60 * MINUTE_MS;
/** A clock may be this far ahead before the time of receipt is taken instead (R9), and some more before it is worth a call. */
const AHEAD_MS_MAX = 10 * MINUTE_MS;
/** A till that comes back after a day sends all of it within minutes. */
const ABSORBED_MINUTES_MIN = 120;

/** One till of several is told by so many sales at least, spread over so many times of ten minutes, and nearly all late ones being its own. */
const TILL_EVENTS_MIN = 10;
const TILL_SLOTS_MIN = 3;
const TILL_SHARE_MIN = 0.8;

/** By how many half hours a lag is off, where it is so near to that as a time zone makes it; else 0. A lag of minutes is 0, too. */
export function halfHoursOff(lagMs: number): number {
  const halfHours = Math.round(lagMs / HALF_HOUR_MS);
  const isZone = Math.abs(lagMs - halfHours * HALF_HOUR_MS) <= ZONE_MS_MAX;
  return isZone && Math.abs(halfHours) <= 2 * ZONE_HOURS_MAX ? halfHours : 0;
}

/** Whether a lag is longer than a till that is on line may have, on either side. */
export function isMinutesOff(lagMs: number): boolean {
  return Math.abs(lagMs) > SPREAD_MS_MAX;
}

/** What is wrong with a facility's clock; undefined while there is nothing to say, or too little to judge by. */
export function clockFault(window: ClockWindow): ClockFault | undefined {
  const { events, allEvents, allAbsorbed, allMinutes, offsetMinutes } = window;
  if (events < EVENTS_MIN) return undefined;
  const lagMinMs = window.lagMinMs - offsetMinutes * MINUTE_MS;
  const spreadMs = window.lagMaxMs - window.lagMinMs;
  if (spreadMs <= SPREAD_MS_MAX) {
    if (halfHoursOff(lagMinMs) !== 0) return "zone";
    if (lagMinMs >= SLOW_MS_MAX || lagMinMs < -AHEAD_MS_MAX) return "clock";
  }
  if (offsetMinutes !== 0) return undefined;
  if (allAbsorbed === allEvents && allMinutes >= ABSORBED_MINUTES_MIN) return "absorbed";
  return isOneTill(window) ? "till" : undefined;
}

function isOneTill({ zoneEvents, zoneSlots, lateEvents }: ClockWindow): boolean {
  return zoneEvents >= TILL_EVENTS_MIN && zoneSlots >= TILL_SLOTS_MIN && zoneEvents >= TILL_SHARE_MIN * lateEvents;
}

/** By how many minutes what its tills say would have to be corrected, in all: of a zone to the half hour, else to the minute. */
export function offsetSuggested(window: ClockWindow, fault: ClockFault): number {
  if (fault === "zone") return Math.round(window.lagMinMs / HALF_HOUR_MS) * 30;
  return Math.round(window.lagMinMs / MINUTE_MS);
}

/** "6 h", "5 h 30 min", "3 d 4 h": minutes, whatever their sign, as people say them. */
export function minutesText(minutes: number): string {
  const all = Math.abs(minutes);
  const parts = [
    [Math.floor(all / 1440), "d"],
    [Math.floor(all / 60) % 24, "h"],
    [all % 60, "min"],
  ] as const;
  return parts.flatMap(([count, unit]) => (count > 0 ? [`${count} ${unit}`] : [])).join(" ") || "0 min";
}

/** What was seen: "the last 10 sales of S014 arrived 6 h after they say they happened, 9 of 10 were absorbed". */
export function clockEvidence(window: ClockWindow, fault: ClockFault): string {
  const { facilityId, events, absorbed, lagMinMs, lagMaxMs, allEvents, allMinutes, zoneEvents, zoneHalfHours } = window;
  if (fault === "till")
    return `${quantityText(zoneEvents)} of ${plural(allEvents, "sale")} of ${facilityId} in ${minutesText(allMinutes)} arrived ${minutesText(zoneHalfHours * HALF_HOUR_MINUTES)} ${zoneHalfHours > 0 ? "after they say they happened" : "before they say they happen"}, the others at once`;
  if (fault === "absorbed")
    return `all ${plural(allEvents, "sale")} of ${facilityId} in ${minutesText(allMinutes)} were absorbed: they say that they happened before its last count, the newest ${minutesText(Math.round(lagMinMs / MINUTE_MS))} to ${minutesText(Math.round(lagMaxMs / MINUTE_MS))} before they arrived`;
  const minutes = offsetSuggested(window, fault);
  const when = minutes >= 0 ? "after they say they happened" : "before they say they happen";
  return `the last ${plural(events, "sale")} of ${facilityId} arrived ${minutesText(minutes)} ${when}, ${absorbed} of ${events} were absorbed`;
}
