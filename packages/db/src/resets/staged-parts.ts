// Flow 2, step 4: staged rows are packed, facility by facility, into parts of a thousand, one table row each with an
// array a column. Rows by themselves would cost the database five times the time and the room, most of it for their key.
// Products that a facility names twice are noticed here, so that the database is asked for repetitions only where there are some.
import type { Quantity } from "@inventory-sync/domain";

/** A snapshot row resolved to facility.id and product.id. */
export interface StagedRow {
  readonly facility: number;
  readonly product: number;
  readonly line: number;
  readonly location: string;
  readonly quantity: Quantity;
  /** ISO time of the row's own column, or null for the file's. */
  readonly asOf: string | null;
}

/** The columns of a part in the order of its COPY text. */
export const PART_COLUMNS = "reset_id, facility_id, part, product_ids, lines, locations, quantities, as_ofs";

const PART_ROWS = 1_000;
/** A file in the order of products keeps a part of every facility open: so many rows in all, then they are written as they are. */
const OPEN_ROWS_MAX = 50_000;

interface Part {
  rows: number;
  products: string;
  lines: string;
  quantities: string;
  /** Elements in the syntax of arrays; left out (null) while no row has one. */
  locations: string[] | undefined;
  asOfs: string[] | undefined;
}

export type PartPacker = ReturnType<typeof packParts>;

/** Starts to pack the rows of a reset. */
export function packParts(resetId: string) {
  const open = new Map<number, Part>();
  const wasSeen = seenProducts();
  const repeated = new Set<number>();
  let openRows = 0;
  let parts = 0;
  let text = "";
  let facility = Number.NaN;
  let part: Part | undefined;

  const close = (of: number, full: Part): void => {
    text += `${resetId}\t${of}\t${parts++}\t{${full.products}}\t{${full.lines}}\t${arrayText(full.locations)}\t{${full.quantities}}\t${arrayText(full.asOfs)}\n`;
    openRows -= full.rows;
    open.delete(of);
    if (of === facility) part = undefined;
  };
  const closeAll = (): void => {
    for (const [of, each] of open) close(of, each);
  };
  return {
    /** facility.id of those of which a product was added more than once. */
    repeated,
    add: (row: StagedRow) => {
      if (row.facility !== facility || part === undefined) {
        facility = row.facility;
        part = open.get(facility) ?? emptyPart();
        open.set(facility, part);
      }
      if (wasSeen(facility, row.product)) repeated.add(facility);
      addTo(part, row);
      openRows += 1;
      if (part.rows >= PART_ROWS) close(facility, part);
      else if (openRows >= OPEN_ROWS_MAX) closeAll();
    },
    /** COPY text of the parts that are full; "" while there are none. */
    full: () => {
      const ready = text;
      text = "";
      return ready;
    },
    /** COPY text of all that is left. */
    rest: () => {
      closeAll();
      return text;
    },
  };
}

function emptyPart(): Part {
  return { rows: 0, products: "", lines: "", quantities: "", locations: undefined, asOfs: undefined };
}

function addTo(part: Part, { product, line, location, quantity, asOf }: StagedRow): void {
  const comma = part.rows === 0 ? "" : ",";
  part.products += comma + product;
  part.lines += comma + line;
  part.quantities += comma + quantity;
  if (location !== "" && !part.locations) part.locations = new Array<string>(part.rows).fill('""');
  part.locations?.push(`"${location.replaceAll(/["\\]/g, "\\$&")}"`);
  if (asOf !== null && !part.asOfs) part.asOfs = new Array<string>(part.rows).fill("NULL");
  part.asOfs?.push(asOf === null ? "NULL" : `"${asOf}"`);
  part.rows += 1;
}

/** An array in COPY's text format, in which a backslash stands for what follows it. */
function arrayText(elements: readonly string[] | undefined): string {
  if (!elements) return "\\N";
  const text = `{${elements.join(",")}}`;
  return /[\\\t\n\r]/.test(text)
    ? text.replaceAll("\\", "\\\\").replaceAll("\t", "\\t").replaceAll("\n", "\\n").replaceAll("\r", "\\r")
    : text;
}

/** Bits of one page: products that are numbered close to each other share it. */
const PAGE_BITS = 4_096;
const WORD_BITS = 32;

/**
 * Makes the function that says whether a product of a facility was asked for before; from then on it was. A bit for each, so that
 * ten million rows are remembered in little more than a megabyte.
 */
function seenProducts(): (facility: number, product: number) => boolean {
  const facilities = new Map<number, Map<number, Uint32Array>>();
  let lastFacility = Number.NaN;
  let pages = new Map<number, Uint32Array>();
  return (facility, product) => {
    if (facility !== lastFacility) {
      pages = facilities.get(facility) ?? new Map<number, Uint32Array>();
      facilities.set(facility, pages);
      lastFacility = facility;
    }
    const number = Math.floor(product / PAGE_BITS);
    let page = pages.get(number);
    if (page === undefined) {
      page = new Uint32Array(PAGE_BITS / WORD_BITS);
      pages.set(number, page);
    }
    const bit = product % PAGE_BITS;
    const word = Math.floor(bit / WORD_BITS);
    const mask = 1 << (bit % WORD_BITS);
    const before = page[word] ?? 0;
    page[word] = before | mask;
    return (before & mask) !== 0;
  };
}
