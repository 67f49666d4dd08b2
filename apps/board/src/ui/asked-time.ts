// A time of a page's query: one with a zone, or as the browser's own control writes it.
import { stampInName } from "@inventory-sync/domain";
import type { Request } from "express";
import { badParameter, queryText, queryTime } from "../asked.ts";

/** A time with a zone, or one as the browser's own control writes it, in the chosen zone; undefined when none was sent. */
export function askedTime(request: Request, name: string, zone: string): Date | undefined {
  const text = queryText(request, name);
  const local = text === undefined ? null : /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d))?$/.exec(text);
  if (!local) return queryTime(request, name);
  const [, year, month, day, hour, minute, second = "00"] = local;
  const found = stampInName(`${year}${month}${day}-${hour}${minute}${second}`, zone);
  if (!found) throw badParameter(name, "is no date and time that exists");
  return new Date(found.asOf);
}

/** A time as the value of the browser's own control, in a zone (IANA name). */
export function localValue(at: Date, zone: string): string {
  const format = new Intl.DateTimeFormat("sv-SE", {
    timeZone: zone,
    dateStyle: "short",
    timeStyle: "medium",
  });
  return format.format(at).replace(" ", "T");
}
