// Flow 2, within step 3: which products of which facility a file has named already. A bit for each, so that ten million rows
// are remembered in little more than a megabyte, and the database is asked for repetitions only where there are some.

/** Bits of one page: products that are numbered close to each other share it. */
const PAGE_BITS = 4_096;
const WORD_BITS = 32;

/** What was seen of a file so far. */
export interface SeenProducts {
  /** Whether this product of this facility was asked for before; from now on it was. */
  wasSeen(facility: number, product: number): boolean;
}

/** Starts with nothing seen. */
export function seenProducts(): SeenProducts {
  const facilities = new Map<number, Map<number, Uint32Array>>();
  let lastFacility = Number.NaN;
  let pages = new Map<number, Uint32Array>();
  return {
    wasSeen: (facility, product) => {
      if (facility !== lastFacility) {
        pages = facilities.get(facility) ?? new Map<number, Uint32Array>();
        facilities.set(facility, pages);
        lastFacility = facility;
      }
      const number = Math.floor(product / PAGE_BITS);
      const page = pages.get(number) ?? newPage(pages, number);
      const bit = product % PAGE_BITS;
      const word = Math.floor(bit / WORD_BITS);
      const mask = 1 << (bit % WORD_BITS);
      const before = page[word] ?? 0;
      page[word] = before | mask;
      return (before & mask) !== 0;
    },
  };
}

function newPage(pages: Map<number, Uint32Array>, number: number): Uint32Array {
  const page = new Uint32Array(PAGE_BITS / WORD_BITS);
  pages.set(number, page);
  return page;
}
