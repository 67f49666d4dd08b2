// Tables: numbers stand right with figures of one width, and an empty one says what would be in it. Where the screen is narrow
// console.css makes each row one line, its head and what is brief; its fold opens the other cells, each with its column's title. The
// roles keep it a table for those who hear it, and the numbers of columns keep each cell with its head while others are folded away.
import { type Html, html, type Value } from "./html.ts";

/** A column. */
export interface Column {
  readonly title: string;
  readonly number?: boolean;
  /** Its text breaks anywhere, so that long names do not stretch the table. */
  readonly wraps?: boolean;
  /** Stands beside the row's head where the screen is narrow. Where no column says so it is the second. */
  readonly brief?: boolean;
}

/** A row; its first cell is its head. `key` is its id on the page, by which a live page finds it again. */
export interface Row {
  readonly key?: string;
  readonly cells: readonly Value[];
}

/** What a table is made from. */
export interface TableOptions {
  /** What the table is, for readers who cannot see its place. */
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** Shown instead of a table without rows. */
  readonly empty: Html;
  /** False: a row shows all of its cells also where the screen is narrow. */
  readonly folds?: boolean;
}

/** A table. */
export function table({ caption, columns: asked, rows, empty, folds = true }: TableOptions): Html {
  if (rows.length === 0) return empty;
  const isSaid = asked.some(({ brief }) => brief);
  const columns = asked.map((column, index) => ({ ...column, brief: isSaid ? column.brief === true : index === 1 }));
  const numbered = folds && html` aria-colcount="${columns.length}"`;
  // Scrolled by keyboard as well, so it can be reached and has a name.
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table class="rows${folds && " folding"}" role="table"${numbered}>
<thead role="rowgroup"><tr role="row">${columns.map((column, index) => headCell(column, index, folds))}</tr></thead>
<tbody role="rowgroup">${rows.map((row) => bodyRow(row, columns, folds))}</tbody></table></div>`;
}

/** A column of buttons or links has a name as well, for those who hear it. */
function headCell(column: Column, index: number, folds: boolean): Html {
  const title = column.title === "" ? html`<span class="unseen">Actions</span>` : column.title;
  return html`<th scope="col" role="columnheader"${place(index, folds)}${classes(column)}>${title}</th>`;
}

function place(index: number, folds: boolean): Html | null {
  return folds ? html` aria-colindex="${index + 1}"` : null;
}

function bodyRow({ key, cells }: Row, columns: readonly Column[], folds: boolean): Html {
  const isFolded = (cell: Value, index: number) => index > 0 && columns[index]?.brief !== true && !isNothing(cell);
  const fold =
    folds &&
    cells.some(isFolded) &&
    html`<details class="fold"${key !== undefined && html` id="fold-${key}"`}><summary aria-label="More"></summary></details>`;
  const each = cells.map((cell, index) => {
    const column = columns[index];
    if (index === 0)
      return html`<th scope="row" role="rowheader"${place(index, folds)}${classes(column)}>${cell}${fold}</th>`;
    const title = column?.title ?? "";
    return html`<td role="cell"${place(index, folds)}${classes(column, isNothing(cell))}${title !== "" && html` data-title="${title}"`}>${cell}</td>`;
  });
  return html`<tr role="row"${key !== undefined && html` id="${key}"`}>${each}</tr>`;
}

/** Whether a reader would see nothing in it, or a dash. */
function isNothing(cell: Value): boolean {
  const { html: text } = html`${cell}`;
  return text === "" || text.replace(/<[^<>]*>/g, "") === "–";
}

function classes(column: Column | undefined, isEmpty = false): Html | null {
  const names = [
    column?.number === true && "number",
    column?.wraps === true && "wraps",
    column?.brief === true && "brief",
    isEmpty && "nothing",
  ].filter((each) => each !== false);
  return names.length === 0 ? null : html` class="${names.join(" ")}"`;
}

/** A column with what its cells hold. */
export interface ColumnOf<Item> extends Column {
  cell(item: Item): Value;
}

/** A table of items, each a row. @param of `key` makes a row's id on the page */
export function tableOf<Item>(of: {
  readonly caption: string;
  readonly items: readonly Item[];
  readonly columns: readonly ColumnOf<NoInfer<Item>>[];
  readonly key?: (item: NoInfer<Item>) => string;
  readonly empty: Html;
  readonly folds?: boolean;
}): Html {
  const { caption, items, columns, key, empty, folds = true } = of;
  const rows = items.map((item) => ({ ...(key && { key: key(item) }), cells: columns.map(({ cell }) => cell(item)) }));
  return table({ caption, columns, rows, empty, folds });
}
