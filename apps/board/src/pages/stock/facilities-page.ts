// GET /facilities: all facilities with how they are, those that need somebody first.
import {
  listAlarms,
  listResets,
  namedFacilities,
  retiringFacility,
  SURVEY_KINDS,
  type Survey,
  type SurveyedFacility,
  type SurveyKind,
  surveyFacilities,
} from "@inventory-sync/operator";
import { failedNow } from "../../api/known.ts";
import { textQuery } from "../../endpoint.ts";
import { chooseBox, chosenBar } from "../../ui/choose.ts";
import { age, type Html, html } from "../../ui/html.ts";
import { page } from "../../ui/page.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { address, askedPage, askedText, askedWord, choices, csvLink, pager, searchBox } from "../../ui/paging.ts";
import { dash, empty, state } from "../../ui/pieces.ts";
import { tableOf } from "../../ui/table.ts";
import { findBox } from "./find-page.ts";
import { addButton, namedSection } from "./known.ts";
import { facilityHref, idPart, partHref } from "./links.ts";

const SHOWN = 100;

const RESETS_SEEN = 50;
const MINUTE_MS = 60_000;

const WORDS: Readonly<Record<SurveyKind, string>> = {
  all: "All",
  attention: "Need attention",
  held: "Held",
  failed: "Failed",
  reconciling: "Being reset",
  uncounted: "Never counted",
  retired: "Retired",
};

export const showFacilities = page({
  path: "/facilities",
  nav: "facilities",
  // Ages are in minutes, so the page is another one each minute.
  topic: {
    name: "facilities",
    read: async ({ database, queues }) => [
      queues.isConnected() ? (await queues.failedMark({ queue: "events" })).mark : null,
      await listResets(database, { limit: RESETS_SEEN }),
      await listAlarms(database, "firing"),
      Math.floor(Date.now() / MINUTE_MS),
    ],
  },
  summary: "Facilities with how they are, for people",
  query: [
    textQuery("q", "Part of a facility's id or name"),
    { name: "show", description: "Which", schema: { type: "string", enum: [...SURVEY_KINDS] } },
    { name: "page", description: "Page, from 1", schema: { type: "integer", minimum: 1 } },
  ],
  async show(parts, context, request) {
    const text = askedText(request, "q");
    const kind = askedWord(request, "show", SURVEY_KINDS);
    const page = askedPage(request);
    const skip = (page - 1) * SHOWN;
    const [survey, named] = await Promise.all([
      surveyFacilities(parts.database, { text, kind, skip, limit: SHOWN }),
      failedNow(parts).then((failed) => namedFacilities(parts.database, failed ?? new Map())),
    ]);
    const href = (changed: { kind?: SurveyKind; page?: number }) => {
      const to = { kind, page: 1, ...changed };
      return address("/facilities", {
        q: text,
        show: to.kind === "all" ? "" : to.kind,
        page: to.page === 1 ? "" : to.page,
      });
    };
    const main = html`<h1>Stores</h1>
${context.mayAct && html`<div class="acts">${addButton()}</div>`}
${namedSection(named, context)}
<div class="bar">${kinds(survey, kind, href)}
${searchBox({ action: "/facilities", name: "q", value: text, label: "Store", kept: { show: kind === "all" ? "" : kind } })}</div>
${context.mayAct && survey.facilities.length > 1 && chosenBar("chosen-stores", [{ name: "retire", text: "Retire", says: html`<p>${retiringFacility.says}</p>` }])}
${facilitiesTable(survey, { text, kind, context })}
${pager({ page, limit: SHOWN, total: survey.matching, href: (to) => href({ page: to }), what: "facilities" })}
${csvLink("/api/facilities.csv")}
<section class="below" aria-labelledby="find-title"><h2 id="find-title">A product, wherever it stands</h2>${findBox()}</section>`;
    return { title: "Stores", main };
  },
});

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
  { text, kind, context }: { readonly text: string; readonly kind: SurveyKind; readonly context: PageContext },
) {
  const now = new Date();
  const nothing =
    text === "" && kind === "all"
      ? empty("No store is known yet.", "One appears here with its first sale, its first count, or when it is added.")
      : empty(
          "No store is like that.",
          counts.all === 0 ? `None has “${text}” in its id or name.` : "Choose another kind, or clear the search.",
        );
  const never = html`<span class="soft">never</span>`;
  return tableOf({
    caption: "Stores",
    items: facilities,
    key: ({ facilityId }) => `facility-${idPart(facilityId)}`,
    columns: [
      {
        title: "Store",
        cell: ({ facilityId, name, retiredAt }) =>
          html`${context.mayAct && retiredAt === null && chooseBox(`store-${idPart(facilityId)}`, facilityId, { retire: { post: `/api${facilityHref(facilityId)}/retire` } })}<a href="${facilityHref(facilityId)}">${facilityId}</a>${name !== null && html`<br><span class="soft">${name}</span>`}`,
      },
      { title: "State", cell: stateCell },
      { title: "Last reset", wraps: true, cell: lastResetCell },
      {
        title: "Last count",
        number: true,
        cell: ({ snapshotAsOf }) => (snapshotAsOf === null ? never : age(snapshotAsOf, now)),
      },
      { title: "Counted at", cell: ({ snapshotAsOf }) => context.time(snapshotAsOf) },
      { title: "Last sale at", cell: ({ lastEventAt }) => (lastEventAt === null ? never : context.time(lastEventAt)) },
      {
        title: "Last sale",
        number: true,
        cell: ({ lastEventAt }) => (lastEventAt === null ? dash : age(lastEventAt, now)),
      },
    ],
    empty: nothing,
  });
}

function stateCell({ lastReset, retiredAt, alarms }: SurveyedFacility): Html {
  const others = alarms.filter((kind) => kind !== "facility-held");
  const word = facilityState(lastReset?.state, retiredAt !== null);
  const firing = others.map((kind) => html`<a href="/alarms">${state(kind.replace("facility-", ""), "bad")}</a>`);
  // One of which an alarm is firing is not well, whatever became of its reset.
  return html`${[...(word === "OK" && firing.length > 0 ? [] : [state(word)]), ...firing].map((each, index) => html`${index > 0 && html`<br>`}${each}`)}`;
}

function lastResetCell({ facilityId, lastReset, file }: SurveyedFacility): Html {
  if (lastReset === null) return html`<span class="soft">none yet</span>`;
  return html`<a href="${partHref(lastReset.resetId, facilityId)}">${lastReset.state}</a> <span class="soft">${file}</span>`;
}

/** How a facility is, in one word. @param word the state of its part of the latest reset */
export function facilityState(word: string | undefined, isRetired: boolean): string {
  if (word === "held" || word === "reconciling") return word;
  if (isRetired) return "retired";
  return word === "failed" ? word : "OK";
}
