// The facilities of a reset as a compact table that reads well with hundreds: those that need attention first, filtered by
// state, looked for by id, in pages.
import { type FacilityPart, partWord, type Reset, type ResetWithParts } from "@inventory-sync/operator";
import { change, type Html, html, quantity, type Value } from "../../ui/html.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { address, choices, pager, searchBox } from "../../ui/paging.ts";
import { dash, empty, state } from "../../ui/pieces.ts";
import { type ColumnOf, tableOf } from "../../ui/table.ts";
import { facilityHref, idPart, partHref } from "../stock/links.ts";

const SHOWN = 50;

interface PartsWanted {
  readonly state: string;
  readonly text: string;
  readonly page: number;
}

const URGENCY = ["held", "would-be-held", "failed", "reconciling", "pending", "would-be-applied"];

/** The section about the facilities. */
export function partsSection(reset: ResetWithParts, wanted: PartsWanted, context: PageContext): Html {
  const named = reset.parts.map((part) => ({ part, word: partWord(part, reset) }));
  const found = named.filter(({ part }) => part.facilityId.toLowerCase().includes(wanted.text.toLowerCase()));
  const chosen = found.filter(({ word }) => wanted.state === "all" || word === wanted.state);
  const sorted = [...chosen].sort((one, other) => urgency(one.word) - urgency(other.word));
  const shown = sorted.slice((wanted.page - 1) * SHOWN, wanted.page * SHOWN);
  const isRunning = reset.finishedAt === null;
  const path = `/resets/${reset.id}`;
  const href = (changed: Partial<PartsWanted>) => {
    const { state: word, text, page } = { ...wanted, page: 1, ...changed };
    return `${address(path, { state: word === "all" ? "" : word, q: text, page: page === 1 ? "" : page })}#facilities`;
  };
  return html`<section id="facilities" aria-labelledby="facilities-title">
<h2 id="facilities-title">Stores</h2>
${
  reset.facilities > 0 &&
  html`<div class="bar">${stateChoices(found, wanted, href)}
${reset.facilities > 10 && searchBox({ action: path, name: "q", value: wanted.text, label: "Store", kept: { state: wanted.state === "all" ? "" : wanted.state } })}</div>`
}
${tableOf({
  caption: "Stores of this reset",
  items: shown,
  key: ({ part }) => `part-${idPart(part.facilityId)}`,
  columns: columns(reset, context.mayAct && !reset.preview),
  empty: nothing(reset.facilities, isRunning),
})}
${pager({ page: wanted.page, limit: SHOWN, total: sorted.length, href: (page) => href({ page }), what: "stores" })}
</section>`;
}

function urgency(word: string): number {
  const place = URGENCY.indexOf(word);
  return place < 0 ? URGENCY.length : place;
}

function nothing(facilities: number, isRunning: boolean): Html {
  if (facilities > 0)
    return empty("No store of this reset is like that.", "Choose another state, or clear the search.");
  return isRunning
    ? empty("Not known yet.", "The stores appear here once the file has been read.")
    : empty("No store was reached.", "The file ended before its rows were taken; what became of it is said above.");
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
      text: `${word.charAt(0).toUpperCase()}${word.slice(1)}`.replaceAll("-", " "),
      count: counts.get(word) ?? 0,
      href: href({ state: word }),
      isChosen: wanted.state === word,
    })),
  ]);
}

interface Shown {
  readonly part: FacilityPart;
  readonly word: string;
}

function columns({ id, finishedAt }: Reset, mayAct: boolean): readonly ColumnOf<Shown>[] {
  const isRunning = finishedAt === null;
  const isKnown = ({ part, word }: Shown) => part.finishedAt !== null && word !== "failed";
  const figure = (title: string, of: (part: FacilityPart) => Value): ColumnOf<Shown> => ({
    title,
    number: true,
    cell: (shown) => (isKnown(shown) ? of(shown.part) : dash),
  });
  const href = ({ facilityId }: FacilityPart) => partHref(id, facilityId);
  return [
    { title: "Store", cell: ({ part }) => html`<a href="${facilityHref(part.facilityId)}">${part.facilityId}</a>` },
    { title: "State", cell: ({ word }) => state(word) },
    ...(isRunning ? [{ title: "Progress", cell: partProgress }] : []),
    { title: "Rows", number: true, cell: ({ part }) => quantity(part.rows) },
    { title: "Rejected", number: true, cell: ({ part }) => quantity(part.rejected) },
    figure("Corrected", (part) =>
      part.corrected > 0 ? html`<a href="${href(part)}#corrections">${quantity(part.corrected)}</a>` : "0",
    ),
    figure("Units before", (part) => quantity(part.unitsBefore)),
    figure("Units after", (part) => quantity(part.unitsAfter)),
    figure("Change", (part) => change(part.unitsAfter - part.unitsBefore)),
    figure("Sold since", (part) => quantity(part.lateSales)),
    figure("Not listed", (part) => quantity(part.absent)),
    {
      title: "Locked",
      number: true,
      cell: ({ part }) => (part.lockedMs === null ? dash : `${quantity(part.lockedMs)} ms`),
    },
    ...(isRunning
      ? []
      : [{ title: "More", cell: (shown: Shown) => more(shown, { id, href: href(shown.part), mayAct }) }]),
  ];
}

function more(
  { part, word }: Shown,
  { id, href, mayAct }: { readonly id: string; readonly href: string; readonly mayAct: boolean },
): Value {
  if (word === "held") return html`<a href="${href}">${mayAct ? "Decide …" : "Why"}</a>`;
  if (word === "failed" || word === "would-be-held") return html`<a href="${href}">Why</a>`;
  if (word === "applied" && mayAct)
    return html`<a href="/resets/${id}/revert?facility=${encodeURIComponent(part.facilityId)}">Revert …</a>`;
  return dash;
}

/** A facility is one transaction, so it is not begun, under way, or over. */
function partProgress({ part: { facilityId, finishedAt, state: word } }: Shown): Html {
  const label = `Progress of ${facilityId}`;
  if (finishedAt !== null) return html`<progress max="1" value="1" aria-label="${label}: done"></progress>`;
  if (word === "reconciling") return html`<progress aria-label="${label}: under way"></progress>`;
  return html`<progress max="1" value="0" aria-label="${label}: waits"></progress>`;
}
