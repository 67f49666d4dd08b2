// GET /facilities/{facilityId}: one facility: how it is, what rings about it, its levels to search, its latest resets.
import {
  type FacilityPast,
  type FacilityStock,
  type FoundLevel,
  facilityStock,
  type LevelKind,
  type RingingAlarm,
  resetsOfFacility,
  ringingAlarms,
  searchLevels,
} from "@inventory-sync/db";
import { facilityOfPath } from "../../api/facilities.ts";
import type { Endpoint } from "../../endpoint.ts";
import { type Html, html } from "../../html.ts";
import { sendPage } from "../../layout.ts";
import { alarmLinks, alarmTitle } from "../alarms/alarm-words.ts";
import { empty } from "../frame/empty.ts";
import { quantity } from "../frame/figures.ts";
import { frame } from "../frame/frame.ts";
import { type Look, lookOf } from "../frame/look.ts";
import { message } from "../frame/message.ts";
import { state } from "../frame/state.ts";
import { table } from "../frame/table.ts";
import { tiles } from "../frame/tile.ts";
import { address, askedPage, askedText, askedWord, choices, searchBox, steps } from "../paging.ts";
import { age, change, fromTo } from "../resets/words.ts";
import { facilityState } from "./facilities-page.ts";
import { facilityHref, idPart, productHref } from "./links.ts";
import { onHandCell } from "./on-hand.ts";

const LEVELS_SHOWN = 50;
const RESETS_SHOWN = 5;

/** GET /facilities/{facilityId} */
export const showFacility: Endpoint = {
  method: "get",
  path: "/facilities/{facilityId}",
  access: "viewer",
  summary: "One facility, for people",
  query: [
    { name: "q", description: "Part of one of a product's ids", schema: { type: "string" } },
    { name: "show", description: "Which levels", schema: { type: "string", enum: ["all", "negative", "uncounted"] } },
    { name: "page", description: "Page, from 1", schema: { type: "integer", minimum: 1 } },
  ],
  answers: { 200: { description: "The page", type: "text/html" } },
  async handle(parts, request, response) {
    const { database } = parts;
    const { facility, facilityId } = await facilityOfPath(parts, request);
    const asked = {
      text: askedText(request, "q"),
      kind: askedWord<LevelKind>(request, "show", ["all", "negative", "uncounted"]),
      page: askedPage(request),
    };
    const look = await lookOf(parts, request, response, { live: `facility:${facilityId}` });
    const skip = (asked.page - 1) * LEVELS_SHOWN;
    const [stock, levels, resets, alarms] = await Promise.all([
      facilityStock(database, facility),
      searchLevels(database, { facility, text: asked.text, kind: asked.kind, skip, limit: LEVELS_SHOWN + 1 }),
      resetsOfFacility(database, { facility, limit: RESETS_SHOWN }),
      ringingAlarms(database),
    ]);
    const own = alarms.filter((alarm) => alarm.facilityId === facilityId);
    const main = html`<p class="crumbs"><a href="/facilities">Facilities</a></p>
<h1>${facilityId}</h1>
<p class="lead">${state(facilityState(resets[0]?.state))}</p>
${ringing(own, look)}
${numbers(facilityId, stock)}
${resetsSection(facilityId, resets, look)}
${levelsSection({ facilityId, levels, stock, asked, look })}`;
    sendPage(response, 200, frame({ title: facilityId, nav: "facilities", look }, main));
  },
};

function ringing(alarms: readonly RingingAlarm[], look: Look): Html | null {
  if (alarms.length === 0) return null;
  return html`<section class="alarms" aria-labelledby="alarms-title"><h2 id="alarms-title">Alarms</h2>
<ul>${alarms.map((alarm) => html`<li><strong>${alarmTitle(alarm)}</strong> <span class="soft">since ${look.time(alarm.since)}</span>${alarmLinks({ ...alarm, facilityId: null }).map((link) => html` · ${link}`)}<br>${message(alarm.message, look, alarm.resetId)}</li>`)}</ul>
<p><a href="/alarms">All alarms</a></p></section>`;
}

function numbers(facilityId: string, stock: FacilityStock): Html {
  const now = new Date();
  const { snapshotAsOf, lastEventAt } = stock;
  const href = facilityHref(facilityId);
  return tiles([
    {
      id: "units",
      label: "Units on hand",
      value: quantity(stock.units),
      note: `${quantity(stock.inStock)} products in stock`,
    },
    { id: "products", label: "Products", value: quantity(stock.products), note: "ever sold or counted here" },
    {
      ...{ id: "negative", label: "Below zero", value: quantity(stock.negative), href: `${href}?show=negative#levels` },
      ...{
        mood: stock.negative > 0 ? "wait" : "plain",
        note: stock.negative > 0 ? "sold more than was counted" : "none",
      },
    },
    {
      ...{ id: "snapshot", label: "Snapshot's age", value: snapshotAsOf === null ? "–" : age(snapshotAsOf, now) },
      note: snapshotAsOf === null ? "never counted" : "since its count was true",
    },
    {
      ...{ id: "event", label: "Last event", value: lastEventAt === null ? "–" : age(lastEventAt, now) },
      note: lastEventAt === null ? "none yet" : "ago, by the POS's clock",
    },
  ]);
}

interface Levels {
  readonly facilityId: string;
  /** One more than is shown says that there is a next page. */
  readonly levels: readonly FoundLevel[];
  readonly stock: FacilityStock;
  readonly asked: { readonly text: string; readonly kind: LevelKind; readonly page: number };
  readonly look: Look;
}

function levelsSection({ facilityId, levels, stock, asked, look }: Levels): Html {
  const path = facilityHref(facilityId);
  const href = (changed: Partial<Levels["asked"]>) => {
    const { text, kind, page } = { ...asked, page: 1, ...changed };
    return `${address(path, { q: text, show: kind === "all" ? "" : kind, page: page === 1 ? "" : page })}#levels`;
  };
  const kinds = [
    { text: "All", count: stock.products, kind: "all" },
    { text: "Below zero", count: stock.negative, kind: "negative" },
    { text: "Never counted", count: stock.uncounted, kind: "uncounted" },
  ] as const;
  const shown = levels.slice(0, LEVELS_SHOWN);
  return html`<section id="levels" aria-labelledby="levels-title">
<h2 id="levels-title">Levels</h2>
<div class="bar">${choices(
    "Which levels",
    kinds.map(({ kind, ...rest }) => ({ ...rest, href: href({ kind }), isChosen: kind === asked.kind })),
  )}
${searchBox({ action: path, name: "q", value: asked.text, label: "Product", kept: { show: asked.kind === "all" ? "" : asked.kind } })}</div>
${table({
  caption: `Levels of ${facilityId}`,
  columns: [
    { title: "Product", wraps: true },
    { title: "Type" },
    { title: "On hand", number: true },
    { title: "Last counted" },
    { title: "Last change" },
  ],
  rows: shown.map((level) => ({
    key: `level-${idPart(`${level.idType}-${level.idValue}`)}`,
    cells: levelCells(facilityId, level, look),
  })),
  empty: noLevel(asked),
})}
${steps({ page: asked.page, hasNext: levels.length > LEVELS_SHOWN, href: (page) => href({ page }), what: "levels" })}</section>`;
}

function levelCells(facilityId: string, { idType, idValue, matched, onHand, asOf, updatedAt }: FoundLevel, look: Look) {
  return [
    html`<a href="${productHref({ facilityId, idType, idValue })}">${idValue}</a>${matched !== null && html` <span class="soft">found as ${matched}</span>`}`,
    html`<span class="soft">${idType}</span>`,
    onHandCell(onHand),
    asOf === null ? html`<span class="soft">never</span>` : look.time(asOf),
    look.time(updatedAt),
  ];
}

function noLevel({ text, kind }: Levels["asked"]): Html {
  if (text !== "")
    return empty(
      `No level here has “${text}” in one of its product's ids.`,
      "Write less of the id, or clear the search.",
    );
  if (kind === "negative")
    return empty("Nothing is below zero.", "No product was sold more often here than it was counted.");
  if (kind === "uncounted") return empty("All products have been counted.", "Each level rests on a snapshot.");
  return empty(
    "Nothing has been sold or counted here yet.",
    "Levels appear with the first sale or the first snapshot that lists this facility.",
  );
}

function resetsSection(facilityId: string, resets: readonly FacilityPast[], look: Look): Html {
  return html`<section id="resets" aria-labelledby="resets-title">
<h2 id="resets-title">Latest resets</h2>
${table({
  caption: "What resets did here, newest first",
  columns: [
    { title: "File", wraps: true },
    { title: "State", wraps: true },
    { title: "Counted at" },
    { title: "Rows", number: true },
    { title: "Corrected", number: true },
    { title: "Change", number: true },
    { title: "Ended" },
  ],
  rows: resets.map((past) => ({
    key: `past-${past.resetId}`,
    cells: [
      html`<a href="/resets/${past.resetId}?facility=${encodeURIComponent(facilityId)}">${past.file}</a>`,
      html`${state(past.state)}${past.heldBecause !== null && past.state === "held" && html`<br><span class="fault">${message(past.heldBecause, look)}</span>`}${past.error !== null && html`<br><span class="fault">${message(past.error, look)}</span>`}${past.decidedBy !== null && html`<br><span class="soft">by ${past.decidedBy}</span>`}`,
      look.time(past.asOf),
      quantity(past.rows),
      quantity(past.corrected),
      html`<span title="${fromTo(past.unitsBefore, past.unitsAfter)}">${change(past.unitsAfter - past.unitsBefore)}</span>`,
      look.time(past.finishedAt),
    ],
  })),
  empty: empty("No reset has reached it yet.", "The next snapshot file that lists this facility counts it."),
})}</section>`;
}
