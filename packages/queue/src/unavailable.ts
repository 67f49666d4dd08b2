// What a producer throws when the queue cannot take work now. ingest answers 503 with Retry-After and the client sends again.

/**
 * The queue did not take everything in time. Some of it may be queued: job ids are made from content, so sending the
 * whole request again queues each event once.
 */
export class QueueUnavailable extends Error {
  readonly retryAfterS: number;

  constructor(message: string, retryAfterS: number, options?: ErrorOptions) {
    super(message, options);
    this.name = "QueueUnavailable";
    this.retryAfterS = retryAfterS;
  }
}
