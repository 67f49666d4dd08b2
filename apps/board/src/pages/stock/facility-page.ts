// GET /facilities/{facilityId}: one facility: how it is, what fires about it, its levels to search, its latest resets.
import { run } from "@inventory-sync/db";
import { alarmTitle, isKeptId } from "@inventory-sync/domain";
import {
  type AlarmRecord,
  type FacilityClock,
  type FacilityPast,
  type FacilityStock,
  type FoundLevel,
  facilityNaming,
  facilityStock,
  facilityTrend,
  isUnacknowledged,
  LEVEL_KINDS,
  type LevelKind,
  listAlarms,
  readFacilityClock,
  resetsOfFacility,
  searchLevels,
} from "@inventory-sync/operator";
import { facilityOfPath } from "../../api/stock.ts";
import { textQuery } from "../../endpoint.ts";
import { age, change, fromTo, type Html, html, quantity } from "../../ui/html.ts";
import { type PageTopic, page } from "../../ui/page.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { address, askedPage, askedText, askedWord, choices, csvLink, searchBox, steps } from "../../ui/paging.ts";
import { empty, message, state, tiles } from "../../ui/pieces.ts";
import { tableOf } from "../../ui/table.ts";
import { alarmLinks, whoHasIt } from "../alarms/alarm-words.ts";
import { heldAt } from "../resets/decisions.ts";
import { lagText } from "./clock-page.ts";
import { facilityState } from "./facilities-page.ts";
import { levelColumns } from "./find-page.ts";
import { renameButton, retireButton } from "./known.ts";
import { facilityHref, idPart, partHref, productHref } from "./links.ts";
import { TREND_DAYS, trendSection } from "./trend.ts";

const LEVELS_SHOWN = 50;
const RESETS_SHOWN = 5;

/** What the live page of a facility listens to: its latest movement, and the states of its latest resets. */
export const facilityTopic: PageTopic = {
  name: "facility",
  isAbout: isKeptId,
  about: async (parts, request) => (await facilityOfPath(parts, request)).facilityId,
  read: ({ database }, facilityId) => run(database.pool, "facility_seen", [facilityId]),
};

export const showFacility = page({
  path: "/facilities/{facilityId}",
  nav: "facilities",
  topic: facilityTopic,
  summary: "One facility, for people",
  query: [
    textQuery("q", "Part of one of a product's ids"),
    { name: "show", description: "Which levels", schema: { type: "string", enum: [...LEVEL_KINDS] } },
    { name: "days", description: "How many days are drawn", schema: { type: "string", enum: [...TREND_DAYS] } },
    { name: "page", description: "Page, from 1", schema: { type: "integer", minimum: 1 } },
  ],
  async show(parts, context, request) {
    const { database } = parts;
    const { facility, facilityId } = await facilityOfPath(parts, request);
    const asked = {
      text: askedText(request, "q"),
      kind: askedWord(request, "show", LEVEL_KINDS),
      page: askedPage(request),
    };
    const skip = (asked.page - 1) * LEVELS_SHOWN;
    const days = Number(askedWord(request, "days", TREND_DAYS));
    const [naming, stock, levels, resets, alarms, trend, clock] = await Promise.all([
      facilityNaming(database, facility),
      facilityStock(database, facility),
      searchLevels(database, { facility, text: asked.text, kind: asked.kind, skip, limit: LEVELS_SHOWN + 1 }),
      resetsOfFacility(database, { facility, limit: RESETS_SHOWN }),
      listAlarms(database, "firing"),
      facilityTrend(database, { facility, zone: context.zone, days }),
      readFacilityClock(database, facilityId),
    ]);
    const own = alarms.filter((alarm) => alarm.facilityId === facilityId);
    const { name, retiredAt } = naming;
    const main = html`<p class="crumbs"><a href="/facilities">Stores</a></p>
<h1>${facilityId}${name !== null && html` <span class="soft">${name}</span>`}</h1>
<p class="lead">${state(facilityState(resets[0]?.state, retiredAt !== null))}${retiredAt !== null && html` <span class="soft">since ${context.time(retiredAt)}: no count is expected to list it, and its silence is no alarm</span>`}</p>
${context.mayAct && html`<div class="acts">${renameButton(facilityId, name)}${retireButton(facilityId, { isRetired: retiredAt !== null, units: stock.units })}</div>`}
${firing(own, context)}
${await heldAt(database, { facilityId, resetIds: resets.filter((past) => past.state === "held").map((past) => past.resetId) }, context)}
${figures(facilityId, stock, clock)}
${resetsSection(facilityId, resets, context)}
${trendSection(facilityId, trend, context)}
${levelsSection(facilityId, { levels, stock, asked }, context)}`;
    return { title: facilityId, main };
  },
});

function firing(alarms: readonly AlarmRecord[], context: PageContext): Html | null {
  if (alarms.length === 0) return null;
  return html`<section class="alarms ${alarms.some(isUnacknowledged) ? "open" : "taken"}" aria-labelledby="alarms-title"><h2 id="alarms-title">Alarms</h2>
<ul>${alarms.map((alarm) => html`<li><strong>${alarmTitle(alarm)}</strong> <span class="soft">since ${context.time(alarm.since)}</span>${alarmLinks({ ...alarm, facilityId: null }).map((link) => html` · ${link}`)}<br>${!isUnacknowledged(alarm) && html`<strong>${whoHasIt(alarm)}</strong><br>`}${message(alarm.message, context, alarm.resetId)}</li>`)}</ul>
<p><a href="/alarms">All alarms</a></p></section>`;
}

function figures(facilityId: string, stock: FacilityStock, { newest, fault }: FacilityClock): Html {
  const now = new Date();
  const { snapshotAsOf, lastEventAt } = stock;
  return tiles([
    {
      id: "units",
      label: "Units on hand",
      value: quantity(stock.units),
      note: `${quantity(stock.inStock)} products in stock`,
    },
    { id: "products", label: "Products", value: quantity(stock.products), note: "ever sold or counted here" },
    {
      id: "negative",
      label: "Below zero",
      value: quantity(stock.negative),
      href: `${facilityHref(facilityId)}?show=negative#levels`,
      mood: stock.negative > 0 ? "wait" : "plain",
      note: stock.negative > 0 ? "sold more than was counted" : "none",
    },
    {
      id: "snapshot",
      label: "Last count",
      value: snapshotAsOf === null ? "–" : age(snapshotAsOf, now),
      note: snapshotAsOf === null ? "never counted" : "when it was true",
    },
    {
      id: "event",
      label: "Last sale",
      value: lastEventAt === null ? "–" : age(lastEventAt, now),
      note: lastEventAt === null ? "none yet" : "POS time",
    },
    {
      id: "clock",
      label: "Newest sales came",
      value: newest === null ? "–" : lagText(newest),
      href: `${facilityHref(facilityId)}/clock`,
      mood: fault === null ? "plain" : "wait",
      note: newest === null ? "none for 6 h" : `${quantity(newest.absorbed)} of ${quantity(newest.events)} absorbed`,
    },
  ]);
}

interface Asked {
  readonly text: string;
  readonly kind: LevelKind;
  readonly page: number;
}

/** @param of its `levels`: one more than is shown says that there is a next page */
function levelsSection(
  facilityId: string,
  {
    levels,
    stock,
    asked,
  }: { readonly levels: readonly FoundLevel[]; readonly stock: FacilityStock; readonly asked: Asked },
  context: PageContext,
): Html {
  const path = facilityHref(facilityId);
  const href = (changed: Partial<Asked>) => {
    const { text, kind, page } = { ...asked, page: 1, ...changed };
    return `${address(path, { q: text, show: kind === "all" ? "" : kind, page: page === 1 ? "" : page })}#levels`;
  };
  const kinds = [
    { text: "All", count: stock.products, kind: "all" },
    { text: "Below zero", count: stock.negative, kind: "negative" },
    { text: "Never counted", count: stock.uncounted, kind: "uncounted" },
  ] as const;
  return html`<section id="levels" aria-labelledby="levels-title">
<h2 id="levels-title">On hand</h2>
<div class="bar">${choices(
    "Which levels",
    kinds.map(({ kind, ...rest }) => ({ ...rest, href: href({ kind }), isChosen: kind === asked.kind })),
  )}
${searchBox({ action: path, name: "q", value: asked.text, label: "Product", kept: { show: asked.kind === "all" ? "" : asked.kind } })}</div>
${tableOf({
  caption: `On hand at ${facilityId}`,
  items: levels.slice(0, LEVELS_SHOWN),
  key: ({ idType, idValue }) => `level-${idPart(`${idType}-${idValue}`)}`,
  columns: [
    {
      title: "Product",
      wraps: true,
      cell: ({ idType, idValue, matched }) =>
        html`<a href="${productHref({ facilityId, idType, idValue })}">${idValue}</a>${matched !== null && html` <span class="soft">found as ${matched}</span>`}`,
    },
    { title: "Type", cell: ({ idType }) => html`<span class="soft">${idType}</span>` },
    ...levelColumns(context),
  ],
  empty: noLevel(asked),
})}
${steps({ page: asked.page, hasNext: levels.length > LEVELS_SHOWN, href: (page) => href({ page }), what: "levels" })}
${csvLink(`/api${path}/inventory.csv`)}</section>`;
}

function noLevel({ text, kind }: Asked): Html {
  if (text !== "")
    return empty(
      `No level here has “${text}” in one of its product's ids.`,
      "Write less of the id, or clear the search.",
    );
  if (kind === "negative")
    return empty("Nothing is below zero.", "No product was sold more often here than it was counted.");
  if (kind === "uncounted") return empty("All products have been counted.", "Each number is based on a count.");
  return empty(
    "Nothing has been sold or counted here yet.",
    "Products appear with the first sale or the first count that lists this store.",
  );
}

function resetsSection(facilityId: string, resets: readonly FacilityPast[], context: PageContext): Html {
  return html`<section id="resets" aria-labelledby="resets-title">
<h2 id="resets-title">Latest resets</h2>
${tableOf({
  caption: "What resets did here, newest first",
  items: resets,
  key: ({ resetId }) => `past-${resetId}`,
  columns: [
    {
      title: "File",
      wraps: true,
      cell: ({ resetId, file }) => html`<a href="${partHref(resetId, facilityId)}">${file}</a>`,
    },
    { title: "State", wraps: true, cell: (past) => stateCell(past, context) },
    { title: "Counted at", cell: ({ asOf }) => context.time(asOf) },
    { title: "Rows", number: true, cell: ({ rows }) => quantity(rows) },
    { title: "Corrected", number: true, cell: ({ corrected }) => quantity(corrected) },
    {
      title: "Change",
      number: true,
      cell: ({ unitsBefore: before, unitsAfter: after }) =>
        html`<span title="${fromTo(before, after)}">${change(after - before)}</span>`,
    },
    { title: "Ended", cell: ({ finishedAt }) => context.time(finishedAt) },
  ],
  empty: empty("No reset has reached it yet.", "The next count that lists this store sets its stock."),
})}</section>`;
}

function stateCell({ state: word, heldBecause, error, decidedBy }: FacilityPast, context: PageContext): Html {
  const why = [word === "held" ? heldBecause : null, error].filter((each) => each !== null);
  return html`${state(word)}${why.map((each) => html`<br><span class="fault">${message(each, context)}</span>`)}${decidedBy !== null && html`<br><span class="soft">by ${decidedBy}</span>`}`;
}
