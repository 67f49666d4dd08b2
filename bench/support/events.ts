// Sales of a made-up retailer, as they travel in jobs, and its catalogue.
import { createFacilities, createProducts } from "@inventory-sync/db";
import type { StockEvent } from "@inventory-sync/domain";
import type { Installation } from "./stand.ts";

/** A number of stores and of products. */
export interface Retailer {
  readonly facilities: number;
  readonly products: number;
}

const startedAt = new Date().toISOString();
/** Coprime to every number of facilities and products used here, so that sales spread evenly. */
const step = 7_919;

export const facilityName = (number: number): string => `S${String(number + 1).padStart(4, "0")}`;
export const skuOf = (number: number): string => `SKU-${String(number + 1).padStart(7, "0")}`;

/** The nth sale of one line. @param name makes its event ids differ from those of other runs */
export function saleOf(name: string, n: number, { facilities, products }: Retailer): StockEvent {
  return {
    eventId: `${name}-${n}`,
    facilityId: facilityName(n % facilities),
    type: "sale",
    occurredAt: startedAt,
    receivedAt: startedAt,
    lines: [{ line: 1, idType: "SKU", idValue: skuOf((n * step) % products), quantity: "-1" }],
  };
}

/** The same sale as a client sends it. */
export function wireSale(name: string, n: number, retailer: Retailer): object {
  const { eventId, facilityId, lines } = saleOf(name, n, retailer);
  return { eventId, facilityId, type: "sale", occurredAt: startedAt, lines: [{ sku: lines[0]?.idValue, quantity: 1 }] };
}

/** Makes the retailer's facilities and products, so that no run has to. */
export async function createCatalogue({ database }: Installation, { facilities, products }: Retailer): Promise<void> {
  await createFacilities(
    database.pool,
    Array.from({ length: facilities }, (_, number) => facilityName(number)),
  );
  const all = Array.from({ length: products }, (_, number) => ({ idType: "SKU", idValue: skuOf(number) }));
  await createProducts(database.pool, all);
  await database.pool.query("analyze");
}
