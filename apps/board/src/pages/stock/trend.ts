// A facility's last days as a plot: what it sold, what its counts corrected, and what of that nothing explains.
import type { FacilityDay } from "@inventory-sync/operator";
import { type Html, html, plural, quantity, signed } from "../../ui/html.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { address, choices } from "../../ui/paging.ts";
import { plot } from "../../ui/plot.ts";
import { facilityHref } from "./links.ts";

/** How many days may be drawn; the first is what is drawn unasked. */
export const TREND_DAYS = ["30", "7", "90"] as const;

/** The section with the plot. */
export function trendSection(facilityId: string, days: readonly FacilityDay[], { zone }: PageContext): Html {
  const sum = (of: "sold" | "corrected" | "unexplained") => days.reduce((total, day) => total + day[of], 0);
  const line = (label: "sold" | "corrected" | "unexplained") => ({ label, values: days.map((day) => day[label]) });
  const lengths = [...TREND_DAYS].sort((a, b) => Number(a) - Number(b));
  return html`<section id="trend" aria-labelledby="trend-title"><h2 id="trend-title">Day by day</h2>
${choices(
  "How many days are drawn",
  lengths.map((each) => ({
    text: plural(Number(each), "day"),
    href: `${address(facilityHref(facilityId), { days: each === TREND_DAYS[0] ? "" : each })}#trend`,
    isChosen: Number(each) === days.length,
  })),
)}
${plot({
  id: "plot-trend",
  title: `${facilityId} day by day`,
  kind: "lines",
  unit: "units",
  zone,
  x: days.map(({ at }) => Date.parse(at)),
  series: [line("sold"), { ...line("corrected"), tone: "second" }, { ...line("unexplained"), tone: "bad" }],
  summary: `${quantity(sum("sold"))} units sold in ${plural(days.length, "day")}; counts corrected ${signed(sum("corrected"))}, of which ${signed(sum("unexplained"))} unexplained.`,
})}</section>`;
}
