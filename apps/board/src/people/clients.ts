// Callers who are neither people nor the operator's machines: the clients of ingest, who ask what became of what they sent. They send
// the key that ingest knows them by.
import { type Client, clientOfKey, clientsFile, type KnownKey, keysOf } from "@inventory-sync/domain";
import { type Logger, watchJsonFile } from "@inventory-sync/runtime";

/** The clients of ingest, as the board knows them. */
export interface ClientCallers {
  /** The client with this key, or undefined. */
  find(key: string): Client | undefined;
  /** Takes a place among the questions being answered; undefined when this client, or all of them, have too many. */
  enter(client: string): (() => void) | undefined;
  close(): void;
}

/** Questions answered at once: of one client, and of all. A question may look at thousands of jobs. */
const OF_ONE_MAX = 4;
const OF_ALL_MAX = 16;

/** Reads the clients file and keeps watch over it. */
export function watchClientCallers(file: string, log: Logger): ClientCallers {
  let known: readonly KnownKey[] = [];
  const watched = watchJsonFile(file, {
    schema: clientsFile,
    whenMissing: "create it, or point INGEST_CLIENTS_FILE to it",
    onRead({ clients }) {
      known = keysOf(clients);
    },
    onFault(fault) {
      log.warn({ file, fault }, "clients file cannot be used: clients cannot ask what became of their events");
    },
  });
  const inside = new Map<string, number>();
  let all = 0;
  return {
    find: (key) => clientOfKey(known, key)?.client,
    enter(client) {
      const own = inside.get(client) ?? 0;
      if (own >= OF_ONE_MAX || all >= OF_ALL_MAX) return undefined;
      inside.set(client, own + 1);
      all += 1;
      return () => {
        inside.set(client, (inside.get(client) ?? 1) - 1);
        all -= 1;
      };
    },
    close: watched.close,
  };
}
