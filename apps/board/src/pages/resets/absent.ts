// The products with stock that a count leaves out: they stand as they were, and the shops go on selling them.
import { type Absent, listAbsent, type ResetWithParts } from "@inventory-sync/operator";
import type { Parts } from "../../parts.ts";
import { type Html, html, plural, quantity } from "../../ui/html.ts";
import { empty } from "../../ui/pieces.ts";
import { tableOf } from "../../ui/table.ts";
import { facilityHref, idPart, productColumn } from "../stock/links.ts";

const SHOWN_MAX = 20;

/** The section about them, the first twenty by store; nothing while the reset runs, of a preview, and where there are none. */
export async function absentSection(parts: Parts, reset: ResetWithParts): Promise<Html | null> {
  const absent = reset.parts.reduce((sum, part) => sum + part.absent, 0);
  if (reset.finishedAt === null || reset.preview || reset.repairOf !== null || absent === 0) return null;
  const { items, next } = await listAbsent(parts.database, reset.id, { limit: SHOWN_MAX });
  if (items.length === 0) return null;
  const api = `/api/resets/${reset.id}/absent.csv`;
  return html`<section id="absent" aria-labelledby="absent-title">
<h2 id="absent-title">Not in the file, but with stock</h2>
<p>The file does not list ${plural(absent, "product")}. Those of them that have stock keep it, and go on being sold. If your system leaves out what is sold
out, set <code>ABSENT_ROWS=zero</code>: then what a file does not list counts as 0.
<a href="${api}" download>All of them (absent.csv)</a></p>
${absentTable(items)}
${next !== undefined && html`<p class="soft">The first ${quantity(SHOWN_MAX)} by store.</p>`}
</section>`;
}

function absentTable(items: readonly Absent[]): Html {
  return tableOf({
    caption: "Products with stock that the file does not list",
    items,
    key: (each) => `absent-${idPart(`${each.facilityId}-${each.idType}-${each.idValue}`)}`,
    columns: [
      productColumn,
      {
        title: "Store",
        cell: ({ facilityId, state }) =>
          html`<a href="${facilityHref(facilityId)}">${facilityId}</a>${state === "held" && html` <span class="soft">held</span>`}`,
      },
      { title: "On hand now", number: true, brief: true, cell: ({ onHand }) => quantity(onHand) },
      { title: "Last counted", cell: ({ countedAt }) => (countedAt === null ? "never" : countedAt.slice(0, 10)) },
    ],
    empty: empty("None.", "Everything with stock is in the file."),
  });
}
