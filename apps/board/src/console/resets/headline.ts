// The top of a reset's page: what became of it in one sentence, how far it is while it runs, and its numbers.
import { askedByWords } from "@inventory-sync/domain";
import { type Html, html } from "../../html.ts";
import { confirm } from "../frame/confirm.ts";
import { plural, quantity } from "../frame/figures.ts";
import type { Look } from "../frame/look.ts";
import { message } from "../frame/message.ts";
import { state } from "../frame/state.ts";
import { type Tile, tiles } from "../frame/tile.ts";
import type { ResetReport } from "./report.ts";
import { change, duration, fromTo } from "./words.ts";

/** Name, state, and the one sentence. */
export function headline(report: ResetReport, look: Look): Html {
  const { reset, progress } = report;
  return html`<h1>${reset.preview ? "Preview" : "Reset"} of ${reset.file}</h1>
<p class="lead">${state(reset.state)} ${message(sentence(report), look)}</p>
<p class="soft">Counted at ${look.time(reset.asOf)}, asked for by ${askedByWords(reset.requestedBy)}, begun ${look.time(progress.createdAt)}.</p>
${reset.preview && previewNote(report, look)}`;
}

function sentence({ reset, progress }: ResetReport): string {
  if (reset.outcome !== null) return reset.outcome;
  const count = (word: string) => reset.facilities.filter((part) => part.state === word).length;
  const all = plural(reset.facilities.length, "facility", "facilities");
  if (reset.state === "staging") return "The file is being read; nothing has changed yet.";
  if (reset.preview && progress.finishedAt !== null)
    return `${plural(progress.corrected, "product")} at ${all} would be corrected. Nothing was changed.`;
  const states = ["applied", "held", "failed", "rejected", "stale", "reverted", "reconciling", "pending"]
    .map((word) => ({ word: word === "pending" ? "waiting" : word, count: count(word) }))
    .filter((each) => each.count > 0);
  const [only] = states;
  if (states.length === 1 && only) return `${all} ${only.word}.`;
  return `Of ${all}: ${states.map((each) => `${quantity(each.count)} ${each.word}`).join(", ")}.`;
}

function previewNote({ reset, progress }: ResetReport, { mayAct }: Look): Html {
  const run =
    mayAct &&
    progress.finishedAt !== null &&
    reset.outcome === null &&
    confirm(
      {
        ...{ id: "run-previewed", post: "/api/resets", body: { file: reset.file }, text: "Run it now …", main: true },
        done: "The reset has begun; it stands on the page of resets.",
      },
      {
        title: `Run a reset over ${reset.file}?`,
        says: html`<p><strong>${plural(progress.corrected, "product")} will be corrected at ${plural(reset.facilities.length, "facility", "facilities")}, ${fromTo(sum(reset, "unitsBefore"), sum(reset, "unitsAfter"))}</strong>,
as found by this preview; sales since then count as well.</p><p>A facility whose count looks wrong is held and asks first.</p>`,
        verb: `Correct ${plural(progress.corrected, "product")}`,
      },
    );
  return html`<p>A preview says what a reset would do, and changes nothing. Its file waits on in incoming/.</p>
${run && html`<div class="acts">${run}</div>`}`;
}

/** How far it is, while it runs. */
export function runningSection({ reset, progress, staged }: ResetReport): Html | null {
  if (progress.finishedAt !== null) return null;
  const { facilities, facilitiesDone } = progress;
  if (reset.state === "staging") {
    const says = staged === null ? "Waiting for the file to stand still." : `${quantity(staged)} rows staged so far.`;
    return html`<section id="running"><div class="running"><progress aria-label="Reading the file"></progress><p>${says} Sales go on meanwhile.</p></div></section>`;
  }
  const words = `${quantity(facilitiesDone)} of ${plural(facilities, "facility", "facilities")} done, ${quantity(reset.rows)} rows staged`;
  return html`<section id="running"><div class="running">
<progress max="${Math.max(1, facilities)}" value="${facilitiesDone}" aria-label="${words}"></progress>
<p>${words}. ${plural(progress.correctedApplied, "product")} corrected so far.</p></div></section>`;
}

/** Its numbers as tiles, of what is in force; nothing before there are any. */
export function numbers({ reset, progress }: ResetReport): Html | null {
  if (reset.facilities.length === 0) return null;
  const waiting = progress.facilitiesHeld + progress.facilitiesFailed;
  const took = progress.finishedAt && progress.finishedAt.getTime() - progress.createdAt.getTime();
  return tiles([
    facilitiesTile(reset, waiting),
    {
      ...{ id: "rows", label: "Rows in the file", value: quantity(reset.rows) },
      note: reset.rejected === 0 ? "all could be used" : `${quantity(reset.rejected)} rejected`,
      href: "#rejects",
    },
    ...(reset.preview ? wouldBe(reset) : isNow(reset, progress)),
    {
      ...{ id: "took", label: "Took", value: took === null ? "–" : duration(took) },
      ...{ note: took === null ? "still running" : "from its begin to its end", href: "#timings" },
    },
  ]);
}

function facilitiesTile(reset: ResetReport["reset"], waiting: number): Tile {
  const all = reset.facilities.length;
  if (reset.preview)
    return { id: "facilities", label: "Facilities", value: quantity(all), note: "compared only, not changed" };
  const done = reset.facilities.filter((part) => part.state === "applied" || part.state === "stale").length;
  return {
    ...{ id: "facilities", label: "Facilities applied", value: quantity(done), unit: `of ${quantity(all)}` },
    note: waiting === 0 ? "none needs somebody" : `${quantity(waiting)} ${waiting === 1 ? "needs" : "need"} somebody`,
    mood: waiting === 0 ? "plain" : "bad",
    href: "#facilities",
  };
}

function wouldBe(reset: ResetReport["reset"]): Tile[] {
  const [before, after] = [sum(reset, "unitsBefore"), sum(reset, "unitsAfter")];
  return [
    {
      ...{ id: "corrected", label: "Would be corrected", value: quantity(sum(reset, "corrected")) },
      ...{ unit: "products", note: "by size below", href: "#corrections" },
    },
    {
      ...{ id: "units", label: "Units would change by", value: change(round(after - before)) },
      note: fromTo(before, after),
    },
  ];
}

function isNow(reset: ResetReport["reset"], progress: ResetReport["progress"]): Tile[] {
  const held = { facilities: reset.facilities.filter((part) => part.state === "held") };
  const applied = { facilities: reset.facilities.filter((part) => part.state === "applied") };
  const more = sum(held, "corrected");
  return [
    {
      ...{ id: "corrected", label: "Products corrected", value: quantity(progress.correctedApplied) },
      ...{ note: more === 0 ? "by size below" : `${quantity(more)} held back`, href: "#corrections" },
    },
    {
      ...{ id: "units", label: "Units changed by", value: change(round(progress.unitsChanged)) },
      note: fromTo(sum(applied, "unitsBefore"), sum(applied, "unitsAfter")),
    },
  ];
}

function sum(
  { facilities }: Pick<ResetReport["reset"], "facilities">,
  of: "corrected" | "unitsBefore" | "unitsAfter",
): number {
  return round(facilities.reduce((total, part) => total + part[of], 0));
}

/** To the four decimals that quantities have. */
function round(units: number): number {
  return Math.round(units * 1e4) / 1e4;
}
