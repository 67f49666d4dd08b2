// Before the reset flow: the folders on the SFTP server are there from the worker's start on, so that whoever sends files finds them.
import { withInbox } from "@inventory-sync/sftp";
import type { ResetParts } from "./parts.ts";

/** Makes incoming/ and its sisters where they are missing. Says so when it cannot; the daily run tries again. Never throws. */
export async function prepareInbox({ inbox, log }: Pick<ResetParts, "inbox" | "log">): Promise<void> {
  try {
    await withInbox(inbox, log, (connected) => connected.ensureFolders());
  } catch (error) {
    log.warn({ err: error }, "the folders on the SFTP server could not be made or looked at; the next run tries again");
  }
}
