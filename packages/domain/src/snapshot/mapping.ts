// Flow 2, staging: how the files of one source are written, where the names in their header do not say it: the `mapping` of a source.
// Columns by the name in the header or by number from 1, a value that every row has, the encoding, and what is to be read otherwise.
import { z } from "zod";
import { ID_LENGTH_MAX, isOutsideId, normalizeIdType } from "../ids.ts";
import { idColumnOrder, ownColumnNames } from "./column-names.ts";
import { encodings } from "./encodings.ts";
import { nameStampFault } from "./name-stamp.ts";

const COLUMN_NUMBER_MAX = 1_000;
const COLUMN_NAME_LENGTH_MAX = 200;
const STRIP_LENGTH_MAX = 20;
const FACILITIES_MAX = 100_000;

const delimiters = [",", ";", "\t", "|"] as const;

const columnFault = `must be the name of a column or its number from 1 to ${COLUMN_NUMBER_MAX}`;
const columnNumber = z.int(columnFault).min(1, columnFault).max(COLUMN_NUMBER_MAX, columnFault);
const column = z.union([z.string().trim().min(1).max(COLUMN_NAME_LENGTH_MAX), columnNumber], columnFault);

function columnOrValue<Value extends z.ZodType<string>>(value: Value, of: string) {
  return z.union([column, z.strictObject({ value })], `${columnFault}, or {"value": …} with ${of} that every row has`);
}

const outsideId = z.string().refine(isOutsideId, `must be an id of 1 to ${ID_LENGTH_MAX} printable characters`);
const idTypeValue = z.string().transform(normalizeIdType).pipe(z.string().min(1).max(ID_LENGTH_MAX));

const mappedColumns = z.strictObject({
  facility: columnOrValue(outsideId, "the store").optional(),
  idType: columnOrValue(idTypeValue, "the type of id, such as SKU,").optional(),
  idValue: column.optional(),
  quantity: column.optional(),
  /** P, + or nothing for plus, N or - for minus. */
  sign: column.optional(),
  asOf: column.optional(),
  location: column.optional(),
});

/** Fields from which characters may be taken off. */
const stripped = z.string().min(1).max(STRIP_LENGTH_MAX);

/** The `mapping` of a source; all of it may be left out, and then the names in the header decide. */
export const snapshotMapping = z
  .strictObject({
    /** Whether the first row names the columns. */
    header: z.boolean().default(true),
    delimiter: z
      .string()
      .transform((text) => (text === "tab" ? "\t" : text))
      .pipe(z.enum(delimiters, 'must be one of ",", ";", "|" and "\\t" (or "tab")'))
      .optional(),
    encoding: z
      .string()
      .toLowerCase()
      .pipe(z.enum(encodings, `must be one of ${encodings.join(", ")}`))
      .optional(),
    columns: mappedColumns.default({}),
    /** Characters that are taken out of each value of a field: {"idValue": "-"}. */
    strip: z
      .strictObject({ facility: stripped, idType: stripped, idValue: stripped, quantity: stripped })
      .partial()
      .default({}),
    /** What stands before the decimals of quantities. Where it is a comma, points may stand between thousands. */
    decimal: z.enum([".", ","], 'must be "." or ","').default("."),
    /** How the time stands in the name of the file, such as "ddMMyyyyHHmmss". */
    nameStamp: z
      .string()
      .superRefine((pattern, context) => {
        const fault = nameStampFault(pattern);
        if (fault !== undefined) context.addIssue({ code: "custom", message: fault });
      })
      .optional(),
    /** What a store is called in the file, and what it is called here. */
    facilities: z
      .record(z.string().min(1).max(ID_LENGTH_MAX), outsideId)
      .refine((map) => Object.keys(map).length <= FACILITIES_MAX, `may name at most ${FACILITIES_MAX} stores`)
      .default({}),
  })
  .superRefine(({ header, columns }, context) => {
    const fault = (path: string, message: string) =>
      context.addIssue({ code: "custom", path: ["columns", path], message });
    if (columns.idValue !== undefined && columns.idType === undefined)
      fault("idType", 'must be there beside idValue, such as {"value": "SKU"}');
    if (columns.idType !== undefined && typeof columns.idType !== "object" && columns.idValue === undefined)
      fault("idValue", "must be there beside idType");
    if (header) return;
    for (const field of ["facility", "idType", "idValue", "quantity"] as const)
      if (columns[field] === undefined) fault(field, "must be there where the first row is no header");
    for (const [field, place] of Object.entries(columns))
      if (typeof place === "string") fault(field, "must be a number where the first row is no header");
  });

/** How the files of a source are written, checked and with its defaults. */
export type SnapshotMapping = z.output<typeof snapshotMapping>;
/** The same as it stands in a file of settings. */
export type SnapshotMappingInput = z.input<typeof snapshotMapping>;

/** The mapping of a source that has none: the names in the header decide. */
export const PLAIN_MAPPING: SnapshotMapping = snapshotMapping.parse({});

/** The fields that a mapping can place, in the order in which people are shown them. */
export const mappedFields = ["facility", "idType", "idValue", "quantity", "sign", "asOf", "location"] as const;
export type MappedField = (typeof mappedFields)[number];

const FAULTS_MAX = 20;

/**
 * Reads a mapping. @returns it, or its faults in words, each with its place: `columns.idType must be there beside idValue, such as …`
 */
export function readMapping(
  value: unknown,
): { readonly mapping: SnapshotMapping } | { readonly faults: readonly string[] } {
  const read = snapshotMapping.safeParse(value);
  if (read.success) return { mapping: read.data };
  return {
    faults: read.error.issues
      .slice(0, FAULTS_MAX)
      .map(({ path, message }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`)),
  };
}

/**
 * How the files of a source without a mapping are read, for the schema of a process's settings: the same variables for the worker, which reads them,
 * and for the page and the command that show beforehand how it would.
 */
export const formSettings = {
  SNAPSHOT_COLUMNS: ownColumnNames.default(new Map()),
  SNAPSHOT_ID_COLUMNS: idColumnOrder.default([]),
  SNAPSHOT_ENCODING: z.string().toLowerCase().pipe(z.enum(encodings)).default("utf-8"),
};

export type FormSettings = z.output<z.ZodObject<typeof formSettings>>;

/** These of all settings of a process. */
export function formSettingsOf(all: FormSettings): FormSettings {
  const { SNAPSHOT_COLUMNS, SNAPSHOT_ID_COLUMNS, SNAPSHOT_ENCODING } = all;
  return { SNAPSHOT_COLUMNS, SNAPSHOT_ID_COLUMNS, SNAPSHOT_ENCODING };
}
