// How many jobs of a queue all workers do at once, however many workers there are. The limit stands with the queue, where BullMQ asks for
// it before it hands out a job. So the worker that started last decides, and a queue whose server lost it has none until it is set again.
import { setTimeout as sleep } from "node:timers/promises";
import type { QueueName } from "../catalog.ts";
import type { QueueConnection, QueueLog } from "../connection.ts";
import { messageOf } from "../errors.ts";

const lookEveryMs = 10_000;
const retryMs = 1_000;

/** Sets the limit now or when the server is there, and again when the server has lost it. Returns how to end that. */
export function limitTogether(
  connection: QueueConnection,
  { queue: name, together, log }: { readonly queue: QueueName; readonly together: number; readonly log: QueueLog },
): () => void {
  const queue = connection.queue(name);
  let isSet = false;
  const set = async (): Promise<void> => {
    try {
      const before = await queue.getGlobalConcurrency();
      if (isSet && before !== null) return;
      if (before !== together) await queue.setGlobalConcurrency(together);
      if (before !== null && before !== together)
        log.info(
          { queue: name, before, together },
          "all workers together do another number of these at once from now on",
        );
      isSet = true;
    } catch (error) {
      log.debug({ queue: name, reason: messageOf(error) }, "could not set how many jobs run at once");
    }
  };
  const ending = new AbortController();
  const { signal } = ending;
  const keep = async (): Promise<void> => {
    while (!signal.aborted) {
      await set();
      await sleep(isSet ? lookEveryMs : retryMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  };
  void connection.outage.whenUp().then(keep);
  return () => ending.abort();
}
