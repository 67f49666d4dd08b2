// What clients sent that ingest refused, and how many requests each client sends: as a worker kept what ingest noted.
import { type Database, read } from "@inventory-sync/db";
import { requestAdvice } from "@inventory-sync/domain";
import { z } from "zod";
import { only, type PageAsked, type PageFound, pageOfRows, time } from "./asking.ts";

export const refusedRecord = z.object({
  id: z.uuid(),
  at: time,
  /** Null when it was refused before its client was known. */
  client: z.string().nullable(),
  /** Of a key that no client has: the beginning of its SHA-256. */
  keyId: z.string().nullable(),
  address: z.string(),
  /** "POST /v1/events", or "other" for an address that is no call. */
  call: z.string(),
  status: z.int(),
  /** The kind of refusal: "invalid", "forbidden" and so on. */
  code: z.string(),
  detail: z.string(),
  /** JSON pointer to the first fault. */
  pointer: z.string().nullable(),
  /** The first event id of the body. */
  eventId: z.string().nullable(),
  /** The X-Request-Id of its answer. */
  requestId: z.string(),
  /** The beginning of the body, secrets hidden. */
  bodyHead: z.string().nullable(),
  /** How many events the body had, and how many of them have a fault; null where that is not known. */
  events: z.int().nullable(),
  faulty: z.int().nullable(),
  /** Of a client that signs: good, when it was only signed at another time than sent; wrong, when it is not made with its secret. */
  signature: z.enum(["good", "wrong"]).nullable(),
  /** How often such a request (client, code, pointer, first event) was refused in the last week. */
  times: z.int(),
  /** What to do about it. */
  advice: z.string(),
});
export type RefusedRecord = z.infer<typeof refusedRecord>;

export const clientRequests = z.object({
  client: z.string().nullable(),
  accepted: z.int(),
  /** Refused for what the client sent. */
  refused: z.int(),
  /** Refused because ingest or the queue could not take it. */
  unavailable: z.int(),
  /** Of the refused ones those that are only counted: they came too fast to be listed. */
  leftOut: z.int(),
  /** Of the refused ones: signatures that were good and sent too late or ahead, and those that are not made with the client's secret. */
  lateSignatures: z.int(),
  badSignatures: z.int(),
  /** The last minute in which one was accepted or refused. */
  acceptedAt: time.nullable(),
  refusedAt: time.nullable(),
});
export type ClientRequests = z.infer<typeof clientRequests>;

export interface RefusedFilter {
  readonly client?: string | undefined;
  readonly status?: number | undefined;
  readonly code?: string | undefined;
  /** The id of the request, or of its first event. */
  readonly id?: string | undefined;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
}

export const refusedPlace = z.object({ at: time, id: z.uuid() });
export type RefusedPlace = z.infer<typeof refusedPlace>;

/** A page of refused requests of the last week, newest first, and where the next one begins (undefined at the end). */
export async function listRefused(
  { pool }: Pick<Database, "pool">,
  { client, status, code, id, since, until }: RefusedFilter,
  { after, limit }: PageAsked<RefusedPlace>,
): Promise<PageFound<RefusedRecord, RefusedPlace>> {
  const filter = [client ?? null, status ?? null, code ?? null, since ?? null, until ?? null];
  const values = [...filter, after?.at ?? null, after?.id ?? null, limit + 1, id ?? null];
  const rows = await read<Omit<RefusedRecord, "advice">>(pool, "list_refused_requests", values);
  const { shown, last } = pageOfRows(rows, limit);
  const items = shown.map((each) => ({ ...each, advice: requestAdvice(each) }));
  return { items, next: last && only(refusedPlace, last) };
}

/** How many requests each client sent since a time, those with the most refused ones first. They are counted a minute at a time. */
export function listClientRequests({ pool }: Pick<Database, "pool">, since: Date): Promise<ClientRequests[]> {
  return read(pool, "list_client_requests", [since]);
}
