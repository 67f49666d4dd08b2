// What people ask about one event: what became of it.
import { quantityToNumber } from "@inventory-sync/domain";
import type { Database } from "../database.ts";
import { run } from "../statements.ts";

/** One line of an event in the ledger. */
export interface EventMovement {
  readonly type: string;
  readonly line: number;
  readonly idType: string;
  readonly idValue: string;
  readonly quantity: number;
  readonly effect: number;
  readonly absorbed: boolean;
  readonly occurredAt: string;
  readonly recordedAt: string;
  /** Its source's clock was ahead, so it counts from the time of receipt (R9). */
  readonly clockSkew: boolean;
  readonly resetId: string | null;
  /** Shipments only: from when the POS's own counts include it. */
  readonly acknowledgedAt: string | null;
  readonly reason: string | null;
}

/** An event as the ledger knows it. */
export interface EventView {
  readonly facilityId: string;
  readonly eventId: string;
  readonly type: string;
  readonly movements: readonly EventMovement[];
  /** For a shipment-acknowledged: what it acknowledges. Its movements are what it gave back, which may be nothing. */
  readonly acknowledges: {
    readonly shipmentEventId: string;
    readonly occurredAt: string;
    readonly recordedAt: string;
    readonly clockSkew: boolean;
  } | null;
}

type Row = {
  readonly type: string;
  readonly line: number;
  readonly id_type: string;
  readonly id_value: string;
  readonly quantity: string;
  readonly effect: string;
  readonly absorbed: boolean;
  readonly occurred_at: Date;
  readonly recorded_at: Date;
  readonly clock_skew: boolean;
  readonly reset_id: string | null;
  readonly acknowledged_at: Date | null;
  readonly reason: string | null;
};

/** The event, or undefined when the ledger has nothing of it: it never came, still waits in the queue, or its job failed. */
export async function readEvent(
  database: Database,
  asked: { readonly facility: number; readonly facilityId: string; readonly eventId: string },
): Promise<EventView | undefined> {
  const { facility, facilityId, eventId } = asked;
  const [rows, acknowledgement] = await Promise.all([
    run<Row>(database.pool, "list_event", [facility, eventId]),
    database.prisma.shipmentAcknowledgement.findUnique({
      where: { facilityId_eventId: { facilityId: facility, eventId } },
    }),
  ]);
  const type = acknowledgement ? "shipment-acknowledged" : rows[0]?.type;
  if (type === undefined) return undefined;
  const acknowledges = acknowledgement && {
    shipmentEventId: acknowledgement.shipmentEventId,
    occurredAt: acknowledgement.occurredAt.toISOString(),
    recordedAt: acknowledgement.recordedAt.toISOString(),
    clockSkew: acknowledgement.clockSkew,
  };
  return { facilityId, eventId, type, movements: rows.map(movement), acknowledges };
}

function movement(row: Row): EventMovement {
  return {
    type: row.type,
    line: row.line,
    idType: row.id_type,
    idValue: row.id_value,
    quantity: quantityToNumber(row.quantity),
    effect: quantityToNumber(row.effect),
    absorbed: row.absorbed,
    occurredAt: row.occurred_at.toISOString(),
    recordedAt: row.recorded_at.toISOString(),
    clockSkew: row.clock_skew,
    resetId: row.reset_id,
    acknowledgedAt: row.acknowledged_at?.toISOString() ?? null,
    reason: row.reason,
  };
}
