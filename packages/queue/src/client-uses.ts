// When each key of a client was last used, kept on the queue's server: ingest has no other place in its default mode. It is
// a note for operators (is the old key still in use?), so it costs no request anything, and may be lost without harm.

import { withinMs } from "@inventory-sync/runtime";
import type { QueueConnection } from "./connection.ts";
import { messageOf } from "./errors.ts";
import type { QueueLog } from "./outage.ts";

/** Digits of a key's SHA-256 under which its use is noted: enough to tell keys apart, nothing to send with. */
const idLength = 16;
/** A key's use is written at most once in this time. */
const writeIntervalMs = 60_000;
const writeDeadlineMs = 2_000;
/** How often what is not written yet is looked at; uses that come meanwhile are written together. */
const lookIntervalMs = 500;

const idOf = (keyHash: string): string => keyHash.slice(0, idLength);

/** What the producer notes, and the operator reads. */
export function createClientUses({ store, outage }: QueueConnection, log: QueueLog) {
  const unwritten = new Map<string, number>();
  const triedAtMs = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;

  const write = async (ids: readonly string[]): Promise<void> => {
    if (ids.length === 0 || !outage.isUp()) return;
    const uses = new Map(ids.map((id) => [id, unwritten.get(id) ?? 0]));
    for (const id of ids) triedAtMs.set(id, Date.now());
    try {
      await withinMs(writeDeadlineMs, store.writeKeyUses(uses), "noting the use of keys");
      for (const [id, atMs] of uses) if (unwritten.get(id) === atMs) unwritten.delete(id);
    } catch (error) {
      log.debug({ reason: messageOf(error) }, "the use of keys could not be noted; it is tried again later");
    }
  };
  const writeDue = async (): Promise<void> => {
    const dueMs = Date.now() - writeIntervalMs;
    await write([...unwritten.keys()].filter((id) => (triedAtMs.get(id) ?? 0) <= dueMs));
    timer = undefined;
    if (unwritten.size > 0) arm();
  };
  const arm = (): void => {
    if (timer === undefined) timer = setTimeout(() => void writeDue(), lookIntervalMs).unref();
  };

  return {
    /** Notes that a key was used just now. Never waits and never throws. @param keyHash SHA-256 of the key, hex */
    noteClientUse(keyHash: string): void {
      unwritten.set(idOf(keyHash), Date.now());
      arm();
    },
    /** When the keys were last used, by their SHA-256 in hex; a key that is missing was not seen. Throws when the server is away. */
    async clientUses(keyHashes: readonly string[]): Promise<Map<string, Date>> {
      const uses = await withinMs(writeDeadlineMs, store.readKeyUses(), "the use of keys");
      const found = keyHashes.map((keyHash) => ({ keyHash, atMs: uses.get(idOf(keyHash)) }));
      return new Map(found.flatMap(({ keyHash, atMs }) => (atMs === undefined ? [] : [[keyHash, new Date(atMs)]])));
    },
    /** Writes what is left, for the end of the process. */
    flush: (): Promise<void> => write([...unwritten.keys()]),
  };
}
