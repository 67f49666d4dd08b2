// A reset as a whole: what became of it in one sentence, how far it is while it runs, its numbers, and where its time went.
import { askedByWords, sentence } from "@inventory-sync/domain";
import {
  listedText,
  mergedText,
  partWord,
  type Reset,
  type ResetWithParts,
  storesText,
} from "@inventory-sync/operator";
import { confirm } from "../../ui/dialog.ts";
import { change, duration, fromTo, type Html, html, plural, quantity } from "../../ui/html.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { message, state, type Tile, tiles } from "../../ui/pieces.ts";
import { tableOf } from "../../ui/table.ts";
import { idPart } from "../stock/links.ts";
import type { ResetReport } from "./report.ts";

/** Name, state, and the one sentence. */
export function headline(reset: ResetWithParts, context: PageContext): Html {
  return html`<h1>${reset.preview ? "Preview" : "Reset"} of ${reset.file}</h1>
<p class="lead">${state(reset.state)} ${message(whatBecame(reset), context)}</p>
${reset.notPutAway !== null && html`<p class="fault" role="status">${message(reset.notPutAway, context)}</p>`}
<p class="soft">Counted at ${context.time(reset.asOf)}, asked for by ${message(askedByWords(reset.requestedBy), context)}, started ${context.time(reset.createdAt)}.</p>
${reset.merged && html`<p>${mergedText(reset.merged)}</p>`}
${reset.preview && previewNote(reset, context)}`;
}

function whatBecame(reset: Reset): string {
  if (reset.outcome !== null) return reset.outcome;
  if (reset.state === "staging") return "The file is being read; nothing has changed yet.";
  if (reset.facilities === 0) {
    const all = reset.skipped === reset.rows ? ": all of them name products that are deliberately not kept" : "";
    return `None of its ${plural(reset.rows, "row")} changed anything${all}.`;
  }
  if (!reset.preview || reset.finishedAt === null) return sentence(storesText(reset));
  if (reset.facilities === reset.facilitiesFailed)
    return `${sentence(storesText(reset))} A reset would change nothing.`;
  const { corrected, unitsBefore, unitsAfter } = reset;
  return `${sentence(storesText(reset))} ${plural(corrected, "product")} would be corrected, ${fromTo(unitsBefore, unitsAfter)}. Nothing was changed.`;
}

function previewNote(reset: ResetWithParts, { mayAct, absentRows }: PageContext): Html {
  const corrected = plural(reset.corrected, "product");
  const waiting = reset.parts.filter((part) => partWord(part, reset) === "would-be-held");
  const stores = plural(reset.facilities - reset.facilitiesFailed - waiting.length, "store");
  // Of a preview that failed, or could use no row, a reset would come to the same.
  const isUseful = reset.finishedAt !== null && reset.outcome === null && reset.facilities > reset.facilitiesFailed;
  // A first count is never held, so that only this says what it leaves out.
  const would = reset.parts.filter((part) => partWord(part, reset) === "would-be-applied");
  const listed = isUseful && reset.repairOf === null && would.length > 0 ? listedText(would, { absentRows }) : "";
  const run =
    mayAct &&
    isUseful &&
    confirm({
      id: "run-previewed",
      post: "/api/resets",
      body: { file: reset.file, source: reset.source },
      text: "Run it now …",
      main: true,
      done: "The reset has begun.",
      title: `Run a reset over ${reset.file}?`,
      says: html`<p><strong>${corrected} will be corrected at ${stores}, ${fromTo(reset.unitsBefore, reset.unitsAfter)}</strong>,
as found by this preview; sales since then count as well. ${listed}</p>
<p>${waiting.length > 0 ? `${waiting.length} will wait for you: ${named(waiting.map(({ facilityId }) => facilityId))}.` : "A store whose count looks wrong by then is held and asks first."}</p>`,
      verb: `Correct ${corrected}`,
    });
  return html`${listed !== "" && html`<p id="listed"><strong>${listed}</strong></p>`}
<p>A preview says what a reset would do, and changes nothing. It leaves the file in incoming/.</p>
${run && html`<div class="acts">${run}</div>`}`;
}

const STORES_NAMED = 12;

/** Ids, of very many the first. */
function named(ids: readonly string[]): string {
  const more = ids.length - STORES_NAMED;
  return `${ids.slice(0, STORES_NAMED).join(", ")}${more > 0 ? ` and ${quantity(more)} more` : ""}`;
}

/** How far it is, while it runs. */
export function runningSection({ reset, staged }: ResetReport): Html | null {
  const { finishedAt, facilities, facilitiesDone } = reset;
  if (finishedAt !== null) return null;
  if (reset.state === "staging") {
    const says = staged === null ? "Waiting for the upload to finish." : `${quantity(staged)} rows staged so far.`;
    return html`<section id="running"><div class="running"><progress aria-label="Reading the file"></progress><p>${says} Sales go on meanwhile.</p></div></section>`;
  }
  if (facilities === 0) return null;
  const words = `${quantity(facilitiesDone)} of ${plural(facilities, "store")} done, ${quantity(reset.rows)} rows staged`;
  return html`<section id="running"><div class="running">
<progress max="${Math.max(1, facilities)}" value="${facilitiesDone}" aria-label="${words}"></progress>
<p>${words}. ${plural(reset.corrected, "product")} corrected so far.</p></div></section>`;
}

/** Its numbers as tiles, of what is in force; nothing before there are any. */
export function numbers(reset: ResetWithParts): Html | null {
  if (reset.facilities === 0) return null;
  const took = reset.finishedAt && Date.parse(reset.finishedAt) - Date.parse(reset.createdAt);
  return tiles([
    facilitiesTile(reset),
    {
      id: "rows",
      label: "Rows in the file",
      value: quantity(reset.rows),
      note: reset.rejected === 0 ? "all could be used" : `${quantity(reset.rejected)} rejected`,
      href: "#rejects",
    },
    ...changeTiles(reset),
    {
      id: "took",
      label: "Took",
      value: took === null ? "–" : duration(Number(took)),
      note: took === null ? "still running" : "duration",
      href: "#timings",
    },
  ]);
}

function facilitiesTile(reset: Reset): Tile {
  const { preview, facilities, facilitiesHeld, facilitiesFailed, facilityCounts } = reset;
  const waiting = facilitiesHeld + facilitiesFailed;
  const needs = `${quantity(waiting)} ${waiting === 1 ? "needs" : "need"} attention`;
  return {
    id: "facilities",
    label: preview ? "Would be applied" : "Stores applied",
    value: quantity(preview ? facilities - waiting : (facilityCounts.applied ?? 0)),
    unit: `of ${quantity(facilities)}`,
    note: preview ? "compared only, not changed" : waiting === 0 ? "none needs attention" : needs,
    mood: waiting === 0 ? "plain" : "bad",
    href: "#facilities",
  };
}

function changeTiles({ preview, parts, corrected, unitsBefore, unitsAfter }: ResetWithParts): Tile[] {
  const held = parts.filter((part) => part.state === "held").reduce((sum, part) => sum + part.corrected, 0);
  return [
    {
      id: "corrected",
      label: preview ? "Would be corrected" : "Products corrected",
      value: quantity(corrected),
      note: held === 0 ? "by size below" : `${quantity(held)} held back`,
      href: "#corrections",
    },
    {
      id: "units",
      label: preview ? "Units would change by" : "Units changed by",
      value: change(unitsAfter - unitsBefore),
      note: fromTo(unitsBefore, unitsAfter),
    },
  ];
}

/** Steps of a reset by the name of their timing, in their order; what is left of the total comes before the last. */
const STEPS = [
  ["fetchMs", "Fetching the file"],
  ["stageMs", "Reading and checking its rows, beyond that"],
  [undefined, "Waiting in line and correcting the stores"],
  ["putAwayMs", "Putting the file away"],
] as const;

function stepsOf({ totalMs, ...timings }: Reset["timings"]): { readonly name: string; readonly ms: number }[] {
  const rest = totalMs === undefined ? 0 : totalMs - Object.values(timings).reduce((sum, ms) => sum + ms, 0);
  return STEPS.flatMap(([key, name]) => {
    const ms = key === undefined ? rest : timings[key];
    return ms === undefined || (key === undefined && ms <= 0) ? [] : [{ name, ms }];
  });
}

/** The section about timings; nothing before the first step has ended. */
export function timingsSection({ timings, parts }: ResetWithParts): Html | null {
  const steps = stepsOf(timings);
  if (steps.length === 0) return null;
  const longest = Math.max(1, ...steps.map(({ ms }) => ms));
  const locked = parts.map(({ lockedMs }) => lockedMs ?? 0);
  return html`<section id="timings" aria-labelledby="timings-title">
<h2 id="timings-title">Where the time went</h2>
${tableOf({
  caption: "Timings by step",
  items: steps,
  key: ({ name }) => `step-${idPart(name)}`,
  columns: [
    { title: "Step", wraps: true, cell: ({ name }) => name },
    { title: "Took", number: true, cell: ({ ms }) => duration(ms) },
    {
      title: "Share",
      cell: ({ name, ms }) =>
        html`<progress class="share" max="${longest}" value="${ms}" aria-label="${name}: ${duration(ms)}"></progress>`,
    },
  ],
})}
<p class="soft">${timings.totalMs !== undefined && `${duration(timings.totalMs)} from its beginning to the last store. `}A store takes no sales in only while it is
locked: ${duration(Math.max(0, ...locked))} at most${locked.length > 1 && `, ${duration(median(locked))} in the middle`}.</p>
</section>`;
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
