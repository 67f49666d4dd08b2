// The demo retailer: six facilities and 200 products, each with a SKU and the UPC-A of its label. Always the same ones.

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

/** What is on the shelf at the start: 5 to 64 of each, 200 more in the warehouse. */
export function openingCount(facilityId: string, productIndex: number): number {
  const spread = ((productIndex + 1) * 37 + facilityId.charCodeAt(3) * 11) % 60;
  return 5 + spread + (facilityId.startsWith("W") ? 200 : 0);
}

/** Eleven digits and the check digit of GS1. */
function upca(digits: string): string {
  const sum = [...digits].reduce((total, digit, place) => total + Number(digit) * (place % 2 === 0 ? 3 : 1), 0);
  return `${digits}${(10 - (sum % 10)) % 10}`;
}
