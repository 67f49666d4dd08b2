// Retries: those under way with their progress, and how the latest ended.
import type { JobRetryView } from "@inventory-sync/db";
import { type Html, html } from "../../html.ts";
import { retryOutcome, runOf } from "../../retries.ts";
import type { Look } from "../frame/look.ts";
import { progress } from "../frame/progress.ts";
import { state } from "../frame/state.ts";

/** The list; nothing when there was none. */
export function retriesPart(retries: readonly JobRetryView[], look: Look): Html | null {
  if (retries.length === 0) return null;
  const underWay = retries.filter(({ finishedAt }) => finishedAt === null);
  const over = retries.filter(({ finishedAt }) => finishedAt !== null);
  return html`${underWay.length > 0 && html`<section id="retries" aria-label="Retries under way">${underWay.map((retry) => line(retry, look))}</section>`}
${over.length > 0 && html`<details id="retries-over"><summary>The latest retries</summary>${over.map((retry) => line(retry, look))}</details>`}`;
}

function line(retry: JobRetryView, look: Look): Html {
  const { id, target, who, startedAt, looked, total, finishedAt } = retry;
  const how =
    finishedAt === null
      ? progress({ done: Math.min(looked, total), of: total, label: "failed jobs looked at" })
      : html`<span>${retryOutcome(runOf(retry))}</span>`;
  return html`<p id="retry-run-${id}" class="retry">${state(retry.state)} <strong>${target}</strong> ${how}
<span class="soft">${who}, ${look.time(startedAt)}</span></p>`;
}
