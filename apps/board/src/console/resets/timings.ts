// How long a reset took, step by step.
import type { ResetView } from "@inventory-sync/db";
import { type Html, html } from "../../html.ts";
import { table } from "../frame/table.ts";
import { duration, stepsOf } from "./words.ts";

/** The section about timings; nothing before the first step has ended. */
export function timingsSection({ timings, facilities }: ResetView): Html | null {
  const steps = stepsOf(timings);
  if (steps.length === 0) return null;
  const longest = Math.max(1, ...steps.map(({ ms }) => ms));
  const locked = facilities.map(({ lockedMs }) => lockedMs ?? 0);
  return html`<section id="timings" aria-labelledby="timings-title">
<h2 id="timings-title">Where the time went</h2>
${table({
  caption: "Timings by step",
  columns: [{ title: "Step", wraps: true }, { title: "Took", number: true }, { title: "" }],
  rows: steps.map(({ name, ms }, index) => ({
    key: `step-${index}`,
    cells: [
      name,
      duration(ms),
      html`<progress class="share" max="${longest}" value="${ms}" aria-label="${name}: ${duration(ms)}"></progress>`,
    ],
  })),
  empty: html``,
})}
<p class="soft">${timings.totalMs !== undefined && `${duration(timings.totalMs)} from its beginning to the last facility. `}A facility takes no sales in only while it is
locked: ${duration(Math.max(0, ...locked))} at most${locked.length > 1 && `, ${duration(median(locked))} in the middle`}.</p>
</section>`;
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
