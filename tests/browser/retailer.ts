// A retailer with something to see, made the way a real one is: a catalogue, two nights of counts, a day of sales between
// them, one store whose count looks like half a file, rows that cannot be used, and sales that fail.
import { importCatalogue, openDatabase } from "@inventory-sync/db";
import { eventOf, type Outside, type ResetSeen, snapshotCsv } from "../flows/outside.ts";
import type { System } from "../support/index.ts";

const hourMs = 3_600_000;
const firstCountHoursAgo = 26;
const secondCountHoursAgo = 2;
/** How many of its products the store with half a file still lists with what it has. */
const halfOf = 8;

/** A product that the tills sell and the catalogue does not have: `addMissingProduct` mends it. */
export const missingSku = "SCARF-GREEN";
/** The store whose second count is held. */
export const heldFacility = "S003";

const skus = ["TEE", "HOODIE", "JEANS", "CAP"].flatMap((kind) =>
  ["RED", "BLUE", "BLACK"].flatMap((colour) => ["M", "L"].map((size) => `${kind}-${colour}-${size}`)),
);

export interface Retailer {
  readonly facilities: readonly string[];
  readonly skus: readonly string[];
  /** The count of the night before, applied everywhere. */
  readonly first: ResetSeen;
  /** The latest count: applied, but held at `heldFacility`, with three rejected rows. */
  readonly second: ResetSeen;
}

/** Makes the retailer. @param size how many stores, and how many sales each of them had between the counts and since */
export async function makeRetailer(
  system: System,
  outside: Outside,
  size: { readonly facilities: number; readonly sales: number },
): Promise<Retailer> {
  const facilities = Array.from({ length: size.facilities }, (_, index) => `S${String(index + 1).padStart(3, "0")}`);
  const now = Date.now();
  // On the hour, as a till's nightly export has it.
  const countedAt = (hoursAgo: number) => Math.floor((now - hoursAgo * hourMs) / hourMs) * hourMs;
  await addProducts(system, skus);
  const stock = new Map(facilities.map((facility, f) => [facility, skus.map((_, s) => 5 + ((f * 7 + s * 11) % 36))]));
  const first = await outside.runFile(fileName(countedAt(firstCountHoursAgo)), csvOf(stock));

  const sold = salesBetween(facilities, {
    ...{ prefix: "day", count: size.sales, fromMs: now - (firstCountHoursAgo - 1) * hourMs },
    untilMs: now - (secondCountHoursAgo + 1) * hourMs,
  });
  await sendAll(outside, sold);
  for (const { facilityId, lines } of sold) {
    const levels = stock.get(facilityId) ?? [];
    for (const { sku, quantity } of lines) levels[skus.indexOf(sku)] = (levels[skus.indexOf(sku)] ?? 0) - quantity;
  }
  const second = await outside.runFile(fileName(countedAt(secondCountHoursAgo)), csvOf(counted(stock), rejected));

  const since = salesBetween(facilities, {
    ...{ prefix: "since", count: Math.ceil(size.sales / 3), fromMs: now - (secondCountHoursAgo - 0.5) * hourMs },
    untilMs: now,
  });
  const late = eventOf("late-1", { facilityId: "S001", sku: "TEE-RED-M", at: iso(now - 3 * hourMs) });
  const back = eventOf("back-1", { facilityId: "S001", type: "return", sku: "TEE-RED-M", at: iso(now - hourMs) });
  await sendAll(outside, [...since, late, back]);
  // One request each, as tills send them: one job each.
  for (const each of failing(now)) await outside.send(each);
  return { facilities, skus, first, second };
}

/** Adds the product for whose sake sales have failed. */
export async function addMissingProduct(system: System): Promise<void> {
  await addProducts(system, [missingSku]);
}

async function addProducts(system: System, some: readonly string[]): Promise<void> {
  const database = openDatabase({ url: system.databaseUrl, name: "a test's catalogue", poolMax: 1 });
  const rows = some.flatMap((sku, index) => [
    { line: index * 2 + 2, productId: sku, idType: "SKU", idValue: sku },
    { line: index * 2 + 3, productId: sku, idType: "UPCA", idValue: upcOf(sku) },
  ]);
  await importCatalogue(database, rows);
  await database.close();
}

/** Twelve digits that belong to the SKU. */
export function upcOf(sku: string): string {
  const sum = [...sku].reduce((total, letter) => (total * 31 + letter.charCodeAt(0)) % 1_000_000_007, 7);
  return `04${String(sum).padStart(10, "0")}`;
}

/** What is found on the shelves: here and there one or two fewer, now and then one more, and half a file of one store. */
function counted(stock: ReadonlyMap<string, readonly number[]>): Map<string, number[]> {
  const found = [...stock].map(([facility, levels], f): [string, number[]] => {
    if (facility === heldFacility) return [facility, levels.map((level, s) => (s < halfOf ? level : 0))];
    return [
      facility,
      levels.map((level, s) => level + ((f + s) % 6 === 0 ? -1 - (s % 2) : (f + s) % 11 === 0 ? 1 : 0)),
    ];
  });
  return new Map(found);
}

/** Rows that cannot be used, in the places of good ones: so few that no guard minds. */
const rejected = new Map([
  ["S001,JEANS-BLUE-L", "S001,JEANS-BLUE-L,12 pcs"],
  ["S002,CAP-RED-M", "S002,1.2E+12,4"],
  ["S004,HOODIE-BLACK-M", "S004,HOODIE-BLAK-M,9"],
]);

function csvOf(
  stock: ReadonlyMap<string, readonly number[]>,
  instead: ReadonlyMap<string, string> = new Map(),
): string {
  const rows = [...stock].flatMap(([facility, levels]) =>
    levels.map((level, s) => [facility, skus[s] ?? "", level] as const),
  );
  const csv = snapshotCsv(rows).split("\n");
  return csv.map((row) => instead.get(row.slice(0, row.lastIndexOf(","))) ?? row).join("\n");
}

interface Span {
  readonly prefix: string;
  /** For each facility. */
  readonly count: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

function salesBetween(facilities: readonly string[], { prefix, count, fromMs, untilMs }: Span) {
  return facilities.flatMap((facilityId, f) =>
    Array.from({ length: count }, (_, index) => {
      const sku = skus[(f * 5 + index * 7) % skus.length] ?? "";
      const at = iso(fromMs + ((untilMs - fromMs) * (index + 0.5)) / count);
      return eventOf(`${facilityId}-${prefix}-${index}`, { facilityId, sku, at });
    }),
  );
}

/** Sales of a product that nobody has entered yet, and an id that was used twice. */
function failing(now: number) {
  const at = (minutes: number) => iso(now - minutes * 60_000);
  return [
    ...["S001", "S001", "S002", "S004"].map((facilityId, index) =>
      eventOf(`scarf-${index}`, { facilityId, sku: missingSku, at: at(70 - index * 15) }),
    ),
    eventOf("S002-since-0", { facilityId: "S002", sku: "CAP-BLACK-L", quantity: 9, at: at(20) }),
  ];
}

type Sale = ReturnType<typeof eventOf>;

/** Sends events in lots, and waits until the ledger has the last one of each that can succeed. */
async function sendAll(outside: Outside, events: readonly Sale[]): Promise<void> {
  const lot = 500;
  for (let start = 0; start < events.length; start += lot) await outside.send(events.slice(start, start + lot));
  const last = events.findLast(({ eventId }) => !eventId.startsWith("scarf") && eventId !== "S002-since-0");
  if (last) await outside.applied(last.facilityId, last.eventId);
}

function fileName(atMs: number): string {
  return `onhand-${iso(atMs).replace(/[-:]|\.\d+/g, "")}.csv`;
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
