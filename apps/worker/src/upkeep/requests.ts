// Upkeep: what ingest noted of its requests is taken from the queue's server into the database, where the board finds it.
import { forgetRequests, recordRequests } from "@inventory-sync/db";
import { jsonOf, requestNote } from "@inventory-sync/domain";
import type { ResetParts } from "../resets/parts.ts";

export type RequestParts = Pick<ResetParts, "database" | "queues" | "log">;

const TAKEN_AT_ONCE_MAX = 500;
const FORGET_EVERY_MS = 10 * 60_000;

/** Makes the round of one worker, which remembers when it last deleted what is too old. */
export function requestRound(parts: RequestParts): () => Promise<void> {
  let forgotAt = Number.NEGATIVE_INFINITY;
  return async function keepRequests(): Promise<void> {
    if (parts.queues.isConnected()) await takeNotes(parts);
    if (performance.now() - forgotAt < FORGET_EVERY_MS) return;
    await forgetRequests(parts.database);
    forgotAt = performance.now();
  };
}

/** Keeps the notes, then removes them. Two workers may take the same ones: each is kept once. */
async function takeNotes({ database, queues, log }: RequestParts): Promise<void> {
  for (;;) {
    const notes = await queues.readRequestNotes(TAKEN_AT_ONCE_MAX);
    const read = notes.map(({ text }) => requestNote.safeParse(jsonOf(text)).data);
    const refused = read.flatMap((note) => (note !== undefined && "refused" in note ? [note.refused] : []));
    const minutes = read.flatMap((note) => (note !== undefined && "minute" in note ? [note.minute] : []));
    const unread = notes.length - refused.length - minutes.length;
    if (unread > 0) log.warn({ notes: unread }, "notes of requests cannot be read and are dropped");
    if (refused.length + minutes.length > 0) await recordRequests(database, { refused, minutes });
    await queues.removeRequestNotes(notes.map(({ id }) => id));
    if (notes.length < TAKEN_AT_ONCE_MAX) return;
  }
}
