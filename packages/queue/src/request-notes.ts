// Notes of ingest for the operator (what was refused, how many requests there were), on their way to a worker: kept on the queue's
// server because ingest has no other place. They cost no request anything and take nothing from accepted work: what comes too fast or
// cannot be written is left out, and the sender is told how many.

import { withinMs } from "@inventory-sync/runtime";
import type { QueueConnection, StoredNote } from "./connection.ts";
import { messageOf } from "./errors.ts";
import type { QueueLog } from "./outage.ts";

/** Waiting in this process; more are left out. */
const waitingMax = 500;
const waitingCharactersMax = 1_000_000;
/** On the server the newest so many are kept for a worker: some seven megabytes, while none runs. */
const keptMax = 2_000;
const perWriteMax = 100;
const writeIntervalMs = 500;
const retryIntervalMs = 5_000;
const deadlineMs = 2_000;

/** What the producer notes, and a worker takes. */
export function createRequestNotes({ store, outage }: QueueConnection, log: QueueLog) {
  let waiting: string[] = [];
  let characters = 0;
  let timer: NodeJS.Timeout | undefined;

  let writing: Promise<boolean> | undefined;

  const writeAll = async (): Promise<boolean> => {
    if (waiting.length > 0 && !outage.isUp()) return false;
    while (waiting.length > 0) {
      const texts = waiting.slice(0, perWriteMax);
      try {
        await withinMs(deadlineMs, store.addNotes(texts, keptMax), "writing notes of requests");
      } catch (error) {
        log.debug({ reason: messageOf(error) }, "notes of requests could not be written; it is tried again later");
        return false;
      }
      waiting = waiting.slice(texts.length);
      characters -= texts.reduce((sum, text) => sum + text.length, 0);
    }
    return true;
  };
  /** Returns false when something is left. */
  const write = (): Promise<boolean> => {
    writing ??= writeAll().finally(() => {
      writing = undefined;
    });
    return writing;
  };
  const arm = (afterMs: number): void => {
    if (timer !== undefined) return;
    timer = setTimeout(async () => {
      const isWritten = await write();
      timer = undefined;
      if (waiting.length > 0) arm(isWritten ? writeIntervalMs : retryIntervalMs);
    }, afterMs).unref();
  };

  return {
    /** Takes a note along. Never waits and never throws. @returns false when it is left out, because too many wait already */
    addRequestNote(text: string): boolean {
      if (waiting.length >= waitingMax || characters + text.length > waitingCharactersMax) return false;
      waiting.push(text);
      characters += text.length;
      arm(writeIntervalMs);
      return true;
    },
    /** The oldest notes, to be removed once they are kept elsewhere. Throws when the server is away. */
    readRequestNotes: (limit: number): Promise<StoredNote[]> =>
      withinMs(deadlineMs, store.readNotes(limit), "the notes of requests"),
    removeRequestNotes: (ids: readonly string[]): Promise<void> =>
      withinMs(deadlineMs, store.removeNotes(ids), "the notes of requests"),
    /** Writes what is left, for the end of the process. */
    flush: async (): Promise<void> => void (await write()),
  };
}
