// The ways in which a unit of work can end other than done or "try again" (R14). The queue's consumer is the one place
// that turns them into what the queue does with the job.

/** Can never succeed as it stands: failed at once, never retried by itself, counted under its code. */
export class Rejected extends Error {
  override readonly name = "Rejected";
  readonly code: string;

  /** @param code upper-case cause such as EVENT_ID_REUSED; @param message what happened, to what, and what to do */
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Too early: the job comes back later and has used no attempt. */
export class Deferred extends Error {
  override readonly name = "Deferred";
  readonly retryAfterMs: number;

  /** @param retryAfterMs how long to wait, in milliseconds; @param reason what is waited for, in words */
  constructor(retryAfterMs: number, reason: string) {
    super(reason);
    this.retryAfterMs = retryAfterMs;
  }
}

/** How many lines of an event ended in which way; `skipped` are lines of products that are deliberately not kept. */
export interface LineCounts {
  readonly applied: number;
  readonly duplicate: number;
  readonly absorbed: number;
  readonly skipped: number;
}

export type EventFate =
  | ({ readonly fate: "done" } & LineCounts)
  | { readonly fate: "rejected"; readonly code: string; readonly message: string }
  | { readonly fate: "deferred"; readonly retryAfterMs: number; readonly reason: string };
