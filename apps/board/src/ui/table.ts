// Tables: numbers stand right with figures of one width, and an empty one says what would be in it. Where the screen is narrow
// console.css makes each row one line, its head and what is brief; its fold opens the other cells, each with its column's title. The
// roles keep it a table for those who hear it, and the numbers of columns keep each cell with its head while others are folded away.
import { type Html, html, type Value } from "./html.ts";

/** A column with what its cells hold; those of the first one are the heads of their rows. */
export interface ColumnOf<Item> {
  readonly title: string;
  readonly number?: boolean;
  /** Its text breaks anywhere, so that long names do not stretch the table. */
  readonly wraps?: boolean;
  /** Stands beside the row's head where the screen is narrow. Where no column says so it is the second. */
  readonly brief?: boolean;
  cell(item: Item, index: number): Value;
}

/** A table of items, each a row. */
export function tableOf<Item>(of: {
  /** What the table is, for readers who cannot see its place. */
  readonly caption: string;
  readonly items: readonly Item[];
  readonly columns: readonly ColumnOf<NoInfer<Item>>[];
  /** A row's id on the page, by which a live page finds it again. */
  readonly key?: (item: NoInfer<Item>) => string;
  /** Shown instead of a table without rows. */
  readonly empty?: Html;
  /** False: a row shows all of its cells also where the screen is narrow. */
  readonly folds?: boolean;
}): Html {
  const { caption, items, key, empty = html``, folds = true } = of;
  if (items.length === 0) return empty;
  const isSaid = of.columns.some(({ brief }) => brief);
  const columns = of.columns.map((column, index) => ({
    ...column,
    brief: isSaid ? column.brief === true : index === 1,
  }));
  const numbered = folds && html` aria-colcount="${columns.length}"`;
  // Scrolled by keyboard as well, so it can be reached and has a name.
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table class="rows${folds && " folding"}" role="table"${numbered}>
<thead role="rowgroup"><tr role="row">${columns.map((column, index) => headCell(column, index, folds))}</tr></thead>
<tbody role="rowgroup">${items.map((item, row) => {
    const cells = columns.map((column) => ({ column, cell: column.cell(item, row) }));
    return bodyRow(cells, key?.(item), folds);
  })}</tbody></table></div>`;
}

type Column = Omit<ColumnOf<never>, "cell">;

/** A column of buttons or links has a name as well, for those who hear it. */
function headCell(column: Column, index: number, folds: boolean): Html {
  const title = column.title === "" ? html`<span class="unseen">Actions</span>` : column.title;
  return html`<th scope="col" role="columnheader"${place(index, folds)}${classes(column)}>${title}</th>`;
}

function place(index: number, folds: boolean): Html | null {
  return folds ? html` aria-colindex="${index + 1}"` : null;
}

function bodyRow(
  cells: readonly { readonly column: Column; readonly cell: Value }[],
  key: string | undefined,
  folds: boolean,
): Html {
  const [, ...rest] = cells;
  const fold =
    folds &&
    rest.some(({ column, cell }) => column.brief !== true && !isNothing(cell)) &&
    html`<details class="fold"${key !== undefined && html` id="fold-${key}"`}><summary aria-label="More"></summary></details>`;
  const each = cells.map(({ column, cell }, index) => {
    if (index === 0)
      return html`<th scope="row" role="rowheader"${place(index, folds)}${classes(column)}>${cell}${fold}</th>`;
    const { title } = column;
    return html`<td role="cell"${place(index, folds)}${classes(column, isNothing(cell))}${title !== "" && html` data-title="${title}"`}>${cell}</td>`;
  });
  return html`<tr role="row"${key !== undefined && html` id="${key}"`}>${each}</tr>`;
}

/** Whether a reader would see nothing in it, or a dash. */
function isNothing(cell: Value): boolean {
  const { html: text } = html`${cell}`;
  return text === "" || text.replace(/<[^<>]*>/g, "") === "–";
}

function classes({ number, wraps, brief }: Column, isEmpty = false): Html | null {
  const names = [number && "number", wraps && "wraps", brief && "brief", isEmpty && "nothing"].filter(Boolean);
  return names.length === 0 ? null : html` class="${names.join(" ")}"`;
}
