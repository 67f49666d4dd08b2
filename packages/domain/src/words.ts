// How counts, errors, long texts and tables are written, wherever a process writes for people.

const number = new Intl.NumberFormat("en-US", { maximumFractionDigits: 4 });

/** A number with its thousands marked: "12,345.5". */
export function quantityText(value: number): string {
  return number.format(value);
}

/** A count with its noun: "1 product", "2 products", "1,234 products". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${quantityText(count)} ${count === 1 ? one : many}`;
}

/** The first `lengthMax` characters; an ellipsis says that there were more. */
export function shortened(text: string, lengthMax: number): string {
  return text.length > lengthMax ? `${text.slice(0, lengthMax)}…` : text;
}

/** The first names of several, and how many more there are: "a, b and 3 more". */
export function someOf(names: readonly string[], most: number): string {
  const more = names.length > most ? ` and ${names.length - most} more` : "";
  return `${names.slice(0, most).join(", ")}${more}`;
}

/** With a capital at its beginning, and with a full stop unless it ends in a mark of its own. */
export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?…]$/.test(text) ? "" : "."}`;
}

/** What an error says. A failed connection says nothing but its code, or one text for each address that was tried. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const said = error.message.trim();
  if (said === "" && error instanceof AggregateError) return error.errors.map(messageOf).join("; ");
  return said || String("code" in error ? error.code : error.name);
}

/** Lines of a table with columns as wide as their longest cell, two blanks between them; a column of numbers stands to the right. */
export function textTable(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const cells = [header, ...rows.map((row) => row.map(String))];
  const columns = header.map((_, column) => ({
    width: Math.max(...cells.map((row) => row[column]?.length ?? 0)),
    isNumbers: rows.length > 0 && rows.every((row) => typeof row[column] === "number"),
  }));
  const padded = (cell: string, column: number) => {
    const { width, isNumbers } = columns[column] ?? { width: 0, isNumbers: false };
    return isNumbers ? cell.padStart(width) : cell.padEnd(width);
  };
  return cells.map((row) => row.map(padded).join("  ").trimEnd());
}
