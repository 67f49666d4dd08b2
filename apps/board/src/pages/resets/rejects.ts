// The rows of a reset's file that could not be used: by code, each with what it means and what to do; and one by one, to be corrected
// where they stand and applied from there as a repair. console.js sends the rows that are ticked.
import { ROW_CODES, type RowCode, sentence, shortened } from "@inventory-sync/domain";
import type { RejectGroup, RepairListed, ResetWithParts, RowsToRepair, RowToRepair } from "@inventory-sync/operator";
import { type Html, html, plural, quantity } from "../../ui/html.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { address, pager } from "../../ui/paging.ts";
import { dash, empty, message, state } from "../../ui/pieces.ts";
import { type ColumnOf, tableOf } from "../../ui/table.ts";
import { REJECTS_SHOWN, type ResetReport } from "./report.ts";

const FIELDS_LENGTH_MAX = 160;

/** The section about rejected rows; nothing of a file that was never read. @param page of the rows that are still to be corrected */
export function rejectsSection(report: ResetReport, page: number, context: PageContext): Html | null {
  const { reset, rejects } = report;
  if (reset.finishedAt !== null && reset.rows === 0 && reset.repairOf === null) return null;
  return html`<section id="rejects" aria-labelledby="rejects-title">
<h2 id="rejects-title">Rejected rows</h2>
${reset.repairOf !== null && ofOrigin(reset, context)}
${
  rejects.length > 0 &&
  html`<p>${plural(reset.rejected, "row")} of ${quantity(reset.rows)} changed nothing${reset.rejected < reset.rows && "; the others went on"}.
<a href="/api/resets/${reset.id}/rejects.csv" download>Download them with cause and fix (rejects.csv)</a>${
    report.repair?.whyNot === undefined
      ? html`: correct them there and put the file into
<code>incoming/</code>, or correct them below. They are counted as of the time of this count.`
      : "."
  }</p>`
}
${groupsTable(rejects)}
${report.repair && repairPart(reset, report.repair, { page, context })}</section>`;
}

function ofOrigin({ repairOf, parts }: ResetWithParts, context: PageContext): Html {
  const stale = parts.reduce((sum, part) => sum + part.stale, 0);
  return html`<p>${message(`This is a repair: it corrects rejected rows of reset ${repairOf}, as of the time of that count.`, context)}
${stale > 0 && html`<strong>${plural(stale, "product")} changed nothing: a newer count is in force there.</strong>`}</p>`;
}

function groupsTable(rejects: readonly RejectGroup[]): Html {
  return tableOf({
    caption: "Rejected rows by code",
    items: rejects,
    key: ({ code }) => `rejects-${code}`,
    columns: [
      { title: "Code", cell: ({ code }) => html`<code class="whole">${code}</code>` },
      { title: "Rows", number: true, cell: ({ rows }) => quantity(rows) },
      { title: "Stores", number: true, cell: ({ facilities }) => (facilities === 0 ? dash : quantity(facilities)) },
      { title: "What is wrong", wraps: true, cell: (group) => known(group, "cause") ?? group.reason },
      { title: "What to do", wraps: true, cell: (group) => known(group, "fix") ?? dash },
      {
        title: "For example",
        wraps: true,
        cell: ({ line, fields }) =>
          html`line ${quantity(line)}: <code>${shortened(fields.join(", "), FIELDS_LENGTH_MAX)}</code>`,
      },
    ],
    empty: empty("No row was rejected.", "Each row of the file could be used."),
  });
}

function known({ code }: RejectGroup, what: "cause" | "fix"): string | undefined {
  const text = ROW_CODES[code as RowCode]?.[what];
  return text && sentence(text);
}

/** What was corrected, and what is still to be. */
function repairPart(
  reset: ResetWithParts,
  { whyNot, toRepair, repairs }: NonNullable<ResetReport["repair"]>,
  { page, context }: { readonly page: number; readonly context: PageContext },
): Html {
  if (whyNot !== undefined) return html`<p class="soft">${message(whyNot, context)}</p>`;
  const isBusy = repairs.some((each) => each.state === "staging" || each.state === "reconciling");
  const href = (wanted: number) =>
    `${address(`/resets/${reset.id}`, { rejects: wanted === 1 ? "" : wanted })}#rows-to-repair`;
  const { total } = toRepair;
  return html`<h3 id="rows-to-repair">To be corrected</h3>
${repairs.length > 0 && html`<ul>${repairs.map((each) => html`<li>${repairSentence(each, context)}</li>`)}</ul>`}
${isBusy && html`<p class="soft">Rows are being applied; what is still wrong is shown here afterwards.</p>`}
${rowsTable(reset, toRepair, { ...context, mayAct: context.mayAct && !isBusy })}
${pager({ page, limit: REJECTS_SHOWN, total, href, what: "rows" })}`;
}

function repairSentence(repair: RepairListed, context: PageContext): Html {
  const { id, rows, rejected, stale, requestedBy, createdAt } = repair;
  const rest = [
    plural(rows, "row"),
    rejected > 0 && `${quantity(rejected)} still wrong`,
    stale > 0 && `${quantity(stale)} too late: a newer count is in force`,
  ].filter((each) => each !== false);
  return html`<a href="/resets/${id}">Repair</a> of ${context.time(createdAt)} by ${requestedBy}: ${state(repair.state)}
${repair.state !== "staging" && rest.join(", ")}`;
}

function rowsTable(reset: ResetWithParts, { columns, rows, total }: RowsToRepair, { mayAct }: PageContext): Html {
  const used = columns.flatMap(({ name, isUsed }, index) => (isUsed ? [{ name, index }] : []));
  const cells: readonly ColumnOf<RowToRepair>[] = used.map(({ name, index }) => ({
    title: name,
    cell: ({ line, fields }) => {
      const value = fields[index] ?? "";
      return mayAct
        ? html`<input type="text" data-column="${name}" value="${value}" aria-label="${name} of line ${line}" maxlength="1000" autocomplete="off" spellcheck="false">`
        : value;
    },
  }));
  const table = tableOf<RowToRepair>({
    caption: "Rejected rows to be corrected",
    folds: !mayAct,
    items: rows,
    key: ({ line }) => `row-${line}`,
    columns: [
      {
        title: "Line",
        cell: ({ line }) =>
          mayAct
            ? html`<label><input type="checkbox" data-line="${line}" aria-label="Apply line ${line}"> ${line}</label>`
            : line,
      },
      ...cells,
      { title: "What is wrong", wraps: true, cell: (row) => wrong(row, columns.length) },
    ],
    empty: empty("No row is left to be corrected.", "Each rejected row has been corrected and applied."),
  });
  if (total === 0 || !mayAct) return table;
  return html`<p class="soft">Change what is wrong, and apply: only what these rows name changes, with the sales since the count. It can be reverted.</p>
${table}
<div class="acts"><button type="button" id="apply-rows" class="main" disabled data-rows data-post="/api/resets/${reset.id}/repair" data-body="{}" data-done="The rows are being applied.">Apply 0 rows</button>
<label><input type="checkbox" id="all-rows" data-all-rows> All on this page</label></div>`;
}

function wrong({ code, reason, fields, isOvertaken, triedIn }: RowToRepair, columns: number): Html {
  return html`<code>${code}</code> ${sentence(reason)}
${fields.length !== columns && html`<br>It was: <code>${shortened(fields.join(", "), FIELDS_LENGTH_MAX)}</code>`}
${triedIn !== null && html`<br><span class="soft">As it was tried last.</span>`}
${isOvertaken && html`<br><span class="wait">A newer count is in force at its store: this row would change nothing.</span>`}`;
}
