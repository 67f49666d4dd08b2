// What became of an event, for the client that sent it: the ledger is the truth about what was applied, the queue about the rest.
import { type Database, run } from "@inventory-sync/db";
import type { FailedJob, Queues } from "@inventory-sync/queue";
import { z } from "zod";
import { REUSED } from "./clashes.ts";
import { eventSchema, lookForEvent } from "./events.ts";
import { facilityPlace } from "./facilities.ts";
import { NotFound } from "./not-found.ts";
import { Refusal } from "./reset-decisions.ts";

/** What became of an event. Times are ISO in UTC. */
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
  lines: z.array(
    eventSchema.shape.movements.element.pick({
      line: true,
      idType: true,
      idValue: true,
      quantity: true,
      effect: true,
      absorbed: true,
      occurredAt: true,
      recordedAt: true,
    }),
  ),
  /** Its lines that are in files of the ledger's archive, and count as before. */
  archivedLines: z.array(z.int()),
  /**
   * Why something that was sent under this id was not applied; EVENT_ID_REUSED when that had other content,
   * DOCUMENT_MOVED when its lines are booked at another store.
   */
  error: z.object({ code: z.string(), message: z.string(), failedAt: z.iso.datetime().nullable() }).nullable(),
});
type EventStatus = z.infer<typeof eventStatus>;

/** Where an event is looked for. */
interface Asked {
  readonly facilityId: string;
  readonly eventId: string;
}

interface StatusParts {
  readonly database: Database;
  readonly queues: Queues;
}

/**
 * What became of an event. Where nothing is found it is looked for once more: a failed job may just have been put back.
 * @throws NotFound when nothing is known of it; Refusal while more waits in the queue than is looked at
 */
export async function readEventStatus(parts: StatusParts, asked: Asked): Promise<EventStatus> {
  const found = (await look(parts, asked)) ?? (await look(parts, asked));
  if (found !== undefined) return found;
  throw notKnown(asked);
}

/** Undefined when nothing is found. */
async function look({ database, queues }: StatusParts, asked: Asked): Promise<EventStatus | undefined> {
  // In this order: an event goes from the queue into the ledger, and so is found in one of them.
  const jobs = await queues.findEventJobs(asked);
  const [inbox] = await run<{ rejectedCode: string | null }>(database.pool, "accepted_event_state", [
    asked.facilityId,
    asked.eventId,
  ]);
  const inLedger = await ledgerOf(database, asked);
  const lines = (inLedger?.movements ?? []).map(({ line, idType, idValue, quantity, effect, absorbed, ...times }) => {
    const { occurredAt, recordedAt } = times;
    return { line, idType, idValue, quantity, effect, absorbed, occurredAt, recordedAt };
  });
  const error = errorOf(jobs.failed, inbox?.rejectedCode ?? null);
  const about = { ...asked, type: inLedger?.type ?? null, lines, archivedLines: inLedger?.archivedLines ?? [], error };
  if (error !== null && !(error.code === REUSED && inLedger !== undefined)) return { ...about, status: "failed" };
  if (inLedger !== undefined) return { ...about, status: "applied" };
  if (jobs.isWaiting || inbox !== undefined) return { ...about, status: "queued" };
  if (!jobs.isAll) throw tooManyWait();
  return undefined;
}

async function ledgerOf(database: Database, { facilityId, eventId }: Asked) {
  try {
    const found = await lookForEvent(database, { ...(await facilityPlace(database, facilityId)), eventId });
    return found.type === null && found.archivedLines.length === 0 ? undefined : found;
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
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

function notKnown({ facilityId, eventId }: Asked): NotFound {
  const message =
    `Nothing is known of an event ${eventId} of facility ${facilityId}: it was not accepted (look at the answer to its request, and at the ` +
    "spelling of both ids), or an operator removed it, or none of its products is kept here. If it matters, send it again: it counts once.";
  return new NotFound("event", message);
}

function tooManyWait(): Refusal {
  const message =
    "The ledger does not have this event, and more events wait or have failed than are looked at for one question. Ask again in a while.";
  return new Refusal(message, { isBusy: true });
}
