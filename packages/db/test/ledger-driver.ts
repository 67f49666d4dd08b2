// Drives the ledger without a queue or a file: events and snapshots in order of arrival, one facility, one database.
import { randomUUID } from "node:crypto";
import {
  applyEvents,
  createFacilities,
  createProducts,
  type Database,
  openReset,
  type ReconcileResult,
  type Repaired,
  type RowReject,
  reconcileFacility,
  type UnknownPolicy,
  withStaging,
} from "@inventory-sync/db";
import { type EventFate, fromWire, type WireEvent } from "@inventory-sync/domain";
import { levelPlace, readLevel } from "@inventory-sync/operator";
import { instant } from "../../../tests/support/wire-events.ts";

export { event, instant } from "../../../tests/support/wire-events.ts";

export const FACILITY = "S001";
const CREATE: UnknownPolicy = { facility: "create", product: "create" };
export const reconcileOptions = {
  absentRows: "keep",
  borderlineSeconds: 60,
  lockWaitMsMax: 5_000,
  guards: undefined,
} as const;

export async function send(database: Database, events: readonly WireEvent[], policy = CREATE): Promise<EventFate[]> {
  const receivedAt = new Date("2026-11-20T00:00:00Z");
  return applyEvents(
    database,
    events.map((each) => fromWire(each, receivedAt)),
    policy,
  );
}

/**
 * Opens and stages a reset that lists the same counts for each facility; the levels are as they were. `times` are those of
 * rows that carry their own, `rejects` rows of its file that cannot be used, and `repairs` says what it corrects when it is a
 * repair. Returns the first facility, and all of them.
 */
export async function stage(
  database: Database,
  {
    at,
    counts,
    times = {},
    rejects = [],
    repairs,
    keptAt = [],
    preview = false,
    facilityId = FACILITY,
    facilityIds = [facilityId],
  }: Counted & {
    times?: Record<string, string>;
    rejects?: readonly RowReject[];
    repairs?: Repaired;
    keptAt?: readonly string[];
    preview?: boolean;
  },
): Promise<{ resetId: string; facility: number; facilities: number[] }> {
  await createFacilities(database.pool, facilityIds);
  const found = await database.prisma.facility.findMany({
    where: { facilityId: { in: [...facilityIds] } },
    orderBy: { facilityId: "asc" },
  });
  const facilities = found.map(({ id }) => id);
  const products = await createProducts(
    database.pool,
    Object.keys(counts).map((idValue) => ({ idType: "SKU", idValue })),
  );
  const file = { name: `${randomUUID()}.csv`, size: 1, modifiedAt: new Date() };
  const { resetId } = await openReset(database, file, { requestedBy: "test", preview });
  const rows = facilities.flatMap((facility) =>
    Object.entries(counts).map(([sku, count], index) => ({
      facility,
      product: products[index] ?? 0,
      line: index + 2,
      location: "",
      quantity: String(count),
      asOf: times[sku] === undefined ? null : instant(times[sku]),
    })),
  );
  const stamp = { resetId, generation: 0, sha256: randomUUID() };
  const when = { asOf: new Date(instant(at)), asOfFrom: "manifest" };
  await withStaging(database, stamp, async (staging) => {
    await staging.write(once(rows));
    await staging.record({ ...when, rows: rows.length, skipped: 0, report: {} }, rejects, {
      repaired: repairs,
      keptAt,
    });
  });
  return { resetId, facility: facilities[0] ?? 0, facilities };
}

/** What a snapshot says, of which facilities, as of when. */
interface Counted {
  readonly at: string;
  readonly counts: Record<string, number>;
  readonly facilityId?: string;
  /** Several of them, in place of one. */
  readonly facilityIds?: readonly string[];
}

async function* once<Item>(item: Item): AsyncGenerator<Item> {
  yield item;
}

/** A whole reset; answers with how its last facility ended. */
export async function snapshot(database: Database, counted: Counted): Promise<ReconcileResult | undefined> {
  const { resetId, facilities } = await stage(database, counted);
  let result: ReconcileResult | undefined;
  for (const facility of facilities)
    result = await reconcileFacility(database, { resetId, facility }, reconcileOptions);
  return result;
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
  const place = await levelPlace(database, { facilityId, names: [{ idType: "SKU", idValue }] });
  return (await readLevel(database, place)).asOf;
}
