// The overview: how things stand in one sentence, what needs attention, how it goes and how it went.
import { nextDueTime, type Schedule } from "@inventory-sync/domain";
import type { Morning } from "@inventory-sync/operator";
import { type Html, html, time, timeText } from "../../ui/html.ts";
import { page } from "../../ui/page.ts";
import { address, askedWord, choices } from "../../ui/paging.ts";
import { fault, icon, state } from "../../ui/pieces.ts";
import { resetsTable, runButtons } from "../resets/list.ts";
import { alarmsList, attentionList, type OverviewContext } from "./attention.ts";
import { overviewPlots, overviewTiles } from "./figures.ts";
import { firstSteps } from "./first-steps.ts";
import { type Standing, standing } from "./sentence.ts";
import {
  type CountsOf,
  historyOf,
  type OverviewView,
  overviewView,
  RANGE_NAMES,
  RANGES,
  type RangeName,
} from "./view.ts";

export const showOverview = page({
  path: "/",
  nav: "overview",
  // What the page would say now.
  topic: {
    name: "overview",
    async read(parts) {
      const zone = parts.timeZone;
      return overview(
        await overviewView(parts),
        {
          zone,
          mayAct: true,
          absentRows: parts.reconcile.absentRows,
          resetZone: zone,
          time: (at, style) => time(at, zone, style),
        },
        parts.ingestUrl,
      ).html;
    },
  },
  summary: "The overview: how things stand, for people",
  query: [{ name: "range", description: "How much is drawn", schema: { type: "string", enum: [...RANGE_NAMES] } }],
  async show(parts, context, request) {
    const range = askedWord<RangeName>(request, "range", RANGE_NAMES);
    const view = await overviewView(parts);
    const history = range === "24h" ? view.history : await historyOf[range](parts.database).catch(() => undefined);
    return { title: "Overview", main: overview({ ...view, history }, context, parts.ingestUrl, range) };
  },
});

function overview(
  view: OverviewView,
  context: OverviewContext,
  ingestUrl: string | undefined,
  range: RangeName = "24h",
): Html {
  const { text, refused, notes, mood } = standing(view, context.zone, new Date());
  return html`<div class="standing ${mood}">
<h1>${icon(mood)}<span>${text}${refusedFiles(refused)}</span></h1>
<p>${notes.join(" · ")}.</p>
</div>
${alarmsList(view, context)}
${attentionList(view, context)}
${morningsSection(view, context)}
${view.resets?.length === 0 ? firstSteps(ingestUrl) : null}
${overviewTiles(view)}
${latestResetsSection(view, context)}
<h2 id="history">The last ${RANGES[range].text}</h2>
${choices(
  "How much is drawn",
  RANGE_NAMES.map((name) => ({
    text: RANGES[name].text,
    href: `${address("/", { range: name === "24h" ? "" : name })}#history`,
    isChosen: name === range,
  })),
)}
${overviewPlots(view, context.zone, range)}`;
}

function refusedFiles(refused: Standing["refused"]): Html | null {
  if (refused.length === 0) return null;
  const named = refused.map(
    ({ resetId, file, why }, index) => html`${index > 0 && ", "}<a href="/resets/${resetId}">${file}</a> (${why})`,
  );
  return html` ${refused.length === 1 ? "One file was refused" : `${refused.length} files were refused`}: ${named}.`;
}

const RESETS_SHOWN = 5;

function latestResetsSection({ resets, counts }: OverviewView, context: OverviewContext): Html {
  return html`<h2>Latest resets</h2>
${context.mayAct && runButtons(counts?.map(({ source }) => source.name) ?? [])}
${resets ? resetsTable(resets.slice(0, RESETS_SHOWN), context) : fault("The database")}
${resets && resets.length > 0 && html`<p class="after"><a href="/resets">All resets</a></p>`}`;
}

/** The last seven mornings, whether each had its count in time: a strip for each source, and below it the next run and deadline. */
function morningsSection({ counts }: OverviewView, context: OverviewContext): Html | null {
  if (!counts) return null;
  const isOne = counts.length === 1;
  return html`<section aria-labelledby="mornings-title">
<h2 id="mornings-title">The last seven mornings</h2>
${counts.map((each) => html`${!isOne && html`<h3><a href="/sources">${each.source.name}</a></h3>`}${strip(each, context, isOne ? "" : `${each.source.name}-`)}`)}
</section>`;
}

function strip({ source, mornings }: CountsOf, context: OverviewContext, prefix: string): Html {
  const now = new Date();
  const next = (schedule: Schedule) => context.time(nextDueTime(schedule, now)?.dueAt);
  return html`<ol class="mornings">${mornings.map((each) => morning(each, context, prefix))}</ol>
<p class="soft">Next run: ${next(source.schedule)} · Next deadline: ${next(source.deadlines)}</p>`;
}

function morning(
  { deadline, state: word, appliedAt, resetId }: Morning,
  { zone }: OverviewContext,
  prefix: string,
): Html {
  const day = new Intl.DateTimeFormat("en-GB", { timeZone: zone, weekday: "short", day: "numeric", month: "short" });
  const clock = appliedAt === null ? "" : timeText(new Date(appliedAt), zone, "clock").slice(0, "10:17".length);
  const name = day.format(new Date(deadline));
  return html`<li id="morning-${prefix}${deadline}"><span class="soft">${resetId === null ? name : html`<a href="/resets/${resetId}">${name}</a>`}</span>
${state(word)} <span class="soft">${clock}</span></li>`;
}
