// Before the reset flow: the folders on the SFTP server are there from the worker's start on, so that whoever sends files finds them.
import { withInbox } from "@inventory-sync/sftp";
import type { ResetParts } from "./parts.ts";

/**
 * Looks into incoming/, which makes it and its sisters where they are missing. Says so when that cannot be, as when the base path
 * of SFTP_URL is wrong; nothing waits for it. Never throws.
 */
export async function prepareInbox({ inbox, log }: Pick<ResetParts, "inbox" | "log">): Promise<void> {
  try {
    await withInbox(inbox, log, (connected) => connected.list());
  } catch (error) {
    log.warn({ err: error }, "incoming/ on the SFTP server could not be looked at or made");
  }
}
