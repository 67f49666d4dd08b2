// The overview's first lines: how things stand, in one sentence; below it what needs somebody, in words.
import type { ResetProgress } from "@inventory-sync/db";
import { plural, quantity } from "../frame/figures.ts";
import type { Mood } from "../frame/state.ts";
import { timeText } from "../frame/time.ts";
import type { OverviewView } from "./view.ts";

/** How things stand. `notes` are what else has to be known. */
export interface Standing {
  readonly text: string;
  readonly notes: readonly string[];
  readonly mood: Mood;
}

/** How things stand. @param zone the zone in which times are told; today's are told without their date */
export function standing(view: OverviewView, zone: string, now: Date): Standing {
  const { resets, queues } = view;
  if (!resets) return away("The database cannot be reached; sales are taken and wait in the queue.");
  if (!queues) return away("The queue cannot be reached; no sale is taken until it is back.");
  const failed = Object.values(queues).reduce((sum, counts) => sum + counts.failed, 0);
  const held = view.attention?.parts.filter((part) => part.state === "held").length ?? 0;
  const alarms = view.alarms?.length ?? 0;
  const silent = view.alarms?.filter((alarm) => alarm.kind === "facility-silent").length ?? 0;
  const last = resets.find((reset) => !reset.preview);
  const notes = [
    held > 0 && `${plural(held, "facility waits", "facilities wait")} for your decision`,
    silent > 0 && `${plural(silent, "store is", "stores are")} silent`,
    alarms > silent && `${plural(alarms - silent, "alarm rings", "alarms ring")}`,
    failed > 0 && `${plural(failed, "job has", "jobs have")} failed`,
  ].filter((note) => note !== false);
  const isBad = notes.length > 0 || last?.state === "failed";
  const isRunning = last !== undefined && last.finishedAt === null;
  return {
    text: last ? resetSentence(last, whenOf(last.createdAt, zone, now)) : (nothingYet(view) ?? "No reset has run yet."),
    notes: notes.length > 0 ? notes : ["Nothing needs attention"],
    mood: isBad ? "bad" : isRunning ? "wait" : "good",
  };
}

/** "Last reset 04:00 EST: 118 of 120 facilities applied, 2 held." */
function resetSentence(reset: ResetProgress, at: string): string {
  const { facilities, facilitiesDone, facilitiesFailed, facilitiesHeld } = reset;
  if (reset.state === "staging") return `A reset has been running since ${at}: ${reset.file} is being read.`;
  if (reset.finishedAt === null)
    return `A reset has been running since ${at}: ${quantity(facilitiesDone)} of ${plural(facilities, "facility", "facilities")} done.`;
  if (reset.state === "failed")
    return `Last reset ${at} failed: ${reset.outcome ?? `${reset.file} could not be used`}.`.replace("..", ".");
  if (reset.state === "reverted") return `Last reset ${at} was reverted.`;
  const applied = facilitiesDone - facilitiesFailed - facilitiesHeld;
  const rest = [
    facilitiesHeld > 0 && `${quantity(facilitiesHeld)} held`,
    facilitiesFailed > 0 && `${quantity(facilitiesFailed)} failed`,
  ].filter((part) => part !== false);
  return `Last reset ${at}: ${[`${quantity(applied)} of ${plural(facilities, "facility", "facilities")} applied`, ...rest].join(", ")}.`;
}

function whenOf(at: Date, zone: string, now: Date): string {
  const dayOf = (date: Date) => timeText(date, zone).slice(0, "2026-11-23".length);
  return timeText(at, zone, dayOf(at) === dayOf(now) ? "clock" : "short");
}

function nothingYet({ facilities }: OverviewView): string | undefined {
  return facilities === 0 ? "Everything is up; nothing has been sold or counted yet." : undefined;
}

function away(text: string): Standing {
  return { text, notes: ["What could not be asked is marked below; the page looks again by itself"], mood: "bad" };
}
