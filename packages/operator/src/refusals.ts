// Why something is not answered or not done, as it is told to people: an answer with a status of its own, a page, a line of the command line.
import { isLockTimeout } from "@inventory-sync/db";

/** Something that was named is not there. The message says what, and is shown to people. */
export class NotFound extends Error {
  override readonly name = "NotFound";
  readonly what: "facility" | "product" | "level" | "event" | "reset" | "file" | "merge" | "source" | "channel";

  constructor(what: NotFound["what"], message: string) {
    super(message);
    this.what = what;
  }
}

/** What was asked for is in a file of the archive. */
export class Archived extends Error {
  override readonly name = "Archived";
}

/** As things stand it cannot be done; the message says why, and is shown to people. `isBusy`: a moment later it may be. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly isBusy: boolean;

  constructor(
    message: string,
    { isBusy = false, cause }: { readonly isBusy?: boolean; readonly cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.isBusy = isBusy;
  }
}

/** Throws what went wrong; that a facility's lock could not be had in time as a Refusal. @param done what became of it all the same */
export function refuseBusy(
  error: unknown,
  wanted: { readonly who: string; readonly lockWaitMsMax: number; readonly done?: string },
): never {
  if (!isLockTimeout(error)) throw error;
  const { who, lockWaitMsMax, done = "Nothing was changed." } = wanted;
  const waited = `its lock could not be had within ${lockWaitMsMax / 1_000} s`;
  throw new Refusal(`${who} is busy: ${waited}. ${done} Ask again in a moment.`, { isBusy: true, cause: error });
}
