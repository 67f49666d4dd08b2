// Drives the ledger without a queue or a file: events and snapshots in order of arrival, one facility, one database.
import { randomUUID } from "node:crypto";
import {
  applyEvents,
  createFacilities,
  createProducts,
  type Database,
  findLevelPlace,
  openReset,
  type ReconcileResult,
  readLevel,
  reconcileFacility,
  stageSnapshot,
  type UnknownPolicy,
} from "@inventory-sync/db";
import { type EventFate, fromWire, type WireEvent } from "@inventory-sync/domain";

export const FACILITY = "S001";
const CREATE: UnknownPolicy = { facility: "create", product: "create" };
export const reconcileOptions = {
  absentRows: "keep",
  borderlineSeconds: 60,
  lockWaitMsMax: 5_000,
  guards: undefined,
} as const;

/** A wire event with what the vectors leave out filled in. `at` is a time of the vectors' day, or an ISO time. */
export function event(
  id: string,
  type: WireEvent["type"],
  {
    at,
    lines,
    of,
    facilityId = FACILITY,
  }: { at: string; lines?: Record<string, number>; of?: string; facilityId?: string },
): WireEvent {
  return {
    eventId: id,
    facilityId,
    type,
    occurredAt: instant(at),
    ...(lines && { lines: Object.entries(lines).map(([sku, quantity]) => ({ sku, quantity })) }),
    ...(of !== undefined && { shipmentEventId: of }),
  };
}

/** "13:10" on the vectors' day, "2 07:00" on the second day, or an ISO time. */
export function instant(at: string): string {
  if (at.includes("T")) return at;
  const [day, time] = at.includes(" ") ? at.split(" ") : ["1", at];
  return `2026-11-0${day}T${time}:00Z`;
}

export async function send(database: Database, events: readonly WireEvent[], policy = CREATE): Promise<EventFate[]> {
  const receivedAt = new Date("2026-11-20T00:00:00Z");
  return applyEvents(
    database,
    events.map((each) => fromWire(each, receivedAt)),
    policy,
  );
}

/** Opens and stages a reset of one facility; the levels are as they were. `times` are those of rows that carry their own. */
export async function stage(
  database: Database,
  {
    at,
    counts,
    times = {},
    facilityId = FACILITY,
  }: { at: string; counts: Record<string, number>; times?: Record<string, string>; facilityId?: string },
): Promise<{ resetId: string; facility: number }> {
  await createFacilities(database.pool, [facilityId]);
  const found = await database.prisma.facility.findUniqueOrThrow({ where: { facilityId } });
  const products = await createProducts(
    database.pool,
    Object.keys(counts).map((idValue) => ({ idType: "SKU", idValue })),
  );
  const file = { name: `${randomUUID()}.csv`, size: 1, modifiedAt: new Date() };
  const { resetId } = await openReset(database, file, { requestedBy: "test" });
  const rows = Object.entries(counts).map(([sku, count], index) => ({
    facility: found.id,
    product: products[index] ?? 0,
    line: index + 2,
    location: "",
    quantity: String(count),
    asOf: times[sku] === undefined ? null : instant(times[sku]),
  }));
  const stamp = { resetId, generation: 0, sha256: randomUUID(), asOf: new Date(instant(at)), asOfFrom: "manifest" };
  await stageSnapshot(database, stamp, once(rows), async () => ({
    counts: { rows: rows.length, skipped: 0, report: {} },
    rejects: [],
    contradictory: async () => [],
  }));
  return { resetId, facility: found.id };
}

async function* once<Item>(item: Item): AsyncGenerator<Item> {
  yield item;
}

/** A whole reset of one facility. */
export async function snapshot(
  database: Database,
  counted: { at: string; counts: Record<string, number>; facilityId?: string },
): Promise<ReconcileResult> {
  const staged = await stage(database, counted);
  return reconcileFacility(database, staged, reconcileOptions);
}

/** On hand of one product, or undefined while it has no level. */
export async function onHand(database: Database, sku: string, facilityId = FACILITY): Promise<number | undefined> {
  const found = await database.pool.query<{ on_hand: string }>(
    `select l.on_hand from level l
       join facility f on f.id = l.facility_id
       join product_identification p on p.product_id = l.product_id
      where f.facility_id = $1 and p.id_type = 'SKU' and p.id_value = $2`,
    [facilityId, sku],
  );
  const text = found.rows[0]?.on_hand;
  return text === undefined ? undefined : Number(text);
}

/** The time in ISO of the snapshot that a level of the facility rests on; null when it rests on none. */
export async function asOf(database: Database, idValue: string, facilityId = FACILITY): Promise<string | null> {
  const place = await findLevelPlace(database, { facilityId, idType: "SKU", idValue });
  if (typeof place === "string") throw new Error(`unknown ${place}`);
  return (await readLevel(database, place))?.asOf ?? null;
}
