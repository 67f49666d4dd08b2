// Notes of ingest for the operator: when each key of a client was last used, what was refused, how many requests there were. They are kept on
// the queue's server because ingest has no other place in its default mode. They cost no request anything, take nothing from accepted work,
// and may be lost without harm: what comes too fast or cannot be written is left out, and the sender is told how many.
import { withinMs } from "@inventory-sync/runtime";
import type { QueueConnection, QueueLog, StoredNote } from "./connection.ts";
import { messageOf } from "./errors.ts";

/** How often what is not written yet is written; what comes meanwhile goes together. */
const writeIntervalMs = 500;
const deadlineMs = 2_000;

/** Starts taking notes over the queue of one connection. */
export function createNotes(connection: QueueConnection, log: QueueLog) {
  const { flush: flushUses, ...uses } = createClientUses(connection, log);
  const { flush: flushRequests, ...requests } = createRequestNotes(connection, log);
  return {
    ...uses,
    ...requests,
    /** Writes what is left, for the end of the process. */
    flush: async (): Promise<void> => void (await Promise.all([flushUses(), flushRequests()])),
  };
}

/** Digits of a key's SHA-256 under which its use is noted: enough to tell keys apart, nothing to send with. */
const idLength = 16;
/** A key's use is written at most once in this time. */
const useIntervalMs = 60_000;

const idOf = (keyHash: string): string => keyHash.slice(0, idLength);

/** When each key of a client was last used: the producer notes it, and the operator reads it. */
function createClientUses({ store, outage }: QueueConnection, log: QueueLog) {
  const unwritten = new Map<string, number>();
  const triedAtMs = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;

  const write = async (ids: readonly string[]): Promise<void> => {
    if (ids.length === 0 || !outage.isUp()) return;
    const uses = new Map(ids.map((id) => [id, unwritten.get(id) ?? 0]));
    for (const id of ids) triedAtMs.set(id, Date.now());
    try {
      await withinMs(deadlineMs, store.writeKeyUses(uses), "noting the use of keys");
      for (const [id, atMs] of uses) if (unwritten.get(id) === atMs) unwritten.delete(id);
    } catch (error) {
      log.debug({ reason: messageOf(error) }, "the use of keys could not be noted; it is tried again later");
    }
  };
  const writeDue = async (): Promise<void> => {
    const dueMs = Date.now() - useIntervalMs;
    await write([...unwritten.keys()].filter((id) => (triedAtMs.get(id) ?? 0) <= dueMs));
    timer = undefined;
    if (unwritten.size > 0) arm();
  };
  const arm = (): void => {
    if (timer === undefined) timer = setTimeout(() => void writeDue(), writeIntervalMs).unref();
  };

  return {
    /** Notes that a key was used just now. Never waits and never throws. @param keyHash SHA-256 of the key, hex */
    noteClientUse(keyHash: string): void {
      unwritten.set(idOf(keyHash), Date.now());
      arm();
    },
    /** When the keys were last used, by their SHA-256 in hex; a key that is missing was not seen. Throws when the server is away. */
    async clientUses(keyHashes: readonly string[]): Promise<Map<string, Date>> {
      const uses = await withinMs(deadlineMs, store.readKeyUses(), "the use of keys");
      const found = keyHashes.map((keyHash) => ({ keyHash, atMs: uses.get(idOf(keyHash)) }));
      return new Map(found.flatMap(({ keyHash, atMs }) => (atMs === undefined ? [] : [[keyHash, new Date(atMs)]])));
    },
    flush: (): Promise<void> => write([...unwritten.keys()]),
  };
}

/** Waiting in this process; more are left out. */
const waitingMax = 500;
const waitingCharactersMax = 1_000_000;
/** On the server the newest so many are kept for a worker: some seven megabytes, while none runs. */
const keptMax = 2_000;
const perWriteMax = 100;
const retryIntervalMs = 5_000;

/** What was refused, and how many requests there were: the producer notes it, and a worker takes it. */
function createRequestNotes({ store, outage }: QueueConnection, log: QueueLog) {
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
    flush: write,
  };
}
