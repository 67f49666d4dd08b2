// Running a reset now, or previewing what it would do: which waiting file, and the reset opened over it as a row. And putting a
// file there from the board.
import type { Readable } from "node:stream";
import { type Database, dealtWith, openReset } from "@inventory-sync/db";
import { chooseSnapshot } from "@inventory-sync/sftp";
import { NotFound, Refusal } from "./refusals.ts";
import { readReset } from "./resets.ts";
import type { WithInbox } from "./sources.ts";

/** A reset that was opened, for the queue to wake a worker with. */
export interface OpenedReset {
  readonly resetId: string;
  readonly generation: number;
  readonly file: string;
  /** It was under way before. */
  readonly already: boolean;
}

/**
 * Opens a reset over the oldest waiting snapshot, or over the one of that name; its state is `staging`.
 * @param withInbox runs something in an SFTP session
 * @throws NotFound when the file named is not there; Refusal when no snapshot waits, or it cannot be one
 */
export async function openWaitingReset(
  database: Database,
  withInbox: WithInbox,
  asked: {
    readonly file: string | undefined;
    /** In whose incoming/ it lies. */
    readonly source: string;
    readonly requestedBy: string;
    readonly preview: boolean;
  },
): Promise<OpenedReset> {
  const { source } = asked;
  const isDealtWith = () => dealtWith(database, source);
  const chosen = await withInbox((inbox) => chooseSnapshot(inbox, asked.file, isDealtWith), source);
  if ("missing" in chosen)
    throw chosen.missing === "named" ? new NotFound("file", chosen.reason) : new Refusal(chosen.reason);
  const waiting = { ...chosen, source, modifiedAt: new Date(chosen.modifiedAtMs) };
  const { resetId, already } = await openReset(database, waiting, asked);
  const { generation } = await readReset(database, resetId);
  return { resetId, generation, file: chosen.name, already };
}

/**
 * Puts a file among those that wait in incoming/ of a source.
 * @param content its bytes; what fails half-way leaves no file
 * @throws Refusal when the name is not one of a snapshot, or taken; SftpFailure when the server fails
 */
export async function putWaitingFile(
  withInbox: WithInbox,
  { name, source }: { readonly name: string; readonly source: string },
  content: Readable,
): Promise<void> {
  if (await withInbox((inbox) => inbox.put(name, content), source)) return;
  const why =
    "a file of that name waits already, or its name is not one of a snapshot (SNAPSHOT_GLOB, or the glob of its source)";
  throw new Refusal(`${name} was not taken: ${why}. Nothing was written; give it another name.`);
}
