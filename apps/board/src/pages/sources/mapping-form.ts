// The mapping of a source as it is made on a page: each column of a file is given a meaning, and what is chosen stands in the page's
// address, so that it can be read again, gone back from and sent to somebody.
import {
  type MappedField,
  mappedFields,
  PLAIN_MAPPING,
  plural,
  readMapping,
  type SnapshotMapping,
  type SnapshotMappingInput,
} from "@inventory-sync/domain";
import type { FilePreview } from "@inventory-sync/sftp";
import type { Request } from "express";
import { queryText } from "../../asked.ts";

/** Columns that can be given a meaning; wider files have it written by hand. */
export const COLUMNS_SHOWN_MAX = 60;

/** What separates columns, as a choice: what is sent, and what people read. */
export const separators = [
  [",", "comma"],
  [";", "semicolon"],
  ["tab", "tab"],
  ["|", "bar |"],
] as const;

/** What stands before the decimals of quantities, likewise. */
export const decimalSigns = [
  [".", "point"],
  [",", "comma"],
] as const;

/** What is chosen or typed as text: `idType` and `facility` for files without such a column, `strip` the characters taken out of ids. */
const texts = ["delimiter", "encoding", "decimal", "nameStamp", "idType", "facility", "strip"] as const;

export interface Chosen extends Readonly<Record<(typeof texts)[number], string>> {
  readonly header: boolean;
  /** By the number of the column, from 1. */
  readonly columns: ReadonlyMap<number, MappedField>;
}

/** A mapping to read a file by, and what is still wrong with what was chosen, in words. */
export interface Made {
  readonly mapping: SnapshotMapping;
  readonly faults: readonly string[];
}

/** What was chosen, or undefined where the page is opened for the first time. @throws Problem for a parameter that is sent twice */
export function chosenOf(request: Request): Chosen | undefined {
  if (queryText(request, "header") === undefined) return undefined;
  const text = (name: string) => queryText(request, name) ?? "";
  const columns = new Map<number, MappedField>();
  for (let column = 1; column <= COLUMNS_SHOWN_MAX; column++) {
    const field = mappedFields.find((each) => each === text(`c${column}`));
    if (field) columns.set(column, field);
  }
  const given = Object.fromEntries(texts.map((name) => [name, text(name)])) as Record<(typeof texts)[number], string>;
  return { ...given, header: text("header") !== "no", columns };
}

/** The mapping that was chosen. @param before the source's: what the page does not ask for stays as it is there */
export function madeOf(chosen: Chosen, before: SnapshotMapping): Made {
  const input = inputOf(chosen, before);
  const read = readMapping(input);
  const twice = mappedFields.flatMap((field) => {
    const at = [...chosen.columns].flatMap(([column, each]) => (each === field ? [column] : []));
    return at.length > 1 ? [`${field} is chosen for ${plural(at.length, "column")}: ${at.join(" and ")}`] : [];
  });
  if ("mapping" in read) return { mapping: read.mapping, faults: twice };
  // Its columns are shown all the same.
  const { header, delimiter, encoding } = input;
  const form = { header, ...(delimiter !== undefined && { delimiter }), ...(encoding !== undefined && { encoding }) };
  const anyColumns = { facility: 1, idType: { value: "SKU" }, idValue: 1, quantity: 1 };
  const shown = readMapping(header === false ? { ...form, columns: anyColumns } : form);
  return { mapping: "mapping" in shown ? shown.mapping : PLAIN_MAPPING, faults: [...twice, ...read.faults] };
}

function inputOf(chosen: Chosen, { strip, facilities }: SnapshotMapping) {
  const { header, delimiter, encoding, decimal, nameStamp, idType, facility } = chosen;
  const columns: Record<string, number | { value: string }> = {};
  for (const [column, field] of chosen.columns) columns[field] = column;
  if (columns.idType === undefined && columns.idValue !== undefined && idType !== "")
    columns.idType = { value: idType };
  if (columns.facility === undefined && facility !== "") columns.facility = { value: facility };
  const { idValue: _before, ...otherStrips } = strip;
  const strips = { ...otherStrips, ...(chosen.strip !== "" && { idValue: chosen.strip }) };
  return {
    header,
    ...(delimiter !== "" && { delimiter }),
    ...(encoding !== "" && { encoding }),
    ...(decimal === "," && { decimal }),
    columns,
    ...(Object.keys(strips).length > 0 && { strip: strips }),
    ...(nameStamp !== "" && { nameStamp }),
    ...(Object.keys(facilities).length > 0 && { facilities }),
  } as const;
}

/** What stands in the form when nothing was chosen yet: how the file is read now. */
export function chosenFrom(mapping: SnapshotMapping, { columns, rows }: Pick<FilePreview, "columns" | "rows">): Chosen {
  const { header, delimiter = "", encoding = "", decimal, nameStamp = "", strip } = mapping;
  const { idType, facility } = mapping.columns;
  const found = rows.find(({ row }) => row !== null)?.row?.idType ?? "SKU";
  const fields = columns
    .slice(0, COLUMNS_SHOWN_MAX)
    .flatMap(({ field }, at) => (field ? [[at + 1, field] as const] : []));
  return {
    header,
    delimiter: delimiter === "\t" ? "tab" : delimiter,
    encoding,
    nameStamp,
    strip: strip.idValue ?? "",
    decimal,
    idType: typeof idType === "object" ? idType.value : found,
    facility: typeof facility === "object" ? facility.value : "",
    columns: new Map(fields),
  };
}

/** What is pasted into SOURCES_FILE. Below a header columns go by their names, so that one more column in the file moves none. */
export function pastedMapping(
  chosen: Chosen,
  { before, names }: { readonly before: SnapshotMapping; readonly names: readonly string[] },
): string {
  const input = inputOf(chosen, before);
  const isOne = (name: string | undefined): name is string =>
    name !== undefined && name !== "" && names.indexOf(name) === names.lastIndexOf(name);
  const columns = Object.fromEntries(
    Object.entries(input.columns).map(([field, at]) => {
      const name = typeof at === "number" && chosen.header ? names[at - 1] : undefined;
      return [field, isOne(name) ? name : at];
    }),
  );
  const mapping: SnapshotMappingInput = { ...(input as SnapshotMappingInput), columns };
  return `"mapping": ${JSON.stringify(mapping, null, 2)}`;
}
