// HTML out of templates in which every value is escaped unless it is HTML already: ids and file names come from outside.

/** Finished HTML. */
export interface Html {
  readonly html: string;
}

/** What may stand in a template. */
export type Value = Html | string | number | null | undefined | false | readonly Value[];

/** A template: values are escaped, arrays are joined, null, undefined and false leave nothing. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return { html: parts.reduce((text, part, index) => text + rendered(values[index - 1]) + part) };
}

/** Text as it may stand in HTML, between tags and in quoted attributes. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function rendered(value: Value): string {
  if (value === null || value === undefined || value === false) return "";
  if (typeof value === "string") return escapeHtml(value);
  if (typeof value === "number") return String(value);
  return "html" in value ? value.html : value.map(rendered).join("");
}
