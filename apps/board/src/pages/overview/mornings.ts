// The overview's strip: the last seven mornings, whether each had its count in time, and when the next one is due.
import { nextDueTime, type Schedule } from "@inventory-sync/domain";
import type { Morning } from "@inventory-sync/operator";
import { type Html, html, timeText } from "../../ui/html.ts";
import { state } from "../../ui/pieces.ts";
import type { OverviewContext } from "./attention.ts";
import type { CountsOf, OverviewView } from "./view.ts";

/** A strip for each source, and below it the next run and the next deadline. */
export function morningsSection({ counts }: OverviewView, context: OverviewContext): Html | null {
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
