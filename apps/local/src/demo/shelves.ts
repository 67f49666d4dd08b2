// What really stands on the demo's shelves: changed by every sale that the simulated POS rings up, counted for every snapshot file.
import { type DemoProduct, demoFacilities, openingCount } from "./retailer.ts";

export interface Shelves {
  /** Takes away (negative) or adds. */
  change(place: { facilityId: string; sku: string; quantity: number }): void;
  /** Somebody steals, breaks or finds something and tells no system: `count` places change by 1 to 3. Returns how many did. */
  disturb(count: number): number;
  /** The snapshot file: every facility, every product. `asOf` stands in each row, because a stamp in the file's name knows no milliseconds. */
  snapshotCsv(asOf: string): string;
}

/** Full shelves, as they are at the opening. */
export function fillShelves(products: readonly DemoProduct[]): Shelves {
  const counts = new Map<string, number>();
  const key = (facilityId: string, sku: string) => `${facilityId},${sku}`;
  for (const facilityId of demoFacilities) {
    for (const [index, { sku }] of products.entries())
      counts.set(key(facilityId, sku), openingCount(facilityId, index));
  }
  const change = (at: string, quantity: number) => counts.set(at, (counts.get(at) ?? 0) + quantity);
  return {
    change: ({ facilityId, sku, quantity }) => void change(key(facilityId, sku), quantity),
    disturb: (count) => {
      const places = [...counts.keys()];
      const step = Math.floor(places.length / count);
      for (let number = 0; number < count; number += 1) {
        const offBy = 1 + (number % 3);
        change(places[number * step + 7] ?? "", number % 4 === 3 ? offBy : -offBy);
      }
      return count;
    },
    snapshotCsv: (asOf) => {
      const rows = [...counts].map(([place, count]) => `${place},${count},${asOf}\n`);
      return `externalFacilityId,sku,quantityOnHand,asOf\n${rows.join("")}`;
    },
  };
}
