// Flow 2, step 4, of a file that corrects rejected rows of an earlier reset: what it claims is held against what is on record. It has
// that reset's time, and each of its rows must stand for one of those rows. docs/snapshot-files.md says what a repair is.
import {
  type Database,
  findReset,
  type Repaired,
  type ResetRow,
  type RowReject,
  rejectedRows,
  type UnknownPolicy,
} from "@inventory-sync/db";
import {
  type ColumnMapping,
  type FileAsOf,
  FileRefused,
  idNamed,
  lineInCell,
  type RejectedFields,
  type RowReader,
  type RowRejection,
  rejection,
  whyNotRepairable,
} from "@inventory-sync/domain";
import { readSnapshotRows, type SourceForm } from "@inventory-sync/sftp";

/** A file that is a repair, believed. */
export type Repair = NonNullable<Awaited<ReturnType<typeof openRepair>>>;

interface Claim {
  /** The file on this machine; a repair is small, so it is gone through once more. */
  readonly path: string;
  readonly mapping: ColumnMapping;
  readonly readRow: RowReader;
  readonly form: SourceForm;
}

/** Looks at what a file claims; undefined when it is a count of its own. @throws FileRefused BAD_REPAIR */
export async function openRepair(database: Database, claim: Claim) {
  const { repairs } = claim.mapping;
  if (repairs === null) return undefined;
  const origin = await findReset(database, repairs.resetId);
  const whyNot = origin ? whyNotRepairable(origin) : `There is no reset ${repairs.resetId}.`;
  if (!origin?.asOf || whyNot !== undefined)
    throw new FileRefused(
      "BAD_REPAIR",
      `The file corrects rejected rows of a reset, but: ${whyNot ?? "it has no time."}`,
    );
  const lineOf = (fields: readonly string[]) => lineInCell(fields[repairs.index]);
  const rejected = await rejectedRows(database, origin.id);
  const { named, corrects } = await linesNamed(claim, lineOf, new Set(rejected.map(({ line }) => line)));
  const halves = halfCounts(rejected, named, await originMapping(origin, claim));
  const check = (fields: readonly string[]): RowRejection | undefined => {
    const line = lineOf(fields);
    if (line === undefined) return rejection("UNKNOWN_LINE", fields[repairs.index]?.trim() || "none");
    const rows = named.get(line) ?? 0;
    if (!halves.has(line)) return rejection("UNKNOWN_LINE", `line ${line} was not rejected`);
    if (rows > 1) return rejection("UNKNOWN_LINE", `${rows} rows for line ${line}`);
    const missing = halves.get(line);
    return missing === undefined ? undefined : halfCount(missing);
  };
  const when: FileAsOf = { asOf: origin.asOf.toISOString(), asOfFrom: "origin", note: null };
  // Whether it has the right number of fields is asked first: in one that has not, the line stands anywhere.
  const readRow: RowReader = (fields) =>
    (fields.length === claim.mapping.columns.length ? check(fields) : undefined) ?? claim.readRow(fields);
  return {
    /** The reset whose rejected rows it corrects. */
    originId: origin.id,
    /** By the line of a row in the file the rejected line in whose place it stands. */
    corrects,
    when,
    /** The reader of its rows, which refuses those that stand for no rejected row. */
    readRow,
    /** A row that would be left out without a word is rejected: the operator who corrected it must be told. */
    policy: ({ facility, product }: UnknownPolicy): UnknownPolicy => ({
      facility,
      product: product === "skip" ? "reject" : product,
    }),
    /** A rejected row of its own, with the line of the row that it was to correct. */
    withLine: (reject: RowReject): RowReject => ({ ...reject, repairsLine: lineOf(reject.fields) }),
    /** What it corrects: all that it stands for but its own rejected rows, which have their lines. */
    repaired: (rejects: readonly RowReject[]): Repaired => {
      const refused = new Set(rejects.map(({ repairsLine }) => repairsLine));
      const lines = [...named.keys()].filter((line) => halves.has(line) && !refused.has(line));
      return { resetId: origin.id, lines };
    },
  };
}

/** How often the file names each rejected line, and where. Of others nothing is kept: the file may be one of very many rows. */
async function linesNamed(
  { path, form }: Claim,
  lineOf: (fields: readonly string[]) => number | undefined,
  known: ReadonlySet<number>,
) {
  const named = new Map<number, number>();
  const corrects = new Map<number, number>();
  for await (const { rows, lines } of await readSnapshotRows(path, form.form)) {
    for (const [index, fields] of rows.entries()) {
      const line = lineOf(fields);
      if (line === undefined || !known.has(line)) continue;
      const rowsOfLine = (named.get(line) ?? 0) + 1;
      named.set(line, rowsOfLine);
      if (rowsOfLine === 1) corrects.set(lines[index] ?? 0, line);
    }
  }
  return { named, corrects } as const;
}

/** How the columns of the file were read whose rows are corrected. Names of one's own may have changed since; then its rows stand alone. */
async function originMapping(origin: ResetRow, { form }: Claim): Promise<ColumnMapping | undefined> {
  const { columns } = origin.report as { readonly columns?: readonly string[] };
  try {
    return columns && form.columns(columns);
  } catch {
    return undefined;
  }
}

/**
 * The rejected lines, each with the line that must be corrected along with it and is not there. A product's counts at several
 * locations add up, so the rows of all of them came back when one of them was wrong: some of them alone would be half a count.
 */
function halfCounts(
  rejected: readonly RejectedFields[],
  named: ReadonlyMap<number, number>,
  mapping: ColumnMapping | undefined,
): ReadonlyMap<number, number | undefined> {
  const products = new Map<string, Map<string, number[]>>();
  for (const { line, fields } of rejected) {
    const place = mapping && placeOf(fields, mapping);
    if (!place) continue;
    const locations = products.get(place.product) ?? new Map<string, number[]>();
    products.set(place.product, locations);
    const lines = locations.get(place.location) ?? [];
    locations.set(place.location, lines);
    lines.push(line);
  }
  const halves = new Map<number, number | undefined>(rejected.map(({ line }) => [line, undefined]));
  for (const locations of products.values()) {
    const missing = [...locations.values()].find((lines) => !lines.some((line) => named.has(line)));
    if (missing) for (const line of [...locations.values()].flat()) halves.set(line, missing[0]);
  }
  return halves;
}

/** Which product at which facility a row names, and where there; undefined for one that does not say. */
function placeOf(fields: readonly string[], mapping: ColumnMapping) {
  if (mapping.location < 0 || fields.length !== mapping.columns.length) return undefined;
  const cell = (index: number): string => fields[index]?.trim() ?? "";
  const facility = cell(mapping.facility);
  const { idType, idValue } = idNamed(fields, mapping, { cell: (_, index) => cell(index) });
  if (facility === "" || idValue === "") return undefined;
  return { product: JSON.stringify([facility, idType, idValue]), location: cell(mapping.location) };
}

function halfCount(missing: number): RowRejection {
  const { code } = rejection("DUPLICATE_CONFLICT");
  const reason = `this product was counted at several locations, and line ${missing} has another of them: send its rows together`;
  return { code, reason };
}

/** Why a row is refused whose product the reset counted with another row, which was right. */
export function countedAlready(originId: string): RowRejection {
  const { code } = rejection("DUPLICATE_CONFLICT");
  const reason = `reset ${originId}, or an earlier repair of it, has counted this product here with another row: correct the id, or send the right count as a file of its own`;
  return { code, reason };
}
