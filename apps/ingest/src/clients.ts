// Who may send: the clients file, read at start and again whenever it changes, so that a key is rotated without a restart.

import { timingSafeEqual } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { type Client, clientsFile, hashKey } from "@inventory-sync/domain";
import type { Logger } from "@inventory-sync/runtime";
import { jsonPointer } from "./problem.ts";

/** A client, and by which of its keys it is known. */
export type KnownClient = { readonly client: Client; readonly keyHash: string };

/** The clients of the clients file, always as last read in good order. */
export type Clients = {
  /** The client with this key, or undefined. Takes the same time wherever the key stands, or if it stands nowhere. */
  find(key: string): KnownClient | undefined;
  /** How many clients there are; undefined while no file was ever read in good order. */
  count(): number | undefined;
  /** What is wrong with the file as it is now, if anything. Clients read earlier stay in force meanwhile. */
  fault(): string | undefined;
  close(): void;
};

const CHECK_INTERVAL_MS = 500;

type Known = KnownClient & { readonly digest: Buffer };

/** Reads the clients file and keeps watch over it. A missing or broken file is no error here: nobody may send then. */
export function watchClients(file: string, log: Logger): Clients {
  let known: readonly Known[] | undefined;
  let count: number | undefined;
  let fault: string | undefined;
  let version: string | undefined;

  const look = (): void => {
    const now = versionOf(file);
    if (now === version) return;
    version = now;
    try {
      const { clients } = readClients(file);
      known = clients.flatMap((client) =>
        client.keys.map((keyHash) => ({ digest: Buffer.from(keyHash, "hex"), keyHash, client })),
      );
      count = clients.length;
      fault = undefined;
      log.info({ file, clients: count }, "clients file read");
    } catch (error) {
      fault = error instanceof Error ? error.message : String(error);
      const meanwhile =
        known === undefined ? "nobody may send until it is mended" : "the clients read before stay in force";
      log.error({ file, fault }, `clients file cannot be used: ${meanwhile}`);
    }
  };
  look();
  // Polling also sees a file that is replaced by a rename or on a mounted volume, which file events miss.
  const timer = setInterval(look, CHECK_INTERVAL_MS);
  timer.unref();

  return {
    find: (key) => findClient(known ?? [], key),
    count: () => count,
    fault: () => fault,
    close: () => clearInterval(timer),
  };
}

function findClient(known: readonly Known[], key: string): KnownClient | undefined {
  const digest = Buffer.from(hashKey(key), "hex");
  let found: KnownClient | undefined;
  for (const entry of known) {
    if (timingSafeEqual(entry.digest, digest)) found = entry;
  }
  return found;
}

function readClients(file: string) {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) throw new Error(`${file} is not JSON: ${error.message}`);
    if (isMissing(error)) throw new Error(`${file} does not exist; create it, or point INGEST_CLIENTS_FILE to it`);
    throw error;
  }
  const result = clientsFile.safeParse(content);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => `${jsonPointer(issue.path.map(String))} ${issue.message}`.trim());
  throw new Error(`${file} has faults: ${faults.join("; ")}`);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

/** Something that is another when the file is: its content may have changed while its size and its second have not. */
function versionOf(file: string): string {
  try {
    const { mtimeNs, ctimeNs, size, ino } = statSync(file, { bigint: true });
    return [mtimeNs, ctimeNs, size, ino].join(" ");
  } catch (error) {
    return `unreadable: ${String(error)}`;
  }
}
