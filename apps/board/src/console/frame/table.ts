// Tables: they scroll inside their own box where the screen is narrow, numbers stand right with figures of one width, and an
// empty one says what would be in it.
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
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table>
<thead><tr>${columns.map((column) => html`<th scope="col"${named(column)}>${column.title}</th>`)}</tr></thead>
<tbody>${rows.map((row) => bodyRow(row, columns))}</tbody></table></div>`;
}

function bodyRow({ key, cells }: Row, columns: readonly Column[]): Html {
  const each = cells.map((cell, index) =>
    index === 0
      ? html`<th scope="row"${named(columns[0])}>${cell}</th>`
      : html`<td${named(columns[index])}>${cell}</td>`,
  );
  return html`<tr${key === undefined ? null : html` id="${key}"`}>${each}</tr>`;
}

function named(column: Column | undefined): Html | null {
  const classes = [column?.number === true && "number", column?.wraps === true && "wraps"].filter(
    (each) => each !== false,
  );
  return classes.length === 0 ? null : html` class="${classes.join(" ")}"`;
}
