// GET /sources/{source}/files/{file}: a waiting file as it would be read, and the mapping of its source made by giving each column a
// meaning. It writes nothing: what comes of it is pasted into SOURCES_FILE.
import { encodings, mappedFields, PLAIN_MAPPING, shownShort } from "@inventory-sync/domain";
import {
  chooseSource,
  type Tried,
  triedNotes,
  triedRowText,
  triedTimeText,
  tryWaiting,
} from "@inventory-sync/operator";
import { pathName } from "../../asked.ts";
import { type Html, html } from "../../ui/html.ts";
import { page } from "../../ui/page.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { empty } from "../../ui/pieces.ts";
import { tableOf } from "../../ui/table.ts";
import {
  type Chosen,
  COLUMNS_SHOWN_MAX,
  chosenFrom,
  chosenOf,
  decimalSigns,
  type Made,
  madeOf,
  pastedMapping,
  separators,
} from "./mapping-form.ts";

const SAMPLES = 3;
const SAMPLE_CHARACTERS_MAX = 24;
const JSON_ROWS_SHOWN = 14;

const MEANINGS: Readonly<Record<(typeof mappedFields)[number], string>> = {
  facility: "store",
  idType: "type of id",
  idValue: "id of the product",
  quantity: "count",
  sign: "sign of the count",
  asOf: "time of the count",
  location: "location",
};

/** Where a waiting file is looked at. */
export function waitingHref(source: string, file: string): string {
  return `/sources/${encodeURIComponent(source)}/files/${encodeURIComponent(file)}`;
}

export const showWaitingFile = page({
  path: "/sources/{source}/files/{file}",
  nav: "sources",
  summary: "A waiting file as it would be read, and the mapping of its source, for people",
  answers: {
    404: { description: "There is no such source, or no such file waits" },
    503: { description: "The SFTP server cannot be reached" },
  },
  async show(parts, context, request) {
    const source = chooseSource(parts.sources, pathName(request, "source"));
    const file = pathName(request, "file");
    const before = source.mapping ?? PLAIN_MAPPING;
    const asked = chosenOf(request);
    const made: Made = asked ? madeOf(asked, before) : { mapping: before, faults: [] };
    const settings = parts.formSettings;
    const tried = await tryWaiting(parts.withInbox, file, { source, mapping: made.mapping, settings, now: new Date() });
    const chosen = asked ?? chosenFrom(before, tried);
    const isRead = made.faults.length === 0;
    const main = html`<p class="crumbs"><a href="/sources">Sources</a></p>
<h1>${file}</h1>
<p class="soft">It waits at source ${source.name}. This is how it would be read ${asked ? "as chosen below" : "now"}; nothing is changed here.</p>
${isRead ? outcome(tried, context) : stillToChoose(made.faults)}
<h2 id="columns">What the columns mean</h2>
${mappingForm(tried, chosen)}
${isRead && tried.refused === null && pasted(pastedMapping(chosen, { before, names: tried.columns.map(({ name }) => name) }), source.name)}`;
    return { title: file, main };
  },
});

function stillToChoose(faults: readonly string[]): Html {
  return html`<div class="empty fault" role="alert"><p><strong>It cannot be read like this yet.</strong></p><ul>${faults.map((fault) => html`<li>${fault}</li>`)}</ul></div>`;
}

function outcome(tried: Tried, { time }: PageContext): Html {
  const notes = triedNotes(tried);
  return html`${notes.length > 0 && html`<div class="empty${tried.refused !== null && " fault"}"><ul>${notes.map((note) => html`<li>${note}</li>`)}</ul></div>`}
${tried.asOf !== null && html`<p>Its counts are true at ${time(tried.asOf)}, by ${triedTimeText(tried)}.</p>`}
${tableOf({
  caption: "First rows, as they would be read",
  items: tried.rows,
  key: ({ line }) => `line-${line}`,
  columns: [
    { title: "Line", cell: ({ line }) => String(line) },
    { title: "Store", brief: true, wraps: true, cell: ({ row }) => row?.facilityId ?? "–" },
    { title: "Product", brief: true, wraps: true, cell: ({ row }) => (row ? `${row.idType} ${row.idValue}` : "–") },
    { title: "Count", number: true, brief: true, cell: ({ row }) => row?.quantity ?? "–" },
    { title: "What becomes of it", wraps: true, cell: triedRowText },
  ],
  empty: empty("No row can be read.", "Say below how the file is written."),
})}`;
}

function mappingForm({ columns, samples: sampled }: Tried, chosen: Chosen): Html {
  const items = columns.slice(0, COLUMNS_SHOWN_MAX).map(({ name }, index) => ({ name, column: index + 1 }));
  const samples = (column: number) =>
    sampled
      .slice(0, SAMPLES)
      .map((fields) => shownShort(fields[column - 1] ?? "", SAMPLE_CHARACTERS_MAX))
      .filter((text) => text !== "")
      .join(" · ");
  return html`<form method="get" id="mapping">
<div class="filter">
${choice("header", "First row", chosen.header ? "yes" : "no", [
  ["yes", "names the columns"],
  ["no", "is a row like the others"],
])}
${choice("delimiter", "Separator", chosen.delimiter, [["", "found by itself"], ...separators])}
${choice("decimal", "Before the decimals", chosen.decimal, decimalSigns)}
${choice("encoding", "Encoding", chosen.encoding, [["", "as set for all files"], ...encodings.map((each) => [each, each] as const)])}
</div>
${tableOf({
  caption: "Columns of the file",
  items,
  key: ({ column }) => `column-${column}`,
  columns: [
    {
      title: "Column",
      wraps: true,
      cell: ({ name, column }) => `${column} ${shownShort(name, SAMPLE_CHARACTERS_MAX)}`,
    },
    { title: "In the first rows", wraps: true, cell: ({ column }) => samples(column) || "–" },
    {
      title: "Meaning",
      brief: true,
      cell: ({ name, column }) =>
        html`<select name="c${column}" aria-label="Meaning of column ${column} ${shownShort(name, SAMPLE_CHARACTERS_MAX)}">${options(
          chosen.columns.get(column) ?? "",
          [["", "not read"], ...mappedFields.map((field) => [field, MEANINGS[field]] as const)],
        )}</select>`,
    },
  ],
  empty: empty("No column was found.", "Choose another separator or encoding, and read it again."),
})}
${columns.length > COLUMNS_SHOWN_MAX && html`<p class="soft">The first ${COLUMNS_SHOWN_MAX} of ${columns.length} columns; others can be named in SOURCES_FILE.</p>`}
<div class="filter">
${typed("idType", "Type of id, where no column has it", chosen.idType, "SKU")}
${typed("facility", "Store, where no column has it", chosen.facility, "S001")}
${typed("strip", "Characters to take out of ids", chosen.strip, "-")}
${typed("nameStamp", "Time in the file's name", chosen.nameStamp, "ddMMyyyyHHmmss")}
</div>
<button type="submit">Read it like this</button>
</form>`;
}

type Choices = readonly (readonly [value: string, text: string])[];

function choice(name: string, label: string, chosen: string, choices: Choices): Html {
  return html`<label for="mapping-${name}">${label}</label><select id="mapping-${name}" name="${name}">${options(chosen, choices)}</select>`;
}

function options(chosen: string, choices: Choices): Html {
  return html`${choices.map(([value, text]) => html`<option value="${value}"${value === chosen ? html` selected` : null}>${text}</option>`)}`;
}

function typed(name: string, label: string, value: string, example: string): Html {
  return html`<div><label for="mapping-${name}">${label}</label><input id="mapping-${name}" name="${name}" type="text" value="${value}" placeholder="${example}" autocomplete="off" maxlength="128"></div>`;
}

function pasted(json: string, source: string): Html {
  return html`<h2 id="paste">To be kept</h2>
<p><label for="mapping-json">Paste this into SOURCES_FILE, into source ${source}. It is in force as soon as the file is written.</label></p>
<textarea id="mapping-json" readonly rows="${JSON_ROWS_SHOWN}" spellcheck="false">${json}</textarea>`;
}
