// GET /facilities/{facilityId}/products/{idType}/{idValue}: one product at one facility: what is on hand and why, its history as
// a drawing, and the ledger under it; now or as of a time.
import { explainLevel, type LevelPlace, levelHistory, listLedger, readLevelAt } from "@inventory-sync/db";
import { stampInName } from "@inventory-sync/domain";
import type { Request } from "express";
import { z } from "zod";
import { levelOfPath, neverStocked } from "../../api/levels.ts";
import { badParameter, queryText, queryTime, readCursor } from "../../asked.ts";
import type { Endpoint } from "../../endpoint.ts";
import { type Html, html } from "../../html.ts";
import { sendPage } from "../../layout.ts";
import type { Parts } from "../../parts.ts";
import { quantity } from "../frame/figures.ts";
import { frame } from "../frame/frame.ts";
import { type Look, lookOf } from "../frame/look.ts";
import { askedWord } from "../paging.ts";
import { explainedSection, pastSection } from "./explained.ts";
import { historySection, RANGES, type RangeName, sinceOf } from "./history.ts";
import { ledgerSection } from "./ledger.ts";
import { facilityHref, productHref } from "./links.ts";

const POINTS_MAX = 2_000;
const LEDGER_SHOWN = 50;

const ledgerPlace = z.object({
  seq: z.string().regex(/^\d{1,18}$/),
  onHand: z.string().regex(/^-?\d{1,20}(\.\d{1,4})?$/),
});

/** GET /facilities/{facilityId}/products/{idType}/{idValue} */
export const showProduct: Endpoint = {
  method: "get",
  path: "/facilities/{facilityId}/products/{idType}/{idValue}",
  access: "viewer",
  summary: "One product at one facility with its history, for people",
  query: [
    { name: "range", description: "How much of the history is drawn", schema: { type: "string", enum: [...RANGES] } },
    {
      name: "at",
      description: "A time, with a zone or in the chosen one: on hand as it was known then",
      schema: { type: "string" },
    },
    { name: "cursor", description: "Where an older page of the ledger begins", schema: { type: "string" } },
  ],
  answers: { 200: { description: "The page", type: "text/html" } },
  async handle(parts, request, response) {
    const place = await levelOfPath(parts, request);
    const look = await lookOf(parts, request, response, { live: `facility:${place.facilityId}` });
    const asked = {
      range: askedWord<RangeName>(request, "range", RANGES),
      at: askedTime(request, look.zone),
      before: readCursor(request, ledgerPlace),
    };
    sendPage(
      response,
      200,
      frame(
        { title: `${place.idValue} at ${place.facilityId}`, nav: "facilities", look },
        await productMain(parts, place, { asked, look }),
      ),
    );
  },
};

/** A time with a zone, or one as the browser's own control writes it, in the chosen zone. */
function askedTime(request: Request, zone: string): Date | undefined {
  const text = queryText(request, "at");
  const local = text === undefined ? null : /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d))?$/.exec(text);
  if (!local) return queryTime(request, "at");
  const [, year, month, day, hour, minute, second = "00"] = local;
  const found = stampInName(`${year}${month}${day}-${hour}${minute}${second}`, zone);
  if (!found) throw badParameter("at", "is no date and time that exists");
  return new Date(found.asOf);
}

interface Shown {
  readonly asked: {
    readonly range: RangeName;
    readonly at: Date | undefined;
    readonly before: z.infer<typeof ledgerPlace> | undefined;
  };
  readonly look: Look;
}

async function productMain({ database }: Parts, place: LevelPlace, { asked, look }: Shown): Promise<Html> {
  const { range, at, before } = asked;
  const until = at ?? new Date();
  const [explained, levelThen, points, ledger] = await Promise.all([
    explainLevel(database, place),
    at && readLevelAt(database, place, at),
    levelHistory(database, place, { since: sinceOf(range, until), until: at, pointsMax: POINTS_MAX }),
    listLedger(database, place, { before, limit: LEDGER_SHOWN }),
  ]);
  if (!explained) throw neverStocked(place);
  const { facilityId, idType, idValue } = place;
  return html`<p class="crumbs"><a href="/facilities">Facilities</a> / <a href="${facilityHref(facilityId)}">${facilityId}</a></p>
<h1>${idValue} <span class="soft">${idType} at ${facilityId}</span></h1>
${explained.otherIds.length > 0 && html`<p class="soft">Also known as ${explained.otherIds.map((other, index) => html`${index > 0 && ", "}${other.idType} ${other.idValue}`)}. <a href="/find?q=${encodeURIComponent(idValue)}">Where else it stands</a></p>`}
${explained.otherIds.length === 0 && html`<p><a href="/find?q=${encodeURIComponent(idValue)}">Where else it stands</a></p>`}
${asOfForm(place, { asked, look })}
${at && levelThen && html`<p class="lead"><strong>${quantity(levelThen.onHand)}</strong> were on hand as the ledger knew it at ${look.time(at)}. Now it is ${quantity(explained.onHand)}. <a href="${productHref(place)}">Back to now</a></p>`}
${at === undefined && explainedSection(explained, look)}
${historySection({ place, points, explained, range, at, until }, look)}
${ledgerSection(place, { ...ledger, isFirst: before === undefined }, look)}
${pastSection(explained, look)}`;
}

/** Choosing a time. Its value is in the chosen zone, as the page's times are. */
function asOfForm(place: LevelPlace, { asked, look }: Shown): Html {
  const value = asked.at === undefined ? "" : localValue(asked.at, look.zone);
  return html`<form class="search" method="get" action="${productHref(place)}">
<label><span class="label">On hand as of (${look.zone})</span><input type="datetime-local" name="at" value="${value}" step="1" required></label>
<button type="submit" class="quiet">Show</button></form>`;
}

function localValue(at: Date, zone: string): string {
  const format = new Intl.DateTimeFormat("sv-SE", {
    ...{ timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" },
    ...{ hour: "2-digit", minute: "2-digit", second: "2-digit" },
  });
  return format.format(at).replace(" ", "T");
}
