// Failed events whose id the ledger has with another content (EVENT_ID_REUSED): both contents, what they differ in, and the id under which
// the second can be booked as one of its own.
import { asJsonb, type Database, read } from "@inventory-sync/db";
import {
  clashKinds,
  clashOf,
  isBookable,
  jsonOf,
  ledgerDigest,
  looksRounded,
  ROUNDED_HINT,
  type StockEvent,
  stockEvent,
  underOwnId,
} from "@inventory-sync/domain";
import type { FailedPage } from "@inventory-sync/queue";
import { z } from "zod";
import { productId, type Servers, time } from "./asking.ts";
import type { JobFilter } from "./jobs.ts";

export const REUSED = "EVENT_ID_REUSED";

const line = z.object({ ...productId, quantity: z.number() });

/** A failed event beside what the ledger has under its id. Times are ISO in UTC, quantities signed as they change stock. */
export const clash = z.object({
  jobId: z.string(),
  facilityId: z.string(),
  eventId: z.string(),
  failedAt: time,
  /** What the ledger has: null when it is no movement of stock (an acknowledgement), or not there. */
  first: z.object({ type: z.string(), occurredAt: time, recordedAt: time, lines: z.array(line) }).nullable(),
  /** What the job carries. Its time is that of receipt where its sender said none. */
  second: z.object({ type: z.string(), occurredAt: time, receivedAt: time, lines: z.array(line) }),
  /** resend: the first again, written otherwise. stock: another change of stock. */
  kind: z.enum(clashKinds),
  says: z.string(),
  /** What else is to be known, such as that the id looks rounded. */
  hint: z.string().nullable(),
  /** The id under which it can be booked; null where that cannot be. */
  bookedAs: z.string().nullable(),
  /** The ledger has an event of that id already. */
  isBooked: z.boolean(),
});
export type Clash = z.infer<typeof clash>;

/** A clash with what is needed to book it. */
export interface ClashingJob {
  readonly clash: Clash;
  readonly event: StockEvent;
  readonly client: string;
  /** The ledger has this very content, so that it is no clash. */
  readonly isSameContent: boolean;
}

const carried = z.object({ client: z.string(), events: z.tuple([stockEvent]) });

type Job = FailedPage["jobs"][number];

/** What a row of event_clashes.sql says. */
interface Row {
  readonly type: string | null;
  readonly occurredAt: string | null;
  readonly recordedAt: string | null;
  readonly clockSkew: boolean | null;
  readonly lines: readonly { readonly idType: string; readonly idValue: string; readonly quantity: string }[] | null;
  readonly isSameStock: boolean;
  readonly isSameContent: boolean;
  readonly isOwnBooked: boolean;
}

/** Compares what jobs carry with the ledger. Jobs that carry several events, or cannot be read, are left out. */
export async function compareClashes(
  { pool }: Pick<Database, "pool">,
  jobs: readonly Job[],
): Promise<(ClashingJob & { readonly job: Job })[]> {
  const found = jobs.flatMap((job) => {
    const { success, data } = carried.safeParse(jsonOf(job.payload));
    return success ? [{ job, event: data.events[0], client: data.client }] : [];
  });
  if (found.length === 0) return [];
  const ownIdOf = (event: StockEvent) => underOwnId(event, "").eventId;
  const asked = found.map(({ event }) => ({ ...event, ownId: ownIdOf(event), content: ledgerDigest(event) }));
  const rows = await read<Row>(pool, "event_clashes", [asJsonb(asked)]);
  return found.flatMap(({ job, event, client }, index) => {
    const row = rows[index];
    return row === undefined
      ? []
      : [{ job, event, client, isSameContent: row.isSameContent, clash: clashFrom(job, event, row) }];
  });
}

function clashFrom({ id, failedAt }: Job, event: StockEvent, row: Row): Clash {
  const { facilityId, eventId, type, receivedAt } = event;
  const occurredAt = event.occurredAt ?? receivedAt;
  const first =
    row.type === null || row.occurredAt === null || row.recordedAt === null
      ? null
      : { type: row.type, occurredAt: row.occurredAt, recordedAt: row.recordedAt, lines: linesOf(row.lines ?? []) };
  const laterMs = first === null || row.clockSkew ? null : Date.parse(occurredAt) - Date.parse(first.occurredAt);
  return {
    ...{ jobId: id, facilityId, eventId, failedAt, first },
    second: { type, occurredAt, receivedAt, lines: linesOf(event.lines) },
    ...clashOf({ isSameStock: row.isSameStock, laterMs, types: [first?.type ?? null, type] }),
    hint: looksRounded(eventId) ? ROUNDED_HINT : null,
    bookedAs: isBookable(event) ? underOwnId(event, "").eventId : null,
    isBooked: row.isOwnBooked,
  };
}

function linesOf(lines: NonNullable<Row["lines"]>): Clash["second"]["lines"] {
  return lines.map(({ idType, idValue, quantity }) => ({ idType, idValue, quantity: Number(quantity) }));
}

/**
 * A page of clashes, newest first; `nextCursor` is null at the end.
 * @throws RangeError when the cursor is not one of this list
 */
export async function listClashes(
  { database, queues }: Servers,
  { facility }: Pick<JobFilter, "facility">,
  page: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<{ readonly items: Clash[]; readonly nextCursor: string | null }> {
  const { limit, cursor } = page;
  const filter = { queue: "events" as const, cause: REUSED, ...(facility !== undefined && { facility }) };
  const { jobs, nextCursor } = await queues.failedJobs({ ...filter, limit, ...(cursor !== undefined && { cursor }) });
  const ids = jobs.map(({ id }) => id);
  return { items: await clashesOf({ database, queues }, ids), nextCursor };
}

/** The clashes of jobs, in their order. Those that are no clash, or have left their queue, are left out. */
export async function clashesOf({ database, queues }: Servers, ids: readonly string[]): Promise<Clash[]> {
  const found = new Map<string, Clash>();
  for await (const { jobs } of queues.failedWithPayload({ queue: "events", ids })) {
    const clashing = jobs.filter(({ cause }) => cause === REUSED);
    for (const each of await compareClashes(database, clashing)) found.set(each.clash.jobId, each.clash);
  }
  return ids.flatMap((id) => found.get(id) ?? []);
}
