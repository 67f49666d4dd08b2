/**
 * Waiting with an end: clients of a server that is away may wait for ever. Only the wait ends; what was asked goes on.
 * Has a path of its own, so that a thread which needs nothing else does not load log and metrics.
 */

/** Thrown when the deadline passed first. The outcome of what was asked is then unknown. */
export class DeadlinePassed extends Error {
  override readonly name = "DeadlinePassed";
}

/**
 * Settles as `work` does, or rejects once `deadlineMs` milliseconds have passed. A failure of `work` after that is swallowed.
 * @param late what was asked, for the message of DeadlinePassed; or what makes the error to reject with
 * @throws DeadlinePassed unless `late` makes another error
 */
export async function withinMs<T>(deadlineMs: number, work: Promise<T>, late?: string | (() => Error)): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const what = typeof late === "string" ? `${late}: ` : "";
      reject(typeof late === "function" ? late() : new DeadlinePassed(`${what}no answer within ${deadlineMs} ms`));
    }, deadlineMs);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** Settles as `work` does, or rejects with the signal's reason as soon as that is aborted. */
export async function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([aborted, work]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
