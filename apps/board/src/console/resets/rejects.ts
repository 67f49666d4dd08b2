// The rows of a reset's file that could not be used: by code, each with what it means and what to do.
import type { RejectGroup } from "@inventory-sync/db";
import { ROW_CODES, type RowCode } from "@inventory-sync/domain";
import { type Html, html } from "../../html.ts";
import { empty } from "../frame/empty.ts";
import { plural, quantity } from "../frame/figures.ts";
import { table } from "../frame/table.ts";
import type { ResetReport } from "./report.ts";

const FIELDS_LENGTH_MAX = 160;

/** The section about rejected rows. */
export function rejectsSection({ reset, rejects }: ResetReport): Html {
  return html`<section id="rejects" aria-labelledby="rejects-title">
<h2 id="rejects-title">Rejected rows</h2>
${
  rejects.length > 0 &&
  html`<p>${plural(reset.rejected, "row")} of ${quantity(reset.rows)} changed nothing; the others went on.
<a href="/api/resets/${reset.id}/rejects.csv" download>Download them with cause and fix (rejects.csv)</a>: mend them there, and send the file again.</p>`
}
${table({
  caption: "Rejected rows by code",
  columns: [
    { title: "Code" },
    { title: "Rows", number: true },
    { title: "Facilities", number: true },
    { title: "What is wrong", wraps: true },
    { title: "What to do", wraps: true },
    { title: "For example", wraps: true },
  ],
  rows: rejects.map((group) => ({ key: `rejects-${group.code}`, cells: cells(group) })),
  empty: empty("No row was rejected.", "Each row of the file could be used."),
})}</section>`;
}

function cells({ code, rows, facilities, example }: RejectGroup) {
  const known = ROW_CODES[code as RowCode];
  const fields = example.fields.join(", ");
  const shown = fields.length > FIELDS_LENGTH_MAX ? `${fields.slice(0, FIELDS_LENGTH_MAX)}…` : fields;
  return [
    html`<code>${code}</code>`,
    quantity(rows),
    facilities === 0 ? html`<span class="soft">–</span>` : quantity(facilities),
    known ? sentence(known.cause) : example.reason,
    known ? sentence(known.fix) : html`<span class="soft">–</span>`,
    html`line ${quantity(example.line)}: <code>${shown}</code>`,
  ];
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
