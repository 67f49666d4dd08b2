// The overview: how things stand in one sentence, what needs somebody, how it goes and how it went.
import type { Endpoint } from "../../endpoint.ts";
import { type Html, html } from "../../html.ts";
import { sendPage } from "../../layout.ts";
import type { Parts } from "../../parts.ts";
import { frame } from "../frame/frame.ts";
import { lookOf } from "../frame/look.ts";
import { message } from "../frame/message.ts";
import { icon } from "../frame/state.ts";
import { time } from "../frame/time.ts";
import { alarmsList, attentionList, type Eye } from "./attention.ts";
import { overviewPlots, overviewTiles } from "./figures.ts";
import { firstSteps } from "./first-steps.ts";
import { latestResetsSection } from "./latest-resets.ts";
import { standing } from "./sentence.ts";
import { type OverviewView, overviewView } from "./view.ts";

/** GET / */
export const showOverview: Endpoint = {
  method: "get",
  path: "/",
  access: "viewer",
  summary: "The overview: how things stand, for people",
  answers: { 200: { description: "The page", type: "text/html" } },
  async handle(parts, request, response) {
    const look = await lookOf(parts, request, response, { live: "overview" });
    const main = overview(await overviewView(parts), look);
    sendPage(response, 200, frame({ title: "Overview", nav: "overview", look }, main));
  },
};

/** The topic of live overviews: what the page would say now. */
export async function overviewSeen(parts: Parts): Promise<string> {
  const zone = parts.timeZone;
  return overview(await overviewView(parts), { zone, mayAct: true, time: (date, style) => time(date, zone, style) })
    .html;
}

function overview(view: OverviewView, eye: Eye): Html {
  const { text, notes, mood } = standing(view, eye.zone, new Date());
  const isEmpty = view.facilities === 0 && view.resets?.length === 0;
  return html`<div class="standing ${mood}">
<h1>${icon(mood)}<span>${message(text, eye)}</span></h1>
<p>${notes.join(" · ")}.</p>
</div>
${alarmsList(view, eye)}
${attentionList(view, eye)}
${isEmpty ? firstSteps() : null}
${overviewTiles(view)}
${latestResetsSection(view, eye)}
<h2>The last 24 hours</h2>
${overviewPlots(view, eye.zone)}`;
}
