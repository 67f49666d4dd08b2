// Flow 3's way through the queue. What a channel has to tell stands in the database; a job here only wakes a worker for it, so adding one
// twice is harmless, and one that is lost is made up for within seconds.
import { withinMs } from "@inventory-sync/runtime";
import type { Queue } from "bullmq";
import { jobOptions } from "./catalog.ts";
import type { QueueConnection } from "./connection.ts";
import { messageOf, QueueUnavailable } from "./errors.ts";
import { channelJobId } from "./job-ids.ts";

const callDeadlineMs = 5_000;
const retryAfterS = 5;

/** Makes the way in over the queue of one connection. */
export function createChannelProducer(connection: QueueConnection, channels: Queue) {
  return {
    /**
     * Wakes a worker for a channel.
     * @param newest what there is to tell: with the same text it is one job
     * @throws QueueUnavailable
     */
    async wakeChannel(channel: string, newest: string): Promise<void> {
      try {
        if (connection.outage.isDown()) throw new Error("the queue server cannot be reached");
        const options = { ...jobOptions("channels"), jobId: channelJobId(channel, newest) };
        await withinMs(callDeadlineMs, channels.add(`channel ${channel}`, { channel }, options));
      } catch (error) {
        const message = `waking channel ${channel} failed (${messageOf(error)}); try again`;
        throw new QueueUnavailable(message, retryAfterS, { cause: error });
      }
    },
  };
}
