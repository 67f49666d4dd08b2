// Callers who are neither people nor the operator's machines: the clients of ingest, who ask what became of what they sent. They send
// the key that ingest knows them by.
import { clientOfKey, clientsFile, type KnownKey, keysOf } from "@inventory-sync/domain";
import { type Logger, watchJsonFile } from "@inventory-sync/runtime";
import { createPlaces } from "./places.ts";

/** The clients of ingest, as the board knows them. */
export type ClientCallers = ReturnType<typeof watchClientCallers>;

/** Questions answered at once: of one client, and of all. A question may look at thousands of jobs. */
const QUESTIONS = { ofOneMax: 4, max: 16 };

/** Reads the clients file and keeps watch over it. */
export function watchClientCallers(file: string, log: Logger) {
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
  return {
    find: (key: string) => clientOfKey(known, key)?.client,
    /** A place among the questions that are answered. */
    enter: createPlaces(QUESTIONS),
    close: watched.close,
  };
}
