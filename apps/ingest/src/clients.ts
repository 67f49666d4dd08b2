// Flow 1, step 1: the clients that may send, by the clients file, which is read again whenever it changes, so that a key is
// rotated without a restart.
import { type Client, clientOfKey, clientsFile, type KnownKey, keysOf } from "@inventory-sync/domain";
import { type Logger, watchJsonFile } from "@inventory-sync/runtime";
import { Problem } from "./problem.ts";

/** A client, and by which of its keys it is known. */
export type KnownClient = { readonly client: Client; readonly keyHash: string };

/** The clients of the clients file, always as last read in good order. */
export type Clients = ReturnType<typeof watchClients>;

/** Reads the clients file and keeps watch over it. A missing or broken file is no error here: no client may send then. */
export function watchClients(file: string, log: Logger) {
  let known: readonly KnownKey[] = [];
  const watched = watchJsonFile(file, {
    schema: clientsFile,
    whenMissing: "make it with `ops keys create`, or point INGEST_CLIENTS_FILE to it",
    onRead({ clients }) {
      known = keysOf(clients);
      log.info({ file, clients: clients.length }, "clients file read");
    },
    onFault(fault, before) {
      const meanwhile = before ? "the clients read before stay in force" : "no client may send until it is corrected";
      log.error({ file, fault }, `clients file cannot be used: ${meanwhile}`);
    },
  });
  const { fault, close } = watched;
  return {
    /** The client with this key, or undefined. Takes the same time wherever the key stands, or if it stands nowhere. */
    find: (key: string): KnownClient | undefined => clientOfKey(known, key),
    /** How many clients there are; undefined while no file was ever read in good order. */
    count: () => watched.value()?.clients.length,
    ...{ fault, close },
  };
}

const BEARER = /^Bearer +([\x21-\x7e]+)$/i;

/** The key that a header Authorization carries; undefined when it carries none. */
export function bearerKey(authorization: string | undefined): string | undefined {
  return BEARER.exec(authorization ?? "")?.[1];
}

/** The client whose key a request carries in its header Authorization. @throws Problem 401 */
export function authenticate(authorization: string | undefined, clients: Clients): KnownClient {
  const key = bearerKey(authorization);
  if (key === undefined) throw unauthorized("Send the client's key in the header Authorization: Bearer <key>.", "");
  const known = clients.find(key);
  if (known !== undefined) return known;
  const detail = "The key is not one of a known client. Ask the operator for a new one.";
  throw unauthorized(detail, ', error="invalid_token"');
}

function unauthorized(detail: string, parameters: string): Problem {
  const headers = { "www-authenticate": `Bearer realm="inventory-sync"${parameters}` };
  return new Problem("unauthorized", detail, { headers });
}
