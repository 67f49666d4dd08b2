// Flow 2, step 4: the fast path from regular text to staged rows. Rows of a known facility and a plain quantity are looked up where
// they stand in the text; whatever needs a second look is left to resolve.ts. Which cells are plain is said in domain, beside the
// reader of rows. Of a file that lists every product ever made most rows end here, at a product that is not sold online.
import { type Catalogue, productsOfType, type StagedRow } from "@inventory-sync/db";
import { type ColumnMapping, isPlainId, isPlainWhole, normalizeIdType, type SnapshotRow } from "@inventory-sync/domain";
import { asBytes, endOf, type TextRows } from "@inventory-sync/sftp";
import type { IdMarks } from "./id-marks.ts";

interface Taken {
  readonly staged: StagedRow[];
  readonly skipped: number;
  /** The rows that are left, by their number in the text. */
  readonly left: readonly number[];
}

interface Known {
  readonly catalogue: Catalogue;
  readonly mapping: ColumnMapping;
  readonly skipsUnknown: boolean;
  readonly marks: IdMarks;
}

/**
 * Opens the fast path, which takes the rows of regular texts, one text after another; or gives undefined for files whose cells are not read as
 * they stand.
 */
export function openFastPath({ catalogue, mapping, skipsUnknown, marks }: Known) {
  const { resubmitted, sign, changes, fixedFacility } = mapping;
  if (resubmitted || sign !== undefined || changes || typeof fixedFacility === "string") return undefined;
  const facilities = facilityFinder(catalogue);
  const products = productsFinder(catalogue, mapping);
  const location = { text: "", meaning: "" };
  const asOf = { text: "", meaning: "" };

  const take = (rows: TextRows): Taken => {
    const { text, bounds, columns, count, firstLine } = rows;
    const staged: StagedRow[] = [];
    const left: number[] = [];
    let skipped = 0;
    for (let row = 0, first = 0; row < count; row++, first += columns + 1) {
      const start = (field: number): number => bounds[first + field] as number;
      const end = (field: number): number => endOf(bounds, first, field, columns);
      const facility = facilities(text, start(mapping.facility), end(mapping.facility));
      const ofType = products(text, first, rows);
      const idStart = start(mapping.idValue);
      const idEnd = end(mapping.idValue);
      const quantityStart = start(mapping.quantity);
      const quantityEnd = end(mapping.quantity);
      const isPlain =
        facility !== undefined &&
        ofType !== undefined &&
        isPlainId(text, idStart, idEnd) &&
        isPlainWhole(text, quantityStart, quantityEnd) &&
        (mapping.location < 0 || isKnown(location, text, start(mapping.location), end(mapping.location))) &&
        (mapping.asOf < 0 || isKnown(asOf, text, start(mapping.asOf), end(mapping.asOf)));
      const idValue = isPlain ? text.slice(idStart, idEnd) : "";
      const product = isPlain ? ofType.get(idValue) : undefined;
      if (!isPlain || (product === undefined && !skipsUnknown)) left.push(row);
      else if (product === undefined) skipped += 1;
      else {
        const hasLocation = mapping.location >= 0 && start(mapping.location) < end(mapping.location);
        const hasAsOf = mapping.asOf >= 0 && start(mapping.asOf) < end(mapping.asOf);
        staged.push({
          facility,
          product,
          line: firstLine + row,
          location: (hasLocation ? location.meaning : "") + marks.mark(product, ofType, idValue),
          quantity: text.slice(quantityStart, quantityEnd),
          asOf: hasAsOf ? asOf.meaning : null,
        });
      }
    }
    return { staged, skipped, left };
  };
  return {
    take,
    /** A row that was found good by its fields: its location and its time are good in the next rows, too. */
    remember: (fields: readonly string[], { locationSeqId, asOf: instant }: SnapshotRow): void => {
      if (locationSeqId !== "")
        Object.assign(location, { text: asBytes(fields[mapping.location] ?? ""), meaning: locationSeqId });
      if (instant !== null) Object.assign(asOf, { text: asBytes(fields[mapping.asOf] ?? ""), meaning: instant });
    },
  };
}

/** Whether a cell is empty or says what the last good one said. */
function isKnown(last: { readonly text: string }, text: string, start: number, end: number): boolean {
  return start === end || isAt(last.text, text, start, end);
}

function isAt(wanted: string, text: string, start: number, end: number): boolean {
  return wanted !== "" && end - start === wanted.length && text.startsWith(wanted, start);
}

/** Finds facility.id; the rows of one facility often follow each other. */
function facilityFinder({ facilities }: Catalogue) {
  let last = "";
  let found: number | undefined;
  return (text: string, start: number, end: number): number | undefined => {
    if (isAt(last, text, start, end)) return found;
    const named = text.slice(start, end);
    if (!isPlainId(text, start, end) || !facilities.has(named)) return undefined;
    last = named;
    found = facilities.get(named);
    return found;
  };
}

/** Finds the known products, by their ids, of the row's type of identification. */
function productsFinder(catalogue: Catalogue, { fixedIdType, idType }: ColumnMapping) {
  const fixed = fixedIdType === null ? undefined : productsOfType(catalogue, fixedIdType);
  let last = "";
  let found: ReadonlyMap<string, number> | undefined;
  return (text: string, first: number, { bounds, columns }: TextRows): ReadonlyMap<string, number> | undefined => {
    if (fixed) return fixed;
    const start = bounds[first + idType] as number;
    const end = endOf(bounds, first, idType, columns);
    if (isAt(last, text, start, end)) return found;
    if (!isPlainId(text, start, end)) return undefined;
    const named = text.slice(start, end);
    const ids = catalogue.products.get(normalizeIdType(named));
    if (!ids) return undefined;
    found = ids;
    last = named;
    return found;
  };
}
