// The overview's first lines: what became of today's count, in one sentence, with the files that were refused; below it what needs
// attention, in words.
import { refusedBecause, saidTime } from "@inventory-sync/domain";
import { countsText, isUnacknowledged, type Morning } from "@inventory-sync/operator";
import { plural, quantity } from "../../ui/html.ts";
import type { Mood } from "../../ui/pieces.ts";
import type { OverviewView } from "./view.ts";

/** How things stand. `notes` are what else has to be known. */
export interface Standing {
  readonly text: string;
  /** Files of today that were refused, each with why in two or three words. */
  readonly refused: readonly { readonly resetId: string; readonly file: string; readonly why: string }[];
  readonly notes: readonly string[];
  readonly mood: Mood;
}

/** How things stand. @param zone the zone in which times are told; today's are told without their date */
export function standing(view: OverviewView, zone: string, now: Date): Standing {
  const { resets, counts, queues } = view;
  if (!resets || !counts) return away("The database cannot be reached; sales are taken and wait in the queue.");
  if (!queues) return away("The queue cannot be reached; no sale is taken until it is back.");
  const failed = Object.values(queues).reduce((sum, counts) => sum + counts.failed, 0);
  const held = view.attention?.parts.filter((part) => part.state === "held").length ?? 0;
  const untaken = view.alarms?.filter(isUnacknowledged) ?? [];
  const alarms = untaken.length;
  const silent = untaken.filter((alarm) => alarm.kind === "facility-silent").length;
  const notes = [
    held > 0 && `${plural(held, "store waits", "stores wait")} for your decision`,
    silent > 0 && `${plural(silent, "store is", "stores are")} silent`,
    alarms > silent && `${plural(alarms - silent, silent > 0 ? "other active alarm" : "active alarm")}`,
    failed > 0 && `${plural(failed, "job has", "jobs have")} failed`,
  ].filter((note) => note !== false);
  const todays = counts.flatMap(({ source, mornings }) => {
    const today = mornings.at(-1);
    const whose = counts.length > 1 ? `Today's count of ${source.name}` : "Today's count";
    return today ? [{ today, said: ofToday(today, { zone, now, whose }) }] : [];
  });
  const said = todays.flatMap((each) => each.said ?? []);
  const refused = todays
    .flatMap(({ today }) => today.refused)
    .map((each) => ({ ...each, why: refusedBecause(each.outcome) }));
  const isLate = todays.some(({ today }) => isOverdue(today, now));
  const isWaiting = todays.some(({ today }) => today.running !== null);
  return {
    text: said.length > 0 ? said.join(" ") : nothingYet(view),
    refused: refused.map(({ resetId, file, why }) => ({ resetId, file, why })),
    notes: notes.length > 0 ? notes : ["Nothing needs attention"],
    mood: notes.length > 0 || refused.length > 0 || isLate ? "bad" : isWaiting ? "wait" : "good",
  };
}

/** Nothing of today's count is applied or under way, and it should be. */
function isOverdue({ state, running, deadline, inUse }: Morning, now: Date): boolean {
  return (state === "none" || state === "refused") && running === null && inUse && new Date(deadline) <= now;
}

interface Telling {
  readonly zone: string;
  readonly now: Date;
  /** "Today's count", and of which source where there are several. */
  readonly whose: string;
}

/** "Today's count: applied 10:17 (37 applied, 3 held)."; undefined while nothing has ever come. */
function ofToday(today: Morning, { zone, now, whose }: Telling): string | undefined {
  const said = (time: string) => saidTime(new Date(time), zone, now);
  const { running, stores, appliedAt } = today;
  const count = (state: keyof Morning["stores"]) => stores[state] ?? 0;
  const all = Object.values(stores).reduce((sum, each) => sum + each, 0);
  const ended = all - count("pending") - count("reconciling");
  if (running?.state === "staging") return `${whose} is being read: ${running.file}.`;
  const done = all === 0 ? "" : `: ${quantity(ended)} of ${plural(all, "store")} done`;
  if (running) return `${whose} is being applied${done}.`;
  if (appliedAt !== null) {
    const which = count("applied") === all ? plural(all, "store") : countsText(stores);
    return `${whose}: applied ${said(appliedAt)} (${which}).`;
  }
  if (count("held") > 0) return `${whose} is held: ${countsText(stores)}.`;
  if (all > 0) return `${whose} changed nothing: ${countsText(stores)}.`;
  const deadline = said(today.deadline);
  if (isOverdue(today, now)) return `${whose} is late: the deadline was ${deadline}.`;
  return today.inUse ? `${whose} has not come yet; the deadline is ${deadline}.` : undefined;
}

function nothingYet({ facilities }: OverviewView): string {
  return facilities === 0 ? "Everything is up; nothing has been sold or counted yet." : "No count has come yet.";
}

function away(text: string): Standing {
  const notes = ["What could not be asked is marked below; the page looks again by itself"];
  return { text, refused: [], notes, mood: "bad" };
}
