// Tables: numbers stand right with figures of one width, and an empty one says what would be in it. Where the screen is narrow
// console.css makes each row a block, each cell with its column's title: the roles keep it a table for those who hear it.
import { type Html, html, type Value } from "../../html.ts";

/** A column. */
export interface Column {
  readonly title: string;
  readonly number?: boolean;
  /** Its text breaks anywhere, so that long names do not stretch the table. */
  readonly wraps?: boolean;
}

/** A row; its first cell is its head. `key` is its id on the page, by which a live page finds it again. */
export interface Row {
  readonly key?: string;
  readonly cells: readonly Value[];
}

/** What a table is made from. */
export interface TableOptions {
  /** What the table is, for those who cannot see where it stands. */
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** Shown instead of a table without rows. */
  readonly empty: Html;
}

/** A table. */
export function table({ caption, columns, rows, empty }: TableOptions): Html {
  if (rows.length === 0) return empty;
  // Scrolled by keyboard as well, so it can be reached and has a name.
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table class="rows" role="table">
<thead role="rowgroup"><tr role="row">${columns.map((column) => html`<th scope="col" role="columnheader"${classes(column)}>${column.title}</th>`)}</tr></thead>
<tbody role="rowgroup">${rows.map((row) => bodyRow(row, columns))}</tbody></table></div>`;
}

function bodyRow({ key, cells }: Row, columns: readonly Column[]): Html {
  const each = cells.map((cell, index) => {
    const column = columns[index];
    if (index === 0) return html`<th scope="row" role="rowheader"${classes(column)}>${cell}</th>`;
    const title = column?.title ?? "";
    return html`<td role="cell"${classes(column, isNothing(cell))}${title !== "" && html` data-title="${title}"`}>${cell}</td>`;
  });
  return html`<tr role="row"${key !== undefined && html` id="${key}"`}>${each}</tr>`;
}

/** Whether somebody would see nothing in it, or a dash. */
function isNothing(cell: Value): boolean {
  const { html: text } = html`${cell}`;
  return text === "" || text.replace(/<[^<>]*>/g, "") === "–";
}

function classes(column: Column | undefined, isEmpty = false): Html | null {
  const names = [column?.number === true && "number", column?.wraps === true && "wraps", isEmpty && "nothing"].filter(
    (each) => each !== false,
  );
  return names.length === 0 ? null : html` class="${names.join(" ")}"`;
}
