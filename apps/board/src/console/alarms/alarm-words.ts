// What an alarm is called and where it leads, the same wherever it is shown.
import type { RingingAlarm } from "@inventory-sync/db";
import { type Html, html } from "../../html.ts";

/** "Facility held: S003", "Jobs failed: UNKNOWN_PRODUCT in events" */
export function alarmTitle(alarm: Pick<RingingAlarm, "kind" | "key" | "facilityId" | "file">): string {
  const { kind, key, facilityId, file } = alarm;
  const words = kind.replaceAll("-", " ");
  const rest = key.split(":").slice(1);
  const about = facilityId ?? file ?? (isOfJobs(kind) ? rest.reverse().join(" in ") : "");
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}${about && `: ${about}`}`;
}

/** What is the case; what follows says what to do about it. */
export function firstSentence(text: string): string {
  return /^.*?\.(?= [A-Z])/su.exec(text)?.[0] ?? text;
}

/** What to do about it, and what it is about. */
export function alarmLinks(alarm: Pick<RingingAlarm, "kind" | "facilityId" | "resetId">): readonly Html[] {
  const { kind, facilityId, resetId } = alarm;
  const links = [html`<a href="/runbook#${kind}">What to do</a>`];
  if (facilityId !== null)
    links.push(html`<a href="/facilities/${encodeURIComponent(facilityId)}">Facility ${facilityId}</a>`);
  if (resetId !== null) links.push(html`<a href="/resets/${resetId}">The reset</a>`);
  if (isOfJobs(kind)) links.push(html`<a href="/jobs">Failed jobs</a>`);
  return links;
}

function isOfJobs(kind: string): boolean {
  return kind === "jobs-failed" || kind === "poison-job";
}
