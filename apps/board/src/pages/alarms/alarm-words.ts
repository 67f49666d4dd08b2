// Where an alarm leads, and who has it: the same wherever it is shown. What it is called is in the domain (alarm-titles.ts).
import { type AlarmKind, alarmsTitle, alarmTitle, jobsOfAlarm } from "@inventory-sync/domain";
import type { AlarmGroup, AlarmRecord } from "@inventory-sync/operator";
import { type Html, html } from "../../ui/html.ts";
import { channelHref, facilityHref, idPart, partHref } from "../stock/links.ts";

/** What alarms of one kind are called in one line. */
export function groupTitle({ kind, alarms }: AlarmGroup): string {
  return alarms.length === 1 ? alarmTitle(alarms[0]) : alarmsTitle(kind, alarms.length);
}

/** What is the case; what follows says what to do about it. */
export function firstSentence(text: string): string {
  return /^.*?\.(?= [A-Z])/su.exec(text)?.[0] ?? text;
}

/** Where it is decided or corrected, first; then what to do about it, and what it is about. */
export function alarmLinks(alarm: Pick<AlarmRecord, "kind" | "key" | "facilityId" | "resetId">): readonly Html[] {
  const { kind, key, facilityId, resetId } = alarm;
  const links: Html[] = [];
  if (kind === "facility-held" && resetId !== null && facilityId !== null)
    // The buttons of one held store, on the page of its part of the reset: however many are held, they are there.
    links.push(
      html`<a href="${partHref(resetId, facilityId)}#card-${encodeURIComponent(idPart(facilityId))}">Approve or reject</a>`,
    );
  if (kind === "snapshot-late") links.push(html`<a href="/resets#waiting">What waits in incoming/</a>`);
  links.push(runbookLink(kind));
  if (facilityId !== null) links.push(html`<a href="${facilityHref(facilityId)}">Store ${facilityId}</a>`);
  if (resetId !== null) links.push(html`<a href="/resets/${resetId}">The reset</a>`);
  if (kind.startsWith("channel-"))
    links.push(html`<a href="${channelHref(key.slice(kind.length + 1))}">The channel</a>`);
  if (kind === "client-refused") links.push(html`<a href="/requests">Requests</a>`);
  if (jobsOfAlarm(key)) links.push(html`<a href="/jobs">Failed jobs</a>`);
  return links;
}

/** The same of all alarms of one kind: where they are decided together. */
export function groupLinks({ kind, alarms }: AlarmGroup): readonly Html[] {
  const [first] = alarms;
  if (alarms.length === 1) return alarmLinks(first);
  const links: Html[] = [];
  const isOneReset = alarms.every(({ resetId }) => resetId === first.resetId);
  if (kind === "facility-held" && first.resetId !== null && isOneReset)
    links.push(html`<a href="/resets/${first.resetId}#attention">Approve or reject</a>`);
  links.push(runbookLink(kind));
  if (kind === "jobs-failed" || kind === "poison-job") links.push(html`<a href="/jobs">Failed jobs</a>`);
  return links;
}

/** Who has it, in a few words: "admin has it — calling the store"; nothing of what is not acknowledged. */
export function whoHasIt({ acknowledged }: Pick<AlarmRecord, "acknowledged">): string {
  if (acknowledged === null) return "";
  return `${acknowledged.by} has it${acknowledged.note ? ` — ${acknowledged.note}` : ""}`;
}

function runbookLink(kind: AlarmKind): Html {
  return html`<a href="/runbook#${kind}">What to do</a>`;
}
