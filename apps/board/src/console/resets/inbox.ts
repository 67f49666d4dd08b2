// Which snapshot files wait in incoming/: looked at while somebody has the page of resets open, at most every few seconds for all.
import { withinMs } from "@inventory-sync/runtime";
import type { InboxFile } from "@inventory-sync/sftp";
import type { Parts } from "../../parts.ts";

const FRESH_MS = 5_000;
/** Fifty thousand files take some three seconds to list. */
const LOOK_MS_MAX = 6_000;

/** The files that wait, oldest first, as of a few seconds ago; undefined when the SFTP server did not answer. */
export type WaitingFiles = readonly InboxFile[] | undefined;

interface Looked {
  readonly atMs: number;
  readonly files: Promise<WaitingFiles>;
}

const latest = new WeakMap<Parts, Looked>();

/** Looks into incoming/. */
export function waitingFiles(parts: Parts): Promise<WaitingFiles> {
  const known = latest.get(parts);
  if (known && performance.now() - known.atMs < FRESH_MS) return known.files;
  const files = look(parts, known?.files);
  latest.set(parts, { atMs: performance.now(), files });
  return files;
}

/** A server that stays away is told of once, not at every look. */
async function look(parts: Parts, before: Promise<WaitingFiles> | undefined): Promise<WaitingFiles> {
  try {
    return await withinMs(
      LOOK_MS_MAX,
      parts.withInbox((inbox) => inbox.list()),
    );
  } catch (error) {
    const wasAway = before !== undefined && (await before) === undefined;
    if (!wasAway) parts.log.warn({ err: error }, "incoming/ could not be looked at");
    return undefined;
  }
}
