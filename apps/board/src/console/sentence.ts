// The console's first line: how things stand, in one sentence, the worst first.
import { plural } from "./frame/figures.ts";
import type { ConsoleView } from "./view.ts";

/** How things stand. `mood` is for the eye. */
export function stateSentence(view: ConsoleView): { readonly text: string; readonly mood: "good" | "wait" | "bad" } {
  const { facilities, resets, queues } = view;
  if (!facilities || !resets)
    return { text: "The database cannot be reached; sales are taken and wait in the queue.", mood: "bad" };
  if (!queues) return { text: "The queue cannot be reached; no sale is taken until it is back.", mood: "bad" };
  const failed = Object.values(queues).reduce((sum, counts) => sum + counts.failed, 0);
  // A held facility past the ones that were read is among those that need attention, and the other way round.
  const listed = facilities.filter((facility) => facility.state === "held").length;
  const held = Math.max(listed, view.attention?.parts.filter((part) => part.state === "held").length ?? 0);
  const alarms = view.alarms?.length ?? 0;
  const running = resets.filter((reset) => reset.finishedAt === null);
  const parts = [
    alarms > 0 && `${plural(alarms, "alarm rings", "alarms ring")}`,
    held > 0 && `${plural(held, "facility waits", "facilities wait")} for a decision`,
    failed > 0 && `${plural(failed, "job has", "jobs have")} failed`,
    running.length > 0 && `${plural(running.length, "reset is", "resets are")} running`,
    resets[0]?.state === "failed" && `the last reset (${resets[0].file}) failed`,
  ].filter((part) => part !== false);
  if (parts.length > 0) {
    const isBad = alarms + held + failed > 0 || resets[0]?.state === "failed";
    return { text: `${sentence(parts)}.`, mood: isBad ? "bad" : "wait" };
  }
  if (facilities.length === 0) return { text: "Everything is up; nothing has been sold or counted yet.", mood: "good" };
  const count = view.moreFacilities
    ? `More than ${facilities.length} facilities are`
    : capital(plural(facilities.length, "facility is", "facilities are"));
  return { text: `${count} open and nothing needs attention.`, mood: "good" };
}

function sentence(parts: readonly string[]): string {
  const last = parts.at(-1) ?? "";
  return capital(parts.length > 1 ? `${parts.slice(0, -1).join(", ")} and ${last}` : last);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
