// GET /facilities: all facilities with how they are, those that need somebody first.
import {
  SURVEY_KINDS,
  type Survey,
  type SurveyedFacility,
  type SurveyKind,
  surveyFacilities,
} from "@inventory-sync/db";
import type { Endpoint } from "../../endpoint.ts";
import { html, type Value } from "../../html.ts";
import { sendPage } from "../../layout.ts";
import { empty } from "../frame/empty.ts";
import { frame } from "../frame/frame.ts";
import { type Look, lookOf } from "../frame/look.ts";
import { state } from "../frame/state.ts";
import { table } from "../frame/table.ts";
import { address, askedPage, askedText, askedWord, choices, pager, searchBox } from "../paging.ts";
import { age } from "../resets/words.ts";
import { findBox } from "./find-box.ts";
import { facilityHref, idPart } from "./links.ts";

const SHOWN = 100;

const WORDS: Readonly<Record<SurveyKind, string>> = {
  ...{ all: "All", attention: "Need somebody", held: "Held", failed: "Failed", reconciling: "Being reset" },
  uncounted: "Never counted",
};

/** GET /facilities */
export const showFacilities: Endpoint = {
  method: "get",
  path: "/facilities",
  access: "viewer",
  summary: "Facilities with how they are, for people",
  query: [
    { name: "q", description: "Part of a facility's id", schema: { type: "string" } },
    { name: "show", description: "Which", schema: { type: "string", enum: [...SURVEY_KINDS] } },
    { name: "page", description: "Page, from 1", schema: { type: "integer", minimum: 1 } },
  ],
  answers: { 200: { description: "The page", type: "text/html" } },
  async handle(parts, request, response) {
    const text = askedText(request, "q");
    const kind = askedWord(request, "show", SURVEY_KINDS);
    const page = askedPage(request);
    const look = await lookOf(parts, request, response, { live: "facilities" });
    const skip = (page - 1) * SHOWN;
    const survey = await surveyFacilities(parts.database, { text, kind, skip, limit: SHOWN });
    const href = (changed: { kind?: SurveyKind; page?: number }) => {
      const to = { kind, page: 1, ...changed };
      return address("/facilities", {
        q: text,
        show: to.kind === "all" ? "" : to.kind,
        page: to.page === 1 ? "" : to.page,
      });
    };
    const main = html`<h1>Facilities</h1>
<div class="bar">${kinds(survey, kind, href)}
${searchBox({ action: "/facilities", name: "q", value: text, label: "Facility", kept: { show: kind === "all" ? "" : kind } })}</div>
${facilitiesTable(survey, { text, kind, look })}
${pager({ page, limit: SHOWN, total: survey.matching, href: (to) => href({ page: to }), what: "facilities" })}
<section class="below" aria-labelledby="find-title"><h2 id="find-title">A product, wherever it stands</h2>${findBox()}</section>`;
    sendPage(response, 200, frame({ title: "Facilities", nav: "facilities", look }, main));
  },
};

function kinds(survey: Survey, kind: SurveyKind, href: (changed: { kind: SurveyKind }) => string) {
  const shown = SURVEY_KINDS.filter((each) => survey.counts[each] > 0 || each === "all" || each === kind);
  return choices(
    "Which facilities",
    shown.map((each) => ({
      text: WORDS[each],
      count: survey.counts[each],
      href: href({ kind: each }),
      isChosen: each === kind,
    })),
  );
}

function facilitiesTable(
  { facilities, counts }: Survey,
  { text, kind, look }: { readonly text: string; readonly kind: SurveyKind; readonly look: Look },
) {
  const now = new Date();
  const nothing =
    text === "" && kind === "all"
      ? empty(
          "No facility is known yet.",
          "One appears here with its first sale, its first count, or when it is added.",
        )
      : empty(
          "No facility is like that.",
          counts.all === 0 ? `None has “${text}” in its id.` : "Choose another kind, or clear the search.",
        );
  return table({
    caption: "Facilities",
    columns: [
      { title: "Facility" },
      { title: "State" },
      { title: "Last reset", wraps: true },
      { title: "Snapshot's age", number: true },
      { title: "Counted at" },
      { title: "Last event" },
      { title: "Age", number: true },
    ],
    rows: facilities.map((facility) => ({
      key: `facility-${idPart(facility.facilityId)}`,
      cells: cells(facility, look, now),
    })),
    empty: nothing,
  });
}

function cells(facility: SurveyedFacility, look: Look, now: Date): Value[] {
  const { facilityId, lastReset, snapshotAsOf, lastEventAt, alarms } = facility;
  const never = html`<span class="soft">never</span>`;
  return [
    html`<a href="${facilityHref(facilityId)}">${facilityId}</a>`,
    html`${state(facilityState(lastReset?.state))}${alarms.filter((kind) => kind !== "facility-held").map((kind) => html`<br><a class="bad" href="/alarms">${kind.replaceAll("-", " ")}</a>`)}`,
    lastReset === null
      ? html`<span class="soft">none yet</span>`
      : html`<a href="/resets/${lastReset.resetId}?facility=${encodeURIComponent(facilityId)}">${lastReset.state}</a> <span class="soft">${lastReset.file}</span>`,
    snapshotAsOf === null ? never : age(snapshotAsOf, now),
    snapshotAsOf === null ? html`<span class="soft">–</span>` : look.time(snapshotAsOf),
    lastEventAt === null ? never : look.time(lastEventAt),
    lastEventAt === null ? html`<span class="soft">–</span>` : age(lastEventAt, now),
  ];
}

/** How a facility is, in one word. @param word the state of its part of the latest reset */
export function facilityState(word: string | undefined): string {
  return word === "held" || word === "failed" || word === "reconciling" ? word : "open";
}
