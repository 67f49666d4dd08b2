// GET /alarms: what rings and since when, who has it, and what was over lately.
import { type ClearedAlarm, clearedAlarms, type RingingAlarm, ringingAlarms } from "@inventory-sync/db";
import type { Endpoint } from "../../endpoint.ts";
import { type Html, html } from "../../html.ts";
import { sendPage } from "../../layout.ts";
import { confirm } from "../frame/confirm.ts";
import { empty } from "../frame/empty.ts";
import { plural } from "../frame/figures.ts";
import { frame } from "../frame/frame.ts";
import { type Look, lookOf } from "../frame/look.ts";
import { message } from "../frame/message.ts";
import { state } from "../frame/state.ts";
import { table } from "../frame/table.ts";
import { alarmLinks, alarmTitle, firstSentence } from "./alarm-words.ts";

const CLEARED_SHOWN_MAX = 30;
const NOTE_CHARACTERS_MAX = 500;
const MINUTE_MS = 60_000;
const HOUR_MINUTES = 60;
const DAY_MINUTES = 1_440;

/** GET /alarms */
export const showAlarms: Endpoint = {
  method: "get",
  path: "/alarms",
  access: "viewer",
  summary: "What rings and since when, who has it, and what was over lately",
  answers: { 200: { description: "The page", type: "text/html" } },
  async handle(parts, request, response) {
    const look = await lookOf(parts, request, response, { live: "alarms" });
    const [ringing, cleared] = await Promise.all([
      ringingAlarms(parts.database),
      clearedAlarms(parts.database, CLEARED_SHOWN_MAX),
    ]);
    const title = ringing.length === 0 ? "Nothing rings" : `${plural(ringing.length, "alarm")} ringing`;
    sendPage(response, 200, frame({ title, nav: "alarms", look }, alarmsPage({ title, ringing, cleared }, look)));
  },
};

function alarmsPage(
  shown: {
    readonly title: string;
    readonly ringing: readonly RingingAlarm[];
    readonly cleared: readonly ClearedAlarm[];
  },
  look: Look,
): Html {
  const open = shown.ringing.filter(({ acknowledged }) => acknowledged === null);
  const taken = shown.ringing.filter(({ acknowledged }) => acknowledged !== null);
  return html`<h1>${shown.title}</h1>
<p class="soft">${summary(open.length, taken.length)} <a href="/runbook">The runbook</a> says what to do about each.</p>
<div class="stack">${[...open, ...taken].map((alarm) => card(alarm, look))}</div>
<h2>Over lately</h2>
${table({
  caption: "Alarms that were over lately",
  columns: [
    { title: "What" },
    { title: "Rang from" },
    { title: "To" },
    { title: "For", number: true },
    { title: "It was", wraps: true },
  ],
  rows: shown.cleared.map((alarm) => ({
    key: `over-${alarm.key}`,
    cells: [
      alarmTitle(alarm),
      look.time(alarm.since),
      look.time(alarm.clearedAt),
      lasted(alarm.since, alarm.clearedAt),
      over(alarm, look),
    ],
  })),
  empty: empty(
    "No alarm has been over in the last 90 days.",
    "Alarms end by themselves when their cause is gone; they stand here then.",
  ),
})}`;
}

function summary(open: number, taken: number): string {
  if (open + taken === 0) return "Snapshots, facilities, resets and jobs are as they should be.";
  if (open === 0) return "Somebody has each of them. They end by themselves when their cause is gone.";
  return taken === 0
    ? "Nobody has acknowledged any of them yet."
    : `${open} nobody has acknowledged, ${taken} somebody has.`;
}

function card(alarm: RingingAlarm, look: Look): Html {
  const { key, since, resetId, acknowledged, toldAt } = alarm;
  return html`<article id="${key}" class="alarm ${acknowledged ? "taken" : "open"}">
<header><h2>${alarmTitle(alarm)}</h2>${acknowledged ? state("acknowledged", "wait") : state("ringing")}</header>
<p class="soft">Since ${look.time(since)}${toldAt && html` · webhook last told ${look.time(toldAt)}`}</p>
<p>${message(alarm.message, look, resetId)}</p>
${takenBy(alarm, look)}
<div class="links">${look.mayAct && acknowledge(alarm)}${alarmLinks(alarm)}</div>
</article>`;
}

function acknowledge({ key, since, acknowledged }: RingingAlarm): Html {
  const id = `take-${key}`;
  const note = html`<p>It rings on, here and in the numbers, until its cause is gone. The webhook is not told of it again, unless it
grows to twice what it is. Your name and the note are shown here and stand in the audit log.</p>
<label for="${id}-note">Note, for the others (may be empty)</label>
<input id="${id}-note" name="note" type="text" maxlength="${NOTE_CHARACTERS_MAX}" autocomplete="off" value="${acknowledged?.note ?? ""}">`;
  return confirm(
    {
      ...{ id, post: `/api/alarms/${encodeURIComponent(key)}/acknowledge`, body: { since } },
      ...{ text: acknowledged ? "Change the note" : "Acknowledge", done: "Acknowledged." },
      main: acknowledged === null,
    },
    { title: "Acknowledge this alarm?", says: note, verb: "Acknowledge" },
  );
}

function takenBy({ acknowledged }: Pick<RingingAlarm, "acknowledged">, look: Look): Html | null {
  if (acknowledged === null) return null;
  const { by, at, note } = acknowledged;
  return html`<p class="note"><strong>${by}</strong> acknowledged it ${look.time(at)}${note ? html`: “${note}”` : "."}</p>`;
}

function over(alarm: ClearedAlarm, look: Look): Html {
  const { key, resetId } = alarm;
  return html`<details id="was-${key}"><summary>${message(firstSentence(alarm.message), look, resetId)}</summary>
<p>${message(alarm.message, look, resetId)}</p>${takenBy(alarm, look)}<div class="links">${alarmLinks(alarm)}</div></details>`;
}

function lasted(from: string, to: string): string {
  const minutes = Math.max(0, Math.round((new Date(to).getTime() - new Date(from).getTime()) / MINUTE_MS));
  if (minutes < HOUR_MINUTES) return `${minutes} min`;
  if (minutes < DAY_MINUTES) return `${Math.floor(minutes / HOUR_MINUTES)} h ${minutes % HOUR_MINUTES} min`;
  return `${Math.floor(minutes / DAY_MINUTES)} d ${Math.floor((minutes % DAY_MINUTES) / HOUR_MINUTES)} h`;
}
