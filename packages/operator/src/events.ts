// One event: what became of it, for an operator and for the client that sent it.
import { type Database, read, run } from "@inventory-sync/db";
import type { FailedJob } from "@inventory-sync/queue";
import { z } from "zod";
import { only, productId, type Servers, time } from "./asking.ts";
import { REUSED } from "./clashes.ts";
import { facilityPlace } from "./facilities.ts";
import { Archived, NotFound, Refusal } from "./refusals.ts";

export const eventSchema = z.object({
  facilityId: z.string(),
  eventId: z.string(),
  type: z.string(),
  movements: z.array(
    z.object({
      type: z.string(),
      line: z.int(),
      ...productId,
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
      `Event ${eventId} of store ${facilityId} is in the archive of the ledger, and counts as before; ops ledger restore --facility ${facilityId} puts its lines back.`,
    );
  const why = "it never came, still waits in the queue, or its job failed: look among the failed jobs";
  throw new NotFound("event", `The ledger has nothing of event ${eventId} of store ${facilityId}: ${why}.`);
}

/** What the ledger and its archive have of an event. The type is null when nothing of it is in the ledger itself. */
async function lookForEvent(
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

/** A line as its sender is told of it. */
const eventLine = eventSchema.shape.movements.element.omit({
  type: true,
  saidAt: true,
  clockSkew: true,
  resetId: true,
  acknowledgedAt: true,
  reason: true,
});

/** What became of an event for the client that sent it: the ledger is the truth about what was applied, the queue about the rest. Times are ISO in UTC. */
export const eventStatus = z.object({
  facilityId: z.string(),
  eventId: z.string(),
  /**
   * queued: durably accepted, not applied yet. applied: the ledger has it. failed: it, or some of its lines, could not be applied, and an
   * operator looks after it; sent again it fails again.
   */
  status: z.enum(["queued", "applied", "failed"]),
  /** Null until some of it is in the ledger, and when all of it is archived. */
  type: z.string().nullable(),
  /** Its lines in the ledger. An absorbed one changed nothing, because a later count has it already. */
  lines: z.array(eventLine),
  /** Its lines that are in files of the ledger's archive, and count as before. */
  archivedLines: z.array(z.int()),
  /**
   * Why something that was sent under this id was not applied; EVENT_ID_REUSED when that had other content,
   * DOCUMENT_MOVED when its lines are booked at another store.
   */
  error: z.object({ code: z.string(), message: z.string(), failedAt: z.iso.datetime().nullable() }).nullable(),
});
type EventStatus = z.infer<typeof eventStatus>;

type Asked = Pick<EventPlace, "facilityId" | "eventId">;

/**
 * What became of an event. Where nothing is found it is looked for once more: a failed job may just have been put back.
 * @throws NotFound when nothing is known of it; Refusal while more waits in the queue than is looked at
 */
export async function readEventStatus(servers: Servers, asked: Asked): Promise<EventStatus> {
  const found = (await look(servers, asked)) ?? (await look(servers, asked));
  if (found !== undefined) return found;
  const { facilityId, eventId } = asked;
  throw new NotFound(
    "event",
    `Nothing is known of an event ${eventId} of store ${facilityId}: it was not accepted (look at the answer to its request, and at the ` +
      "spelling of both ids), or an operator removed it, or none of its products is kept here. If it matters, send it again: it counts once.",
  );
}

/** Undefined when nothing is found. */
async function look({ database, queues }: Servers, asked: Asked): Promise<EventStatus | undefined> {
  // In this order: an event goes from the queue into the ledger, and so is found in one of them.
  const jobs = await queues.findEventJobs(asked);
  const place = [asked.facilityId, asked.eventId];
  const [inbox] = await run<{ rejectedCode: string | null }>(database.pool, "accepted_event_state", place);
  const inLedger = await ledgerOf(database, asked);
  const lines = (inLedger?.movements ?? []).map((each) => only(eventLine, each));
  const error = errorOf(jobs.failed, inbox?.rejectedCode ?? null);
  const about = { ...asked, type: inLedger?.type ?? null, lines, archivedLines: inLedger?.archivedLines ?? [], error };
  if (error !== null && !(error.code === REUSED && inLedger !== undefined)) return { ...about, status: "failed" };
  if (inLedger !== undefined) return { ...about, status: "applied" };
  if (jobs.isWaiting || inbox !== undefined) return { ...about, status: "queued" };
  if (!jobs.isAll)
    throw new Refusal(
      "The ledger does not have this event, and more events wait or have failed than are looked at for one question. Ask again in a while.",
      { isBusy: true },
    );
  return undefined;
}

async function ledgerOf(database: Database, { facilityId, eventId }: Asked) {
  const place = await facilityPlace(database, facilityId).catch((error: unknown) => {
    if (error instanceof NotFound) return undefined;
    throw error;
  });
  const found = place && (await lookForEvent(database, { ...place, eventId }));
  return found?.type === null && found.archivedLines.length === 0 ? undefined : found;
}

function errorOf(failed: FailedJob | undefined, rejectedCode: string | null): EventStatus["error"] {
  if (failed !== undefined) return { code: failed.cause, message: failed.message, failedAt: failed.failedAt };
  if (rejectedCode === null) return null;
  const message =
    rejectedCode === "DOCUMENT_MOVED"
      ? "The lines of this document are booked at another store."
      : "The ledger has this id with other content.";
  return { code: rejectedCode, message, failedAt: null };
}
