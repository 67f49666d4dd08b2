// The facilities of a reset as a compact table that reads well with hundreds: those that need somebody first, filtered by
// state, looked for by id, in pages.
import type { FacilityResetView } from "@inventory-sync/db";
import { type Html, html, type Value } from "../../html.ts";
import { empty } from "../frame/empty.ts";
import { quantity } from "../frame/figures.ts";
import type { Look } from "../frame/look.ts";
import { state } from "../frame/state.ts";
import { type Column, table } from "../frame/table.ts";
import { address, choices, pager, searchBox } from "../paging.ts";
import { facilityHref, idPart } from "../stock/links.ts";
import type { ResetReport } from "./report.ts";
import { change } from "./words.ts";

const SHOWN = 50;

/** What of the facilities is shown. */
interface PartsWanted {
  readonly state: string;
  readonly text: string;
  readonly page: number;
}

const URGENCY = ["held", "failed", "reconciling", "pending", "previewed"];

/** A part's state as people read it: a preview's parts never leave `pending`. */
function shownState(part: FacilityResetView, isPreview: boolean): string {
  return isPreview && part.state === "pending" && part.finishedAt !== null ? "previewed" : part.state;
}

/** The section about the facilities. */
export function partsSection({ reset, progress }: ResetReport, wanted: PartsWanted, look: Look): Html {
  const named = reset.facilities.map((part) => ({ part, word: shownState(part, reset.preview) }));
  const found = named.filter(({ part }) => part.facilityId.toLowerCase().includes(wanted.text.toLowerCase()));
  const chosen = found.filter(({ word }) => wanted.state === "all" || word === wanted.state);
  const sorted = [...chosen].sort((one, other) => urgency(one.word) - urgency(other.word));
  const shown = sorted.slice((wanted.page - 1) * SHOWN, wanted.page * SHOWN);
  const isRunning = progress.finishedAt === null;
  const path = `/resets/${reset.id}`;
  const href = (changed: Partial<PartsWanted>) => {
    const { state: word, text, page } = { ...wanted, page: 1, ...changed };
    return `${address(path, { state: word === "all" ? "" : word, q: text, page: page === 1 ? "" : page })}#facilities`;
  };
  return html`<section id="facilities" aria-labelledby="facilities-title">
<h2 id="facilities-title">Facilities</h2>
${
  reset.facilities.length > 0 &&
  html`<div class="bar">${stateChoices(found, wanted, href)}
${reset.facilities.length > 10 && searchBox({ action: path, name: "q", value: wanted.text, label: "Facility", kept: { state: wanted.state === "all" ? "" : wanted.state } })}</div>`
}
${table({
  caption: "Facilities of this reset",
  columns: columns(isRunning),
  rows: shown.map(({ part, word }) => ({
    key: `part-${idPart(part.facilityId)}`,
    cells: cells({ part, word, resetId: reset.id, isRunning, mayAct: look.mayAct && !reset.preview }),
  })),
  empty: nothing(reset.facilities.length, isRunning),
})}
${pager({ page: wanted.page, limit: SHOWN, total: sorted.length, href: (page) => href({ page }), what: "facilities" })}
</section>`;
}

function urgency(word: string): number {
  const place = URGENCY.indexOf(word);
  return place < 0 ? URGENCY.length : place;
}

function nothing(facilities: number, isRunning: boolean): Html {
  if (facilities > 0)
    return empty("No facility of this reset is like that.", "Choose another state, or clear the search.");
  return isRunning
    ? empty("Not known yet.", "The facilities stand here once the file has been read.")
    : empty("No facility was reached.", "The file ended before its rows were taken; what became of it is said above.");
}

function stateChoices(
  found: readonly { readonly word: string }[],
  wanted: PartsWanted,
  href: (changed: Partial<PartsWanted>) => string,
): Html {
  const counts = new Map<string, number>();
  for (const { word } of found) counts.set(word, (counts.get(word) ?? 0) + 1);
  const words = [...counts.keys()].sort((one, other) => urgency(one) - urgency(other) || (one < other ? -1 : 1));
  if (wanted.state !== "all" && !counts.has(wanted.state)) words.push(wanted.state);
  return choices("State", [
    { text: "All", count: found.length, href: href({ state: "all" }), isChosen: wanted.state === "all" },
    ...words.map((word) => ({
      text: `${word.charAt(0).toUpperCase()}${word.slice(1)}`,
      count: counts.get(word) ?? 0,
      href: href({ state: word }),
      isChosen: wanted.state === word,
    })),
  ]);
}

function columns(isRunning: boolean): Column[] {
  return [
    { title: "Facility" },
    { title: "State" },
    ...(isRunning ? [{ title: "Progress" }] : []),
    { title: "Rows", number: true },
    { title: "Rejected", number: true },
    { title: "Corrected", number: true },
    { title: "Units before", number: true },
    { title: "Units after", number: true },
    { title: "Change", number: true },
    { title: "Sold since", number: true },
    { title: "Not listed", number: true },
    { title: "Locked", number: true },
    ...(isRunning ? [] : [{ title: "More" }]),
  ];
}

function cells(each: {
  readonly part: FacilityResetView;
  readonly word: string;
  readonly resetId: string;
  readonly isRunning: boolean;
  readonly mayAct: boolean;
}): Value[] {
  const { part, word, resetId, isRunning, mayAct } = each;
  const isKnown = part.finishedAt !== null && word !== "failed";
  const known = (value: number): Value => (isKnown ? quantity(value) : html`<span class="soft">–</span>`);
  const facility = `/resets/${resetId}?facility=${encodeURIComponent(part.facilityId)}`;
  return [
    html`<a href="${facilityHref(part.facilityId)}">${part.facilityId}</a>`,
    state(word, word === "previewed" ? "good" : undefined),
    ...(isRunning ? [partProgress(part)] : []),
    quantity(part.rows),
    quantity(part.rejected),
    isKnown && part.corrected > 0 ? html`<a href="${facility}#corrections">${quantity(part.corrected)}</a>` : known(0),
    known(part.unitsBefore),
    known(part.unitsAfter),
    isKnown ? change(part.unitsAfter - part.unitsBefore) : known(0),
    known(part.lateSales),
    known(part.absent),
    part.lockedMs === null ? html`<span class="soft">–</span>` : `${quantity(part.lockedMs)} ms`,
    ...(isRunning ? [] : [more({ word, facility, mayAct, resetId, facilityId: part.facilityId })]),
  ];
}

function more(of: { word: string; facility: string; mayAct: boolean; resetId: string; facilityId: string }): Value {
  const { word, facility, mayAct, resetId, facilityId } = of;
  if (word === "held") return html`<a href="${facility}">${mayAct ? "Decide …" : "Why"}</a>`;
  if (word === "failed") return html`<a href="${facility}">Why</a>`;
  if (word === "applied" && mayAct)
    return html`<a href="/resets/${resetId}/revert?facility=${encodeURIComponent(facilityId)}">Revert …</a>`;
  return html`<span class="soft">–</span>`;
}

/** A facility is one transaction, so it is not begun, under way, or over. */
function partProgress({ facilityId, finishedAt, state: word }: FacilityResetView): Html {
  const label = `Progress of ${facilityId}`;
  if (finishedAt !== null) return html`<progress max="1" value="1" aria-label="${label}: done"></progress>`;
  if (word === "reconciling") return html`<progress aria-label="${label}: under way"></progress>`;
  return html`<progress max="1" value="0" aria-label="${label}: waits"></progress>`;
}
