// GET /facilities/{facilityId}/products/{idType}/{idValue}: one product at one facility: what is on hand and why, its history as
// a drawing, and the ledger under it; now or as of a time.

import {
  channelsOfLevel,
  explainLevel,
  type LevelPlace,
  ledgerPlaceSchema,
  levelHistory,
  listLedger,
  readLevel,
} from "@inventory-sync/operator";
import { levelOfPath } from "../../api/stock.ts";
import { askedTime, localValue, readCursor, refuseCursor } from "../../asked.ts";
import { textQuery } from "../../endpoint.ts";
import { type Html, html, quantity } from "../../ui/html.ts";
import { page } from "../../ui/page.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { askedWord } from "../../ui/paging.ts";
import { channelsSection } from "../channels/beliefs.ts";
import { explainedSection, ledgerSection, pastSection } from "./explained.ts";
import { facilityTopic } from "./facility-page.ts";
import { historySection, RANGES, type RangeName, sinceOf } from "./history.ts";
import { facilityHref, productHref } from "./links.ts";

const POINTS_MAX = 2_000;
const LEDGER_SHOWN = 50;

export const showProduct = page({
  path: "/facilities/{facilityId}/products/{idType}/{idValue}",
  nav: "facilities",
  topic: facilityTopic,
  summary: "One product at one facility with its history, for people",
  query: [
    { name: "range", description: "How much of the history is drawn", schema: { type: "string", enum: [...RANGES] } },
    textQuery("at", "A time, with a zone or in the chosen one: on hand as it was known then"),
    textQuery("cursor", "Where an older page of the ledger begins"),
  ],
  async show(parts, context, request) {
    const { database } = parts;
    const place = await levelOfPath(parts, request);
    const range = askedWord<RangeName>(request, "range", RANGES);
    const at = askedTime(request, "at", context.zone);
    const before = readCursor(request, ledgerPlaceSchema);
    const until = at ?? new Date();
    const [explained, levelThen, points, ledger, channels] = await Promise.all([
      explainLevel(database, place),
      at && readLevel(database, place, at),
      levelHistory(database, place, { since: sinceOf(range, until), until: at, pointsMax: POINTS_MAX }),
      listLedger(database, place, { before, limit: LEDGER_SHOWN }).catch(refuseCursor),
      channelsOfLevel(database, place),
    ]);
    const { facilityId, idType, idValue } = place;
    const others = explained.otherIds.map((other) => `${other.idType} ${other.idValue}`).join(", ");
    const main = html`<p class="crumbs"><a href="/facilities">Stores</a> / <a href="${facilityHref(facilityId)}">${facilityId}</a></p>
<h1>${idValue} <span class="soft">${idType} at ${facilityId}</span></h1>
<p class="soft">${others !== "" && `Also known as ${others}. `}<a href="/find?q=${encodeURIComponent(idValue)}">Stock in other stores</a></p>
${asOfForm(place, at, context)}
${at && levelThen && html`<p class="lead"><strong>${quantity(levelThen.onHand)}</strong> were on hand as the ledger knew it at ${context.time(at, "full")}. Now it is ${quantity(explained.onHand)}. <a href="${productHref(place)}">Back to now</a></p>`}
${at === undefined && explainedSection(explained, context)}
${at === undefined && channelsSection(channels, context)}
${historySection({ place, points, explained, range, at, until }, context)}
${ledgerSection(place, { ...ledger, isFirst: before === undefined }, context)}
${pastSection(explained, context)}`;
    return { title: `${idValue} at ${facilityId}`, main };
  },
});

/** Choosing a time. Its value is in the chosen zone, as the page's times are. */
function asOfForm(place: LevelPlace, at: Date | undefined, { zone }: PageContext): Html {
  const value = at === undefined ? "" : localValue(at, zone);
  return html`<form class="search" method="get" action="${productHref(place)}">
<label><span class="label">On hand as of (${zone})</span><input type="datetime-local" name="at" value="${value}" step="1" required></label>
<button type="submit" class="quiet">Show</button></form>`;
}
