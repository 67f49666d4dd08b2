// Reset flow, within step 4: the short way from regular text to staged rows. Rows of a known facility and a plain quantity
// are looked up where they stand; whatever needs a second look is left to the careful way in resolve.ts, which thinks the
// same of the rest. Of a file that lists every product ever made most rows end here, at a product nobody sells online.
import { type Catalogue, productsOfType, type StagedRow } from "@inventory-sync/db";
import {
  type ColumnMapping,
  isPlainId,
  isPlainWhole,
  normalizeIdType,
  plainIdHash,
  type SnapshotRow,
} from "@inventory-sync/domain";
import { asBytes, endOf, type TextRows } from "@inventory-sync/sftp";
import { type MayBeKnown, rememberIds } from "./known-ids.ts";

/** What became of the rows of a text. */
export interface ShortCut {
  readonly staged: StagedRow[];
  readonly skipped: number;
  /** The rows that are left, by their number in the text. */
  readonly left: readonly number[];
}

/** Takes the rows of regular texts, one text after another. */
export interface ShortWay {
  take(rows: TextRows): ShortCut;
  /** A row that the careful way found good: its location and its time are good in the next rows, too. */
  learn(fields: readonly string[], row: SnapshotRow): void;
}

/** Opens the short way, or gives undefined for files whose cells are guarded. */
export function openShortWay({
  catalogue,
  mapping,
  skipsUnknown,
}: {
  readonly catalogue: Catalogue;
  readonly mapping: ColumnMapping;
  readonly skipsUnknown: boolean;
}): ShortWay | undefined {
  if (mapping.mended) return undefined;
  const facilities = facilityFinder(catalogue);
  const products = productsFinder(catalogue, { mapping, skipsUnknown });
  const location = { text: "", meaning: "" };
  const asOf = { text: "", meaning: "" };

  const take = (rows: TextRows): ShortCut => {
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
      const hash = plainIdHash(text, idStart, idEnd);
      const quantityStart = start(mapping.quantity);
      const quantityEnd = end(mapping.quantity);
      const isPlain =
        facility !== undefined &&
        ofType !== undefined &&
        hash >= 0 &&
        isPlainWhole(text, quantityStart, quantityEnd) &&
        (mapping.location < 0 || isKnown(location, text, start(mapping.location), end(mapping.location))) &&
        (mapping.asOf < 0 || isKnown(asOf, text, start(mapping.asOf), end(mapping.asOf)));
      const product = isPlain && ofType.mayHave(hash) ? ofType.ids.get(text.slice(idStart, idEnd)) : undefined;
      if (!isPlain || (product === undefined && !skipsUnknown)) left.push(row);
      else if (product === undefined) skipped += 1;
      else {
        const hasLocation = mapping.location >= 0 && start(mapping.location) < end(mapping.location);
        const hasAsOf = mapping.asOf >= 0 && start(mapping.asOf) < end(mapping.asOf);
        staged.push({
          facility,
          product,
          line: firstLine + row,
          location: hasLocation ? location.meaning : "",
          quantity: text.slice(quantityStart, quantityEnd),
          asOf: hasAsOf ? asOf.meaning : null,
        });
      }
    }
    return { staged, skipped, left };
  };
  return {
    take,
    learn: (fields, { locationSeqId, asOf: instant }) => {
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

/** The known products of one type of identification. */
interface KnownProducts {
  readonly ids: ReadonlyMap<string, number>;
  readonly mayHave: MayBeKnown;
}

/** Finds the known products of the row's type of identification. */
function productsFinder(
  catalogue: Catalogue,
  { mapping: { fixedIdType, idType }, skipsUnknown }: { mapping: ColumnMapping; skipsUnknown: boolean },
) {
  // Products are made only where the unknown are not skipped, so what is remembered here stays true.
  const knownOf = (ids: ReadonlyMap<string, number>): KnownProducts => ({
    ids,
    mayHave: skipsUnknown ? rememberIds(ids.keys(), ids.size) : () => true,
  });
  const types = new Map<string, KnownProducts>();
  const fixed = fixedIdType === null ? undefined : knownOf(productsOfType(catalogue, fixedIdType));
  let last = "";
  let found: KnownProducts | undefined;
  return (text: string, first: number, { bounds, columns }: TextRows): KnownProducts | undefined => {
    if (fixed) return fixed;
    const start = bounds[first + idType] as number;
    const end = endOf(bounds, first, idType, columns);
    if (isAt(last, text, start, end)) return found;
    if (!isPlainId(text, start, end)) return undefined;
    const named = text.slice(start, end);
    const type = normalizeIdType(named);
    const ids = catalogue.products.get(type);
    if (!ids) return undefined;
    found = types.get(type) ?? knownOf(ids);
    types.set(type, found);
    last = named;
    return found;
  };
}
