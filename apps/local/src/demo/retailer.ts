// The demo retailer: six facilities and 200 products, each with a SKU and the UPC-A of its label, always the same ones; and what really
// is on its shelves, changed by every sale that the simulated POS rings up, counted for every snapshot file.

export interface DemoProduct {
  readonly sku: string;
  readonly upca: string;
}

/** Five stores and a warehouse. */
export const demoFacilities = ["S001", "S002", "S003", "S004", "S005", "W001"] as const;

const kinds = ["TEE", "POLO", "HOOD", "JEAN", "SKIRT", "DRESS", "COAT", "SOCK", "CAP", "BELT"];
const colours = ["RED", "BLUE", "BLACK", "WHITE", "GREEN"];
const sizes = ["S", "M", "L", "XL"];
const companyPrefix = "0361234";

/** 10 kinds in 5 colours and 4 sizes. */
export function demoProducts(): DemoProduct[] {
  const skus = kinds.flatMap((kind) => colours.flatMap((colour) => sizes.map((size) => `${kind}-${colour}-${size}`)));
  return skus.map((sku, index) => ({ sku, upca: upca(`${companyPrefix}${String(index).padStart(4, "0")}`) }));
}

/** Eleven digits and the check digit of GS1. */
function upca(digits: string): string {
  const sum = [...digits].reduce((total, digit, place) => total + Number(digit) * (place % 2 === 0 ? 3 : 1), 0);
  return `${digits}${(10 - (sum % 10)) % 10}`;
}

export type Shelves = ReturnType<typeof fillShelves>;

/** Full shelves, as they are at the opening. */
export function fillShelves(products: readonly DemoProduct[]) {
  const counts = new Map<string, number>();
  const key = (facilityId: string, sku: string) => `${facilityId},${sku}`;
  for (const facilityId of demoFacilities) {
    for (const [index, { sku }] of products.entries())
      counts.set(key(facilityId, sku), openingCount(facilityId, index));
  }
  const change = (at: string, quantity: number) => counts.set(at, (counts.get(at) ?? 0) + quantity);
  return {
    /** Takes away (negative) or adds. */
    change: (facilityId: string, sku: string, quantity: number) => void change(key(facilityId, sku), quantity),
    /** Goods are stolen, broken or found, and no system is told: `count` places change by 1 to 3. */
    disturb: (count: number): void => {
      const places = [...counts.keys()];
      const step = Math.floor(places.length / count);
      for (let number = 0; number < count; number += 1) {
        const offBy = 1 + (number % 3);
        change(places[number * step + 7] ?? "", number % 4 === 3 ? offBy : -offBy);
      }
    },
    /** The snapshot file: every facility, every product. `asOf` is in each row: a stamp in the file's name knows no milliseconds. */
    snapshotCsv: (asOf: string): string => {
      const rows = [...counts].map(([place, count]) => `${place},${count},${asOf}\n`);
      return `externalFacilityId,sku,quantityOnHand,asOf\n${rows.join("")}`;
    },
  };
}

/** What is on the shelf at the start: 5 to 64 of each, 200 more in the warehouse. */
function openingCount(facilityId: string, productIndex: number): number {
  const spread = ((productIndex + 1) * 37 + facilityId.charCodeAt(3) * 11) % 60;
  return 5 + spread + (facilityId.startsWith("W") ? 200 : 0);
}
