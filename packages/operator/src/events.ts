// One event: what became of it.
import { type Database, read, run } from "@inventory-sync/db";
import { z } from "zod";
import { Archived, NotFound } from "./not-found.ts";

const time = z.iso.datetime();

/** An event as the ledger knows it. */
export const eventSchema = z.object({
  facilityId: z.string(),
  eventId: z.string(),
  type: z.string(),
  movements: z.array(
    z.object({
      type: z.string(),
      line: z.int(),
      idType: z.string(),
      idValue: z.string(),
      quantity: z.number(),
      effect: z.number(),
      absorbed: z.boolean(),
      occurredAt: time,
      /** What its till said, where that was corrected by the facility's time offset; else null. */
      saidAt: time.nullable(),
      recordedAt: time,
      /** Its source's clock was ahead, so it counts from the time of receipt (R9). */
      clockSkew: z.boolean(),
      resetId: z.uuid().nullable(),
      /** Shipments only: from when the POS's own counts include it. */
      acknowledgedAt: time.nullable(),
      reason: z.string().nullable(),
    }),
  ),
  /** Lines of a Prism document that changed nothing: the catalogue says that their products have no stock, being of this kind. */
  leftOut: z.array(z.object({ line: z.int(), kind: z.string() })),
  /** Lines that are in files of the ledger's archive, and count as before. */
  archivedLines: z.array(z.int()),
  /** For a shipment-acknowledged: what it acknowledges. Its movements are what it gave back, which may be nothing. */
  acknowledges: z
    .object({ shipmentEventId: z.string(), occurredAt: time, recordedAt: time, clockSkew: z.boolean() })
    .nullable(),
});

type EventRecord = z.infer<typeof eventSchema>;

interface EventPlace {
  readonly facility: number;
  readonly facilityId: string;
  readonly eventId: string;
}

/** What became of an event. @throws NotFound when the ledger has nothing of it; Archived when all of it is in files */
export async function readEvent(database: Database, place: EventPlace): Promise<EventRecord> {
  const { type, ...event } = await lookForEvent(database, place);
  if (type !== null) return { ...event, type };
  const { facilityId, eventId, archivedLines } = event;
  if (archivedLines.length > 0)
    throw new Archived(
      `Event ${eventId} of facility ${facilityId} is in the archive of the ledger, and counts as before; ops ledger restore --facility ${facilityId} puts its lines back.`,
    );
  const why = "it never came, still waits in the queue, or its job failed: look among the failed jobs";
  throw new NotFound("event", `The ledger has nothing of event ${eventId} of facility ${facilityId}: ${why}.`);
}

/** What the ledger and its archive have of an event. The type is null when nothing of it is in the ledger itself. */
export async function lookForEvent(
  database: Database,
  { facility, facilityId, eventId }: EventPlace,
): Promise<Omit<EventRecord, "type"> & { readonly type: string | null }> {
  const [movements, [acknowledges = null], leftOut, [archived]] = await Promise.all([
    read<EventRecord["movements"][number]>(database.pool, "list_event", [facility, eventId]),
    read<NonNullable<EventRecord["acknowledges"]>>(database.pool, "read_acknowledgement", [facility, eventId]),
    read<EventRecord["leftOut"][number]>(database.pool, "left_out_lines", [facility, eventId]),
    run<{ lines: number[] }>(database.pool, "archived_lines", [[facility], [eventId]]),
  ]);
  const type = acknowledges ? "shipment-acknowledged" : (movements[0]?.type ?? (leftOut.length > 0 ? "sale" : null));
  // What was put back may still be known as archived, until all of its facility is back.
  const archivedLines = (archived?.lines ?? []).filter((line) => movements.every((each) => each.line !== line));
  return { facilityId, eventId, type, movements, leftOut, archivedLines, acknowledges };
}
