// Which snapshot files wait in incoming/: looked at when somebody opens the page of resets, at most every few seconds for all.
import type { InboxFile } from "@inventory-sync/sftp";
import { withinMs } from "../../operations.ts";
import type { Parts } from "../../parts.ts";

const FRESH_MS = 5_000;
const LOOK_MS_MAX = 2_500;

/** The files that wait, oldest first, as of a few seconds ago; undefined when the SFTP server did not answer. */
export type WaitingFiles = readonly InboxFile[] | undefined;

const latest = new WeakMap<Parts, { readonly atMs: number; readonly files: Promise<WaitingFiles> }>();

/** Looks into incoming/. */
export function waitingFiles(parts: Parts): Promise<WaitingFiles> {
  const known = latest.get(parts);
  if (known && performance.now() - known.atMs < FRESH_MS) return known.files;
  const files = withinMs(
    LOOK_MS_MAX,
    parts.withInbox((inbox) => inbox.list()),
  ).catch((error: unknown) => {
    parts.log.warn({ err: error }, "incoming/ could not be looked at");
    return undefined;
  });
  latest.set(parts, { atMs: performance.now(), files });
  return files;
}
