// Asking the queue: a queue that is away is said at once and in words, instead of letting whoever asked wait for it.
import type { Queues } from "@inventory-sync/queue";
import { Problem } from "./problem.ts";

const RETRY_AFTER_S = "5";

/** Asks, or refuses while the queue cannot be reached. @throws Problem 503 */
export async function askQueue<T>(queues: Queues, ask: () => Promise<T>): Promise<T> {
  if (!queues.isConnected()) throw away();
  try {
    return await ask();
  } catch (error) {
    if (!queues.isConnected()) throw away();
    throw error;
  }
}

function away(): Problem {
  const detail = "The queue cannot be reached at the moment. Try again; if it lasts, look at its server and QUEUE_URL.";
  return new Problem("unavailable", detail, { headers: { "retry-after": RETRY_AFTER_S } });
}
